import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { RunsIcon } from "../../parts/icons.ts";
import { NoneLikeThat } from "../../parts/ListWaiting.tsx";
import { AnewButton } from "../../parts/list/Filters.tsx";
import { List } from "../../parts/list/List.tsx";
import { Nothing } from "../../parts/Nothing.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../session.tsx";
import { RUNS, useRuns } from "./calls.ts";
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
    <Page title="Runs" fills actions={<AnewButton rows="runs" press={anew} />}>
      <Filters wanted={wanted} want={want} />
      <Found wanted={wanted} want={want} />
    </Page>
  );
}

function Found({ wanted, want }: { wanted: Wanted; want: (change: Partial<Wanted>) => void }) {
  const { found, news } = useRuns(wanted);
  const everybodys = useMay("admin");
  const all = () =>
    want({
      state: undefined,
      kind: undefined,
      door: undefined,
      by: undefined,
      longer: undefined,
      house: undefined,
    });
  return (
    <List
      found={found}
      news={news}
      words={["run", "runs"]}
      label="Runs"
      head={<ListHead whose={everybodys} />}
      none={<None narrowed={isNarrowed(wanted)} all={all} />}
      remember={`runs ${JSON.stringify(wanted)}`}
    >
      {(run) => <RunRow run={run} whose={everybodys} />}
    </List>
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
