import { Alert, Badge, Button, Checkbox, Group, Skeleton, Stack, Text, Textarea } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Dialog } from "../../parts/Dialog.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { Actions, People } from "./Acts.tsx";
import { useSeenVersion } from "./ConflictNote.tsx";
import { isConflict, replies, useChange, useProposal } from "./calls.ts";
import { Sources } from "./Sources.tsx";
import classes from "./ticket.module.css";
import { PROPOSALS, type Proposal, type Seen, who } from "./words.ts";

/** The drafted reply to a ticket that is a question: to be edited, sent or rejected. Nobody was told it yet. */
export function Reply({ seen }: { seen: Seen }) {
  const proposal = useProposal(seen.id, true);
  const [unsent, setUnsent] = useState("");
  if (proposal.error && !proposal.data) {
    return <ProblemNote error={proposal.error} again={() => proposal.refetch()} />;
  }
  if (!proposal.data) return <Skeleton height={160} role="status" aria-label="Loading" />;
  const { state } = proposal.data;
  return (
    <Panel
      title={state === "sent" ? "The reply that was sent" : "Drafted reply"}
      actions={<Badge color={PROPOSALS[state]?.color}>{PROPOSALS[state]?.name ?? state}</Badge>}
    >
      {proposal.data.withheld && (
        <Text size="sm">
          It rests on a source that you may not read, so it is not shown. Somebody who may read it can send
          it; you can reject it, or resolve the ticket with words of your own.
        </Text>
      )}
      {state === "sent" || state === "rejected" ? (
        <>
          {unsent && <TooLate proposal={proposal.data} text={unsent} onClose={() => setUnsent("")} />}
          <Over proposal={proposal.data} />
        </>
      ) : (
        <Open key={proposal.data.round} proposal={proposal.data} seen={seen} onLate={setUnsent} />
      )}
    </Panel>
  );
}

/** That what one sent or rejected was sent or rejected by somebody else before, and what one had typed. */
function TooLate({ proposal, text, onClose }: { proposal: Proposal; text: string; onClose: () => void }) {
  return (
    <Alert
      color="yellow"
      role="alert"
      title={`Too late: ${who(proposal.by || "somebody")} ${proposal.state} the reply before you`}
      withCloseButton
      closeButtonLabel="Close"
      onClose={onClose}
      mb="sm"
    >
      <Text size="sm">
        Below is what counts. Nothing of yours was {proposal.state === "sent" ? "sent" : "kept"}; this is what
        you had:
      </Text>
      <div className={classes.quote}>{text}</div>
    </Alert>
  );
}

function Over({ proposal }: { proposal: Proposal }) {
  return (
    <Stack gap="xs">
      {proposal.reason && <Text size="sm">Rejected: {proposal.reason}</Text>}
      {proposal.text && (
        <Text size="sm" className={classes.text}>
          {proposal.text}
        </Text>
      )}
      <Sources sources={proposal.sources} text={proposal.text} />
    </Stack>
  );
}

/** One that is not decided yet. What is typed stays, whatever comes from the server meanwhile. */
function Open({
  proposal,
  seen,
  onLate,
}: {
  proposal: Proposal;
  seen: Seen;
  onLate: (text: string) => void;
}) {
  const [typed, setTyped] = useState<string | null>(null);
  const [rejecting, reject] = useDisclosure(false);
  const [sending, send] = useDisclosure(false);
  const text = typed ?? proposal.text;
  const dirty = typed !== null && typed.trim() !== proposal.text.trim();
  const late = (error: Error) => onLate(isConflict(error) ? text : "");
  const save = useChange(
    (version: number) => replies.edit(seen.id, version, text),
    () => setTyped(null),
    late,
  );
  const approve = useChange((version: number) => replies.approve(seen.id, version), undefined, late);
  const told = isConflict(save.error) || isConflict(approve.error);
  const version = useSeenVersion(proposal.version, typed !== null, told);
  if (proposal.state === "drafting") return <Text size="sm">It is being drafted.</Text>;
  if (proposal.withheld) {
    return (
      <Actions>
        <RejectButton open={reject.open} />
        {rejecting && <Reject proposal={proposal} seen={seen} onClose={reject.close} onLate={onLate} />}
      </Actions>
    );
  }
  return (
    <Stack gap="sm">
      {proposal.refused && !proposal.edited && (
        <Text size="sm">The documents have no answer that could be drafted. Write one, or reject it.</Text>
      )}
      <Textarea
        aria-label="The reply"
        description="The requester gets it only when you send it. Marks such as [1] name the sources."
        autosize
        minRows={4}
        maxRows={20}
        maxLength={20_000}
        value={text}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      <Sources sources={proposal.sources} text={text} />
      <Overtaken
        error={save.error ?? approve.error}
        proposal={proposal}
        take={() => setTyped(null)}
        dirty={dirty}
      />
      <Actions>
        <RejectButton open={reject.open} />
        <Button
          size="xs"
          variant="default"
          disabled={!dirty || !text.trim()}
          loading={save.isPending}
          onClick={() => save.mutate(version)}
        >
          {isConflict(save.error) ? "Save again" : "Save"}
        </Button>
        {proposal.state === "ready" && !dirty && (
          <Button
            size="xs"
            variant="default"
            disabled={!text.trim()}
            loading={approve.isPending}
            onClick={() => approve.mutate(version)}
          >
            Approve
          </Button>
        )}
        <Button size="xs" disabled={!text.trim() || save.isPending || approve.isPending} onClick={send.open}>
          Send…
        </Button>
      </Actions>
      {sending && (
        <Send
          proposal={proposal}
          seen={seen}
          text={text}
          dirty={dirty}
          version={version}
          onClose={send.close}
          saved={() => setTyped(null)}
          failed={late}
        />
      )}
      {rejecting && <Reject proposal={proposal} seen={seen} onClose={reject.close} onLate={onLate} />}
    </Stack>
  );
}

