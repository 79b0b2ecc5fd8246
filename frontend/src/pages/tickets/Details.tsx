import { ActionIcon, Anchor, Badge, Group, Text } from "@mantine/core";
import { Link } from "wouter";
import { CopyButton } from "../../parts/CopyButton.tsx";
import { CloseIcon } from "../../parts/icons.ts";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { When } from "../../parts/When.tsx";
import { useMay } from "../../session.tsx";
import { acts, useChange } from "./calls.ts";
import { StateBadge } from "./TicketRow.tsx";
import classes from "./ticket.module.css";
import { APPROVALS, callOf, type Seen, who } from "./words.ts";

/** Whose the ticket is, where it came from, and who follows it. */
export function Details({ seen }: { seen: Seen }) {
  const runs = useMay("ask");
  const you = (id: string) => who(id, seen.you);
  return (
    <section aria-label="Details">
      <Panel>
        <dl className={classes.facts}>
          <dt>State</dt>
          <dd>
            <StateBadge state={seen.state} />
          </dd>
          <dt>Requester</dt>
          <dd>{you(seen.requester)}</dd>
          <dt>Assignee</dt>
          <dd>{seen.assignee ? you(seen.assignee) : "nobody"}</dd>
          <dt>Submitted</dt>
          <dd>
            <When at={seen.opened} />, by {seen.source}
          </dd>
          <dt>Changed</dt>
          <dd>
            <When at={seen.changed} />, version {seen.version}
          </dd>
          <dt>Taken up</dt>
          <dd>
            {seen.round === 1 ? "once" : `${seen.round} times`}
            {runs && seen.round > 0 && (
              <>
                {", "}
                <Anchor component={Link} href={`/runs/${encodeURIComponent(seen.run)}`} inherit>
                  last run
                </Anchor>
              </>
            )}
          </dd>
          <dt>Id</dt>
          <dd>
            <Group gap={2} wrap="nowrap">
              <span className={classes.mono}>{seen.id}</span>
              <CopyButton text={seen.id} label="Copy the ticket's id" />
            </Group>
          </dd>
          <dt>Followed by</dt>
          <dd>
            <Subscribers seen={seen} />
          </dd>
        </dl>
        <Ended seen={seen} />
      </Panel>
    </section>
  );
}

function Subscribers({ seen }: { seen: Seen }) {
  const leave = useChange((employee: string) =>
    acts.unsubscribe(seen.id, employee === seen.you ? undefined : employee),
  );
  if (!seen.subscribers.length) return "nobody else";
  return (
    <>
      {seen.subscribers.map((each) => (
        <Group key={each} gap={4} wrap="nowrap">
          <Text span inherit truncate>
            {who(each, seen.you)}
          </Text>
          {(each === seen.you || seen.may.includes("subscribe")) && (
            <ActionIcon
              size="xs"
              variant="subtle"
              color="gray"
              loading={leave.isPending && leave.variables === each}
              onClick={() => leave.mutate(each)}
              aria-label={`${each} follows it no more`}
              title={`${each} follows it no more`}
            >
              <CloseIcon size={12} aria-hidden />
            </ActionIcon>
          )}
        </Group>
      ))}
      {leave.error && <ProblemNote error={leave.error} />}
    </>
  );
}

/** What was asked of people before, and what they said. */
function Ended({ seen }: { seen: Seen }) {
  const ended = seen.approvals.filter((each) => each.state !== "waiting");
  if (!ended.length) return null;
  return (
    <>
      <Text size="sm" fw={600} mt="md" mb={6}>
        Approvals
      </Text>
      {ended.map((each) => (
        <div key={each.id}>
          <Group gap={6}>
            <Badge color={APPROVALS[each.state]?.color}>{APPROVALS[each.state]?.name ?? each.state}</Badge>
            <Text size="xs" c="dimmed">
              {each.by && `by ${who(each.by, seen.you)}, `}
              {each.ended && <When at={each.ended} />}
            </Text>
          </Group>
          <Text className={classes.mono}>{callOf(each.action.tool, each.action.arguments)}</Text>
          {each.note && <div className={classes.quote}>{each.note}</div>}
        </div>
      ))}
    </>
  );
}
