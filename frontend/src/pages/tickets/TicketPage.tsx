import { Alert, Grid, Group, Loader, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { useState } from "react";
import { asProblem } from "../../api/client.ts";
import { Absent } from "../../parts/Absent.tsx";
import { Back } from "../../parts/Back.tsx";
import { TicketsIcon } from "../../parts/icons.ts";
import { Page } from "../../parts/Page.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { When } from "../../parts/When.tsx";
import { Acts } from "./Acts.tsx";
import { Asked, type Late, TooLate } from "./Asked.tsx";
import { Comment } from "./Comment.tsx";
import { useTicket, useTrace } from "./calls.ts";
import { Decisions } from "./Decisions.tsx";
import { Details } from "./Details.tsx";
import { History } from "./History.tsx";
import { Reply } from "./Reply.tsx";
import { StateBadge } from "./TicketRow.tsx";
import { Trace } from "./Trace.tsx";
import classes from "./ticket.module.css";
import { type Entry, type Seen, titleOf, toldOf } from "./words.ts";

/** One ticket: what it says, what was decided and why, and what may be done with it now. */
export default function TicketPage({ id }: { id: string }) {
  const ticket = useTicket(id);
  // Who may see it no more, having handed it on, is not left with what was shown before.
  const gone = ticket.error !== null && asProblem(ticket.error).status === 404;
  if (ticket.data && !gone) return <Shown seen={ticket.data} stale={ticket.error} />;
  return (
    <Page title={id} above={<Back to="/tickets">Tickets</Back>}>
      {ticket.error ? (
        <Absent
          error={ticket.error}
          again={() => ticket.refetch()}
          Icon={TicketsIcon}
          title="There is no such ticket that you may see"
        >
          A ticket is there for its requester, its assignee, who follows it, and who handles tickets.
        </Absent>
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Shown({ seen, stale }: { seen: Seen; stale: unknown }) {
  const trace = useTrace(seen.id, seen.working);
  const entries = trace.data ?? [];
  const waiting = seen.approvals.filter((each) => each.state === "waiting");
  const said = seen.communication;
  const [late, setLate] = useState<Late | null>(null);
  return (
    <Page
      title={titleOf(seen.text).title}
      above={<Back to="/tickets">Tickets</Back>}
      actions={<Acts seen={seen} />}
    >
      <Summary seen={seen} />
      {Boolean(stale) && <ProblemNote error={stale} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            {seen.working && <Working last={entries.at(-1)} you={seen.you} />}
            {late && <TooLate late={late} seen={seen} onClose={() => setLate(null)} />}
            {waiting.map((each) => (
              <Asked key={each.id} approval={each} seen={seen} onLate={setLate} />
            ))}
            {seen.proposed && <Reply seen={seen} />}
            <Panel title="The ticket">
              <Text size="sm" className={classes.text}>
                {seen.text}
              </Text>
            </Panel>
            {said && (
              <Panel title="What was last told">
                <Text size="sm" className={classes.text}>
                  {said}
                </Text>
              </Panel>
            )}
            <Told seen={seen} entries={entries} error={trace.error} loading={!trace.data && !trace.error} />
            {seen.may.includes("comment") && <Comment seen={seen} />}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Details seen={seen} />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** Why it was decided so, all that was done, and every change: one of them at a time. */
function Told({
  seen,
  entries,
  error,
  loading,
}: {
  seen: Seen;
  entries: Entry[];
  error: unknown;
  loading: boolean;
}) {
  return (
    <Panel>
      <Tabs defaultValue="decisions" keepMounted={false}>
        <Tabs.List mb="sm">
          <Tabs.Tab value="decisions">Decisions</Tabs.Tab>
          <Tabs.Tab value="trace">Trace</Tabs.Tab>
          <Tabs.Tab value="history">History</Tabs.Tab>
        </Tabs.List>
        {error ? <ProblemNote error={error} /> : null}
        {loading && <Skeleton height={80} role="status" aria-label="Loading" />}
        <Tabs.Panel value="decisions">{!loading && <Decisions entries={entries} seen={seen} />}</Tabs.Panel>
        <Tabs.Panel value="trace">{!loading && <Trace entries={entries} seen={seen} />}</Tabs.Panel>
        <Tabs.Panel value="history">
          <History seen={seen} />
        </Tabs.Panel>
      </Tabs>
    </Panel>
  );
}

/** Whose the ticket is, in a line: on a narrow screen the details stand far below. */
function Summary({ seen }: { seen: Seen }) {
  return (
    <Group gap="xs" mb="sm" hiddenFrom="md">
      <StateBadge state={seen.state} />
      <Text size="sm" c="dimmed" className={classes.told}>
        {seen.requester} → {seen.assignee ?? "nobody"} · <When at={seen.changed} />
      </Text>
    </Group>
  );
}

function Working({ last, you }: { last: Entry | undefined; you: string }) {
  return (
    <Alert color="blue" icon={<Loader size={18} aria-hidden />} title="The agent is at work" role="status">
      {last && <Text size="sm">{toldOf(last, you).title}</Text>}
    </Alert>
  );
}

function Loading() {
  return (
    <Stack role="status" aria-busy="true" aria-label="Loading">
      <Skeleton height={120} />
      <Skeleton height={200} />
    </Stack>
  );
}
