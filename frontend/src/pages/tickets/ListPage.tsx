import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback } from "react";
import { Link } from "wouter";
import { PlusIcon, PolicyIcon, TicketsIcon } from "../../parts/icons.ts";
import { NoneLikeThat } from "../../parts/ListWaiting.tsx";
import { AnewButton } from "../../parts/list/Filters.tsx";
import { List } from "../../parts/list/List.tsx";
import { Nothing } from "../../parts/Nothing.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../session.tsx";
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
  const runs = useMay("admin");
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
          <AnewButton rows="tickets" press={anew} />
          {(counts.data?.you.handles || runs) && (
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
  const { found, news } = useTickets(wanted);
  const all = () =>
    want({
      state: [],
      assignee: undefined,
      requester: undefined,
      source: undefined,
      q: undefined,
      mine: undefined,
    });
  return (
    <List
      found={found}
      news={news}
      words={["ticket", "tickets"]}
      label="Tickets"
      head={<ListHead />}
      none={<None narrowed={isNarrowed(wanted)} all={all} />}
      remember="tickets"
    >
      {(ticket) => <TicketRow ticket={ticket} />}
    </List>
  );
}

function None({ narrowed, all }: { narrowed: boolean; all: () => void }) {
  if (!narrowed) {
    return (
      <Nothing Icon={TicketsIcon} title="No tickets yet">
        What you submit, what is assigned to you and what you follow stands here.
        <div>
          <Button
            component={Link}
            href="/tickets/new"
            mt="md"
            leftSection={<PlusIcon size={16} aria-hidden />}
          >
            Submit a ticket
          </Button>
        </div>
      </Nothing>
    );
  }
  return <NoneLikeThat Icon={TicketsIcon} title="No ticket is like that" all={all} />;
}
