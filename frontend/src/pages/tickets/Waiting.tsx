import { Badge, Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Link } from "wouter";
import { CheckIcon, EditIcon } from "../../parts/icons.ts";
import { When } from "../../parts/When.tsx";
import { useApprovals, useProposals } from "./calls.ts";
import classes from "./waiting.module.css";
import { callOf, PROPOSALS, titleOf } from "./words.ts";

/** What waits for the one who looks: actions to approve, and drafted replies to review. Nothing, where nothing does. */
export function Waiting() {
  const approvals = useApprovals().data ?? [];
  const proposals = useProposals().data ?? [];
  const [asked, ask] = useDisclosure(false);
  const [drafted, draft] = useDisclosure(false);
  if (!approvals.length && !proposals.length) return null;
  return (
    <Group gap="xs" mb="sm">
      {approvals.length > 0 && (
        <Button
          size="xs"
          color="yellow"
          variant="light"
          onClick={ask.open}
          leftSection={<CheckIcon size={14} aria-hidden />}
        >
          {approvals.length === 1
            ? "1 action waits for approval"
            : `${approvals.length} actions wait for approval`}
        </Button>
      )}
      {proposals.length > 0 && (
        <Button
          size="xs"
          color="indigo"
          variant="light"
          onClick={draft.open}
          leftSection={<EditIcon size={14} aria-hidden />}
        >
          {proposals.length === 1 ? "1 reply to review" : `${proposals.length} replies to review`}
        </Button>
      )}
      <Drawer opened={asked} onClose={ask.close} position="right" title="Actions that wait for approval">
        <Stack gap="xs">
          {approvals.map((each) => (
            <Link key={each.id} href={`/tickets/${encodeURIComponent(each.ticket)}`} className={classes.card}>
              <Text size="sm" fw={550} className={classes.any}>
                {callOf(each.action.tool, each.action.arguments)}
              </Text>
              <Text size="sm">{each.reason}</Text>
              <Text size="xs" c="dimmed">
                {each.ticket} · asks {each.asks} · ends <When at={each.expires} />
              </Text>
            </Link>
          ))}
        </Stack>
      </Drawer>
      <Drawer opened={drafted} onClose={draft.close} position="right" title="Replies to review">
        <Stack gap="xs">
          {proposals.map((each) => (
            <Link
              key={each.ticket}
              href={`/tickets/${encodeURIComponent(each.ticket)}`}
              className={classes.card}
            >
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <Text size="sm" fw={550} className={classes.any}>
                  {titleOf(each.question).title}
                </Text>
                <Badge color={PROPOSALS[each.state]?.color} style={{ flexShrink: 0 }}>
                  {PROPOSALS[each.state]?.name ?? each.state}
                </Badge>
              </Group>
              <Text size="sm" lineClamp={3} className={classes.any}>
                {each.withheld
                  ? "It rests on what you may not read."
                  : each.refused
                    ? "The documents have no answer."
                    : each.text}
              </Text>
              <Text size="xs" c="dimmed">
                {each.ticket} · <When at={each.changed} />
              </Text>
            </Link>
          ))}
        </Stack>
      </Drawer>
    </Group>
  );
}
