import { Autocomplete, Button, Group, Menu, Modal, Stack, Text, Textarea } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { Dialog } from "../../parts/Dialog.tsx";
import { DownIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { ChangeProblem, useSeenVersion } from "./ConflictNote.tsx";
import { acts, isConflict, useChange, useCounts } from "./calls.ts";
import type { Seen } from "./words.ts";

type Act = Seen["may"][number];

interface Form {
  /** On the button, and above the form. */
  name: string;
  title: string;
  says: string;
  /** What is called what a person is named in; without it, nobody is named. */
  person?: string;
  /** The same for what is written. */
  words?: string;
  /** Whether something has to be written. */
  needed?: boolean;
  begins?: (seen: Seen) => string;
  send: (seen: Seen, version: number, text: string, person: string) => Promise<unknown>;
}

const FORMS: Partial<Record<Act, Form>> = {
  resolve: {
    name: "Resolve",
    title: "Resolve the ticket",
    says: "Its requester is told what you write, and everybody who follows it.",
    words: "How it was settled",
    send: (seen, version, text) => acts.resolve(seen.id, version, text),
  },
  assign: {
    name: "Assign",
    title: "Give the ticket to somebody",
    says: "Who gets it sees it from then on.",
    person: "Who gets it",
    words: "What is to be done",
    send: (seen, version, text, person) => acts.assign(seen.id, version, person, text),
  },
  reopen: {
    name: "Reopen",
    title: "Open the ticket again",
    says: "It goes to who had it, or to the person who gets what is nobody's.",
    words: "Why it is not settled",
    send: (seen, version, text) => acts.reopen(seen.id, version, text),
  },
  edit: {
    name: "Edit the text",
    title: "Edit the ticket's text",
    says: "What waits for an approval of the text as it was can then be approved no more. While the agent has the ticket, it looks anew.",
    words: "The ticket's text",
    needed: true,
    begins: (seen) => seen.text,
    send: (seen, version, text) => acts.edit(seen.id, version, text),
  },
  retry: {
    name: "Have the agent look again",
    title: "Have the agent look again",
    says: "The ticket is taken from who has it, and the agent looks at it anew, by the policy as it is now.",
    send: (seen) => acts.retry(seen.id),
  },
  subscribe: {
    name: "Have somebody follow it",
    title: "Have somebody follow the ticket",
    says: "Who follows a ticket sees it, and is told of every change.",
    person: "Who follows it",
    send: (seen, _version, _text, person) => acts.subscribe(seen.id, person),
  },
};

const FIRST: Act[] = ["resolve", "reopen", "assign"];
const LATER: Act[] = ["edit", "retry", "subscribe"];

/** What the one who looks may do with the ticket as it is now; the server says what that is. */
export function Acts({ seen }: { seen: Seen }) {
  const [open, setOpen] = useState<Act | null>(null);
  const follows = seen.subscribers.includes(seen.you);
  const follow = useChange(() => (follows ? acts.unsubscribe(seen.id) : acts.subscribe(seen.id, null)));
  const first = FIRST.filter((act) => seen.may.includes(act));
  const later = LATER.filter((act) => seen.may.includes(act));
  const form = open ? FORMS[open] : undefined;
  return (
    <>
      {first.map((act) => (
        <Button key={act} variant="default" onClick={() => setOpen(act)}>
          {FORMS[act]?.name}
        </Button>
      ))}
      <Menu position="bottom-end" withInitialFocusPlaceholder={false}>
        <Menu.Target>
          <Button variant="default" rightSection={<DownIcon size={14} aria-hidden />}>
            More
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => follow.mutate()}>{follows ? "Follow no more" : "Follow"}</Menu.Item>
          {later.map((act) => (
            <Menu.Item key={act} onClick={() => setOpen(act)}>
              {FORMS[act]?.name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {form && <ActForm key={open} seen={seen} form={form} onClose={() => setOpen(null)} />}
      <Modal opened={follow.isError} onClose={follow.reset} title="That could not be done">
        <ProblemNote error={follow.error} />
      </Modal>
    </>
  );
}

function ActForm({ seen, form, onClose }: { seen: Seen; form: Form; onClose: () => void }) {
  const [text, setText] = useState(form.begins?.(seen) ?? "");
  const [person, setPerson] = useState("");
  const change = useChange((given: number) => form.send(seen, given, text, person.trim()), onClose);
  const version = useSeenVersion(seen.version, true, isConflict(change.error));
  const lacks = (form.person && !person.trim()) || (form.needed && !text.trim());
  return (
    <Dialog onClose={onClose} title={form.title} size={form.needed ? "lg" : "md"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!lacks) change.mutate(version);
        }}
      >
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {form.says}
          </Text>
          {form.person && <People label={form.person} value={person} set={setPerson} you={seen.you} />}
          {form.words && (
            <Textarea
              label={form.words}
              data-autofocus={form.person ? undefined : true}
              autosize
              minRows={form.needed ? 10 : 3}
              maxRows={18}
              maxLength={20_000}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
            />
          )}
          <ChangeProblem error={change.error} seen={seen} />
          <Actions>
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending} disabled={Boolean(lacks)}>
              {isConflict(change.error) ? "Send again" : form.name}
            </Button>
          </Actions>
        </Stack>
      </form>
    </Dialog>
  );
}

export function Actions({ children }: { children: ReactNode }) {
  return (
    <Group justify="flex-end" gap="xs">
      {children}
    </Group>
  );
}

/** An employee's id; those who have tickets are proposed. */
export function People(props: {
  label: string;
  value: string;
  set: (value: string) => void;
  you: string;
  hint?: string;
}) {
  const { label, value, set, you, hint } = props;
  const counts = useCounts().data;
  const known = new Set([
    you,
    ...Object.keys(counts?.assignees ?? {}),
    ...Object.keys(counts?.requesters ?? {}),
  ]);
  known.delete("");
  return (
    <Autocomplete
      label={label}
      description={hint ?? "An employee's id, such as @susi"}
      data-autofocus
      data={[...known]}
      value={value}
      onChange={set}
      maxLength={400}
      limit={20}
      openOnFocus={false}
      comboboxProps={{ withinPortal: true }}
    />
  );
}
