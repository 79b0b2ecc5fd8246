import { Alert, Badge, Button, Spoiler, Text, Textarea } from "@mantine/core";
import { useState } from "react";
import { InfoIcon } from "../../parts/icons.ts";
import { Panel } from "../../parts/Panel.tsx";
import { When } from "../../parts/When.tsx";
import { Actions } from "./Acts.tsx";
import { ChangeProblem } from "./ConflictNote.tsx";
import { decide, isConflict, useChange } from "./calls.ts";
import { Facts } from "./Facts.tsx";
import classes from "./ticket.module.css";
import { type Approval, asRecord, callOf, type Seen, who } from "./words.ts";

/** What somebody said of an action that did not wait any more. */
export interface Late {
  id: string;
  said: "approval" | "denial";
  note: string;
}

/** That what was said came too late, and what counts instead: the action that it was said of is gone from sight. */
export function TooLate({ late, seen, onClose }: { late: Late; seen: Seen; onClose: () => void }) {
  const approval = seen.approvals.find(({ id }) => id === late.id);
  if (!approval || approval.state === "waiting") return null;
  return (
    <Alert
      color="yellow"
      role="alert"
      icon={<InfoIcon aria-hidden />}
      title={`Your ${late.said} came too late: the action is ${approval.state} already`}
      withCloseButton
      closeButtonLabel="Close"
      onClose={onClose}
    >
      <Text size="sm" className={classes.mono}>
        {callOf(approval.action.tool, approval.action.arguments)}
      </Text>
      <Text size="sm" mt={4}>
        {approval.by && `It was decided by ${who(approval.by, seen.you)}. `}What you said changed nothing.
      </Text>
      {late.note && (
        <Text size="sm" mt={4} className={classes.text}>
          Your note: “{late.note}”
        </Text>
      )}
    </Alert>
  );
}

/** An action that waits for a person: what would be done and why, and for who may decide it, yes and no. */
export function Asked({
  approval,
  seen,
  onLate,
}: {
  approval: Approval;
  seen: Seen;
  onLate: (late: Late | null) => void;
}) {
  const [note, setNote] = useState("");
  const mine = seen.decides.includes(approval.id);
  const late = (said: Late["said"]) => (error: Error) =>
    onLate(isConflict(error) ? { id: approval.id, said, note } : null);
  const approve = useChange(() => decide.approve(approval.id, note), undefined, late("approval"));
  const deny = useChange(() => decide.deny(approval.id, note), undefined, late("denial"));
  const busy = approve.isPending || deny.isPending;
  return (
    <Panel
      title={mine ? "An action waits for your word" : `An action waits for the word of ${approval.asks}`}
      actions={<Badge color="yellow">Waiting</Badge>}
    >
      <Text className={classes.mono} mb={4}>
        {callOf(approval.action.tool, approval.action.arguments)}
      </Text>
      <Text size="sm" className={classes.text}>
        {approval.reason}
      </Text>
      <Text size="xs" c="dimmed" mt={4} mb="xs">
        Rule {approval.rule} asks {who(approval.asks, seen.you)}. What nobody approves until then is denied:{" "}
        <When at={approval.expires} />.
      </Text>
      <Spoiler
        maxHeight={104}
        classNames={{ control: classes.reveal }}
        showLabel="All facts"
        hideLabel="Fewer facts"
      >
        <Facts facts={asRecord(approval.facts)} />
      </Spoiler>
      {mine && (
        <>
          <Textarea
            label="Note"
            description="Why, for the record and for the requester"
            autosize
            minRows={1}
            maxRows={6}
            maxLength={2_000}
            mt="sm"
            mb="sm"
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
          />
          <ChangeProblem error={approve.error ?? deny.error} seen={seen} />
          <Actions>
            <Button
              variant="default"
              c="var(--mantine-color-error)"
              loading={deny.isPending}
              disabled={busy}
              onClick={() => {
                approve.reset();
                deny.mutate();
              }}
            >
              Deny
            </Button>
            <Button
              loading={approve.isPending}
              disabled={busy}
              onClick={() => {
                deny.reset();
                approve.mutate();
              }}
            >
              Approve
            </Button>
          </Actions>
        </>
      )}
    </Panel>
  );
}
