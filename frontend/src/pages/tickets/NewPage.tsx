import { Button, Group, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { Link, useLocation } from "wouter";
import { asLeft } from "../../parts/address.ts";
import { Back } from "../../parts/Back.tsx";
import { CheckIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { Page } from "../../parts/Page.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { count } from "../../parts/times.ts";
import { People } from "./Acts.tsx";
import { submit, useChange, useCounts, usePolicy } from "./calls.ts";
import { clearDraft, readDraft, writeDraft } from "./draft.ts";

const LONGEST = 20_000;

/** A new ticket. What is typed is kept until it is submitted, and submitted once, however often it is sent. */
export default function NewPage() {
  const [, go] = useLocation();
  const [draft, setDraft] = useState(readDraft);
  const [sent, setSent] = useState<string | null>(null);
  const you = useCounts().data;
  const handles = you?.you.handles ?? false;
  const labels = usePolicy(handles).data?.fields.map((field) => field.labels[0]) ?? [];
  const longest = you?.longest ?? LONGEST;
  const put = (change: Partial<typeof draft>) => {
    const now = { ...draft, ...change };
    setDraft(now);
    writeDraft(now);
  };
  const send = useChange(async () => {
    const { id, ticket } = await submit(draft.text, draft.key, draft.requester.trim(), draft.id.trim());
    setDraft(clearDraft());
    if (ticket) go(`/tickets/${encodeURIComponent(id)}`);
    else setSent(id);
  });
  if (sent) return <Sent id={sent} again={() => setSent(null)} />;
  const over = draft.text.length > longest;
  return (
    <Page title="New ticket" above={<Back to="/tickets">Tickets</Back>}>
      <Panel maw={760}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (draft.text.trim() && !over) send.mutate();
          }}
        >
          <Stack gap="sm">
            <Textarea
              label="What it is about"
              description="In your own words. Lines with a label, such as “EnvironmentId: 1”, are read by the policy; sensitive data is redacted."
              autosize
              minRows={8}
              maxRows={24}
              data-autofocus
              value={draft.text}
              onChange={(event) => put({ text: event.currentTarget.value })}
              error={
                over
                  ? `It has ${count(draft.text.length)} characters, and may have ${count(longest)}.`
                  : undefined
              }
            />
            {labels.length > 0 && !draft.text.trim() && (
              <Group>
                <Button
                  size="compact-sm"
                  variant="default"
                  onClick={() => put({ text: labels.map((label) => `${label}: \n`).join("") })}
                >
                  Insert the policy's labels
                </Button>
              </Group>
            )}
            {you?.you.names_others && (
              <>
                <People
                  label="For whom"
                  hint="An employee's id; left empty, you"
                  value={draft.requester}
                  set={(requester) => put({ requester })}
                  you={you.you.id}
                />
                <TextInput
                  label="Its id"
                  description="Left empty, it gets one"
                  maxLength={64}
                  value={draft.id}
                  onChange={(event) => put({ id: event.currentTarget.value })}
                />
              </>
            )}
            {send.error && <ProblemNote error={send.error} />}
            <Group justify="flex-end" gap="xs">
              <Button component={Link} href={asLeft("/tickets")} variant="default">
                Cancel
              </Button>
              <Button type="submit" loading={send.isPending} disabled={!draft.text.trim() || over}>
                Submit
              </Button>
            </Group>
          </Stack>
        </form>
      </Panel>
    </Page>
  );
}

function Sent({ id, again }: { id: string; again: () => void }) {
  return (
    <Page title="New ticket">
      <Nothing Icon={CheckIcon} title="It is on record">
        <Text size="sm">
          Its id is <code>{id}</code>. You submitted it for somebody else, who sees it; you do not.
        </Text>
        <Button mt="md" variant="default" onClick={again}>
          Submit another
        </Button>
      </Nothing>
    </Page>
  );
}
