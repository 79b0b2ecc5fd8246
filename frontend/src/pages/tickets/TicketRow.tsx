import { Badge, Text } from "@mantine/core";
import { memo } from "react";
import { Link } from "wouter";
import shared from "../../parts/list/list.module.css";
import { When } from "../../parts/When.tsx";
import classes from "./list.module.css";
import { STATES, type State, type Ticket, titleOf } from "./words.ts";

export function StateBadge({ state }: { state: State }) {
  return <Badge color={STATES[state].color}>{STATES[state].name}</Badge>;
}

export function ListHead() {
  return (
    <div className={`${shared.heads} ${classes.heads}`} aria-hidden>
      <span>Ticket</span>
      <span>State</span>
      <span>Requester</span>
      <span>Assignee</span>
      <span className={shared.end}>Changed</span>
    </div>
  );
}

/** One ticket of the list; all of it leads to the ticket. */
export const TicketRow = memo(function TicketRow({ ticket }: { ticket: Ticket }) {
  const { title, rest } = titleOf(ticket.text);
  return (
    <Link href={`/tickets/${encodeURIComponent(ticket.id)}`} className={`${shared.row} ${classes.row}`}>
      <span className={shared.what}>
        <Text span size="sm" fw={550} truncate className={classes.title}>
          {title}
        </Text>
        <Text span size="xs" c="dimmed" truncate>
          {ticket.id}
          {rest && ` · ${rest}`}
        </Text>
      </span>
      <span className={shared.state}>
        <StateBadge state={ticket.state} />
      </span>
      <Text span size="sm" truncate className={classes.requester} title={`Requester: ${ticket.requester}`}>
        {ticket.requester}
      </Text>
      <Text
        span
        size="sm"
        truncate
        className={classes.assignee}
        c={ticket.assignee ? undefined : "dimmed"}
        title={ticket.assignee ? `Assignee: ${ticket.assignee}` : "Nobody has it"}
      >
        {ticket.assignee ?? "nobody"}
      </Text>
      <Text span size="xs" c="dimmed" className={`${shared.end} ${classes.changed}`}>
        <When at={ticket.changed} />
      </Text>
    </Link>
  );
});