function RejectButton({ open }: { open: () => void }) {
  return (
    <Button size="xs" variant="default" c="var(--mantine-color-error)" onClick={open} mr="auto">
      Reject…
    </Button>
  );
}

/** Why it could not be done; of somebody else's change, what the reply is now. */
function Overtaken(props: { error: unknown; proposal: Proposal; dirty: boolean; take?: () => void }) {
  const { error, proposal, dirty, take } = props;
  if (!error) return null;
  if (!isConflict(error)) return <ProblemNote error={error} />;
  return (
    <Alert color="yellow" role="alert" title="The reply is not what it was">
      <Text size="sm">
        {who(proposal.by || "Somebody")} changed it meanwhile; it is at version {proposal.version} now
        {dirty ? ", and what you typed is still here:" : "."}
      </Text>
      {dirty && (
        <>
          <div className={classes.quote}>{proposal.text}</div>
          {take && (
            <Button size="compact-sm" variant="subtle" mt={6} onClick={take}>
              Take theirs
            </Button>
          )}
        </>
      )}
      <Text size="xs" mt={4} c="dimmed">
        {error instanceof Error ? error.message : ""}
      </Text>
    </Alert>
  );
}

interface SendProps {
  proposal: Proposal;
  seen: Seen;
  text: string;
  dirty: boolean;
  version: number;
  onClose: () => void;
  saved: () => void;
  failed: (error: Error) => void;
}

function Send({ proposal, seen, text, dirty, version, onClose, saved, failed }: SendProps) {
  const other = proposal.question !== seen.text;
  const [read, setRead] = useState(false);
  const send = useChange(
    async (given: number) => {
      const now = dirty ? (await replies.edit(seen.id, given, text)).version : given;
      if (dirty) saved();
      await replies.send(seen.id, now, other ? seen.version : null);
    },
    onClose,
    failed,
  );
  const told = useSeenVersion(version, true, isConflict(send.error));
  return (
    <Dialog onClose={onClose} title="Send the reply" size="lg">
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {seen.requester} gets this text, with the sources that its marks name, and the ticket is resolved.
        </Text>
        <div className={classes.quote}>{text}</div>
        {other && (
          <Alert color="yellow" title="The ticket's text was changed after the reply was drafted">
            <div className={classes.quote}>{seen.text}</div>
            <Checkbox
              mt="sm"
              label="The reply answers this text too"
              checked={read}
              onChange={(event) => setRead(event.currentTarget.checked)}
            />
          </Alert>
        )}
        <Overtaken error={send.error} proposal={proposal} dirty={dirty} />
        <Actions>
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            data-autofocus
            loading={send.isPending}
            disabled={other && !read}
            onClick={() => send.mutate(told)}
          >
            {isConflict(send.error) ? "Send again" : "Send"}
          </Button>
        </Actions>
      </Stack>
    </Dialog>
  );
}

function Reject({
  proposal,
  seen,
  onClose,
  onLate,
}: {
  proposal: Proposal;
  seen: Seen;
  onClose: () => void;
  onLate: (text: string) => void;
}) {
  const [reason, setReason] = useState("");
  const [person, setPerson] = useState("");
  const send = useChange(
    (version: number) => replies.reject(seen.id, version, reason, person.trim() || null),
    onClose,
    (error) => onLate(isConflict(error) ? reason : ""),
  );
  const version = useSeenVersion(proposal.version, true, isConflict(send.error));
  return (
    <Dialog onClose={onClose} title="Reject the reply">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason.trim()) send.mutate(version);
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            Nobody gets it, and the ticket goes to who answers it instead.
          </Text>
          <Textarea
            label="What is wrong with it"
            data-autofocus
            autosize
            minRows={2}
            maxLength={2_000}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <People
            label="Who gets the ticket"
            hint="An employee's id; left empty, you"
            value={person}
            set={setPerson}
            you={seen.you}
          />
          <Overtaken error={send.error} proposal={proposal} dirty={false} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color="red" loading={send.isPending} disabled={!reason.trim()}>
              {isConflict(send.error) ? "Reject all the same" : "Reject"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
