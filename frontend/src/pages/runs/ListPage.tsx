import { ActionIcon } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { RetryIcon, RunsIcon } from "../../parts/icons.ts";
import { ListLoading, NoneLikeThat } from "../../parts/ListWaiting.tsx";
import { Nothing } from "../../parts/Nothing.tsx";
import { Page } from "../../parts/Page.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { VirtualList } from "../../parts/VirtualList.tsx";
import { useMay } from "../../session.tsx";
import { RUNS, useLiveRuns, useRuns } from "./calls.ts";
import { Filters } from "./Filters.tsx";
import { ListHead, RunRow } from "./RunRow.tsx";
import { useWanted } from "./useWanted.ts";
import { isNarrowed, type Wanted } from "./wanted.ts";

/** One's own runs, and an operator's list of all, narrowed by what the address says. */
export function ListPage() {
  const [wanted, want] = useWanted();
  const client = useQueryClient();
  const anew = useCallback(() => client.resetQueries({ queryKey: [...RUNS, "list"] }), [client]);
  return (
    <Page
      title="Runs"
      fills
      actions={
        <ActionIcon
          variant="default"
          size={36}
          onClick={anew}
          aria-label="Look for newer runs"
          title="Look for newer runs"
        >
          <RetryIcon size={18} aria-hidden />
        </ActionIcon>
      }
    >
      <Filters wanted={wanted} want={want} />
      <Found wanted={wanted} want={want} />
    </Page>
  );
}

function Found({ wanted, want }: { wanted: Wanted; want: (change: Partial<Wanted>) => void }) {
  const found = useRuns(wanted);
  const everybodys = useMay("admin");
  const rows = useMemo(() => found.data?.pages.flat() ?? [], [found.data]);
  useLiveRuns(wanted, found.isPlaceholderData ? [] : rows);
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = found;
  const more = useCallback(() => {
    if (!isFetchingNextPage) fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  if (found.error && !found.data) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (!found.data) return <ListLoading />;
  if (!rows.length) {
    const all = () =>
      want({
        state: undefined,
        kind: undefined,
        door: undefined,
        by: undefined,
        longer: undefined,
        house: undefined,
      });
    return <None narrowed={isNarrowed(wanted)} all={all} />;
  }
  return (
    <>
      {found.error && <ProblemNote error={found.error} again={() => found.refetch()} />}
      <VirtualList
        rows={rows}
        keyOf={(run) => run.id}
        label="Runs"
        estimate={57}
        hasMore={hasNextPage && !found.error}
        more={more}
        head={<ListHead whose={everybodys} />}
        remember={`runs ${JSON.stringify(wanted)}`}
      >
        {(run) => <RunRow run={run} whose={everybodys} />}
      </VirtualList>
    </>
  );
}

function None({ narrowed, all }: { narrowed: boolean; all: () => void }) {
  const everybodys = useMay("admin");
  if (!narrowed) {
    return (
      <Nothing Icon={RunsIcon} title="No runs yet">
        {everybodys
          ? "Every question, ticket and ingestion stands here, step by step."
          : "Every question that you ask stands here, step by step."}
      </Nothing>
    );
  }
  return <NoneLikeThat Icon={RunsIcon} title="No run is like that" all={all} />;
}
