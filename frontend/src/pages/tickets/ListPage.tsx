import { ActionIcon, Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { Link } from "wouter";
import { PlusIcon, PolicyIcon, RetryIcon, TicketsIcon } from "../../parts/icons.ts";
import { ListLoading, NoneLikeThat } from "../../parts/ListWaiting.tsx";
import { Nothing } from "../../parts/Nothing.tsx";
import { Page } from "../../parts/Page.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { VirtualList } from "../../parts/VirtualList.tsx";
import { refresh, TICKETS, useCounts, useTickets } from "./calls.ts";
import { Filters } from "./Filters.tsx";
import { ListHead, TicketRow } from "./TicketRow.tsx";
import { useWanted } from "./useWanted.ts";
import { Waiting } from "./Waiting.tsx";
import { isNarrowed } from "./wanted.ts";

/** The tickets that one may see, narrowed by what the address says. */
export function ListPage() {
  const [wanted, want] = useWanted();
  const client = useQueryClient();
  const counts = useCounts(wanted);
  const anew = useCallback(async () => {
    await client.resetQueries({ queryKey: [...TICKETS, "list"] });
    await refresh(client);
  }, [client]);
  return (
    <Page
      title="Tickets"
      fills
      actions={
        <>
          <ActionIcon
            variant="default"
            size={36}
            onClick={anew}
            aria-label="Look for newer tickets"
            title="Look for newer tickets"
          >
            <RetryIcon size={18} aria-hidden />
          </ActionIcon>
          {counts.data?.you.handles && (
            <Button
              component={Link}
              href="/tickets/policy"
              variant="default"
              leftSection={<PolicyIcon size={16} aria-hidden />}
            >
              Policy
            </Button>
          )}
          <Button component={Link} href="/tickets/new" leftSection={<PlusIcon size={16} aria-hidden />}>
            New ticket
          </Button>
        </>
      }
    >
      <Waiting />
      <Filters wanted={wanted} want={want} counts={counts.data} />
      <Found />
    </Page>
  );
}

function Found() {
  const [wanted, want] = useWanted();
  const found = useTickets(wanted);
  const rows = useMemo(() => found.data?.pages.flat() ?? [], [found.data]);
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = found;
  const more = useCallback(() => {
    if (!isFetchingNextPage) fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  if (found.error && !found.data) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (!found.data) return <ListLoading />;
  if (!rows.length)
    return (
      <None
        narrowed={isNarrowed(wanted)}
        all={() =>
          want({
            state: [],
            assignee: undefined,
            requester: undefined,
            source: undefined,
            q: undefined,
            mine: undefined,
          })
        }
      />
    );
  return (
    <>
      {found.error && <ProblemNote error={found.error} again={() => found.refetch()} />}
      <VirtualList
        rows={rows}
        keyOf={(ticket) => ticket.id}
        label="Tickets"
        estimate={57}
        hasMore={hasNextPage && !found.error}
        more={more}
        head={<ListHead />}
        remember="tickets"
      >
        {(ticket) => <TicketRow ticket={ticket} />}
      </VirtualList>
    </>
  );
}

function None({ narrowed, all }: { narrowed: boolean; all: () => void }) {
  if (!narrowed) {
    return (
      <Nothing Icon={TicketsIcon} title="No tickets yet">
        What you submit, what is assigned to you and what you follow stands here.
      </Nothing>
    );
  }
  return <NoneLikeThat Icon={TicketsIcon} title="No ticket is like that" all={all} />;
}
