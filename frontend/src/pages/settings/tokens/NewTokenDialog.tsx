import {
  Alert,
  Autocomplete,
  Button,
  Checkbox,
  Group,
  NativeSelect,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { CopyButton } from "../../../parts/CopyButton.tsx";
import { Dialog } from "../../../parts/Dialog.tsx";
import { WarningIcon } from "../../../parts/icons.ts";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { moment } from "../../../parts/times.ts";
import { ADMIN, makeToken, type NewToken, usePeople } from "../calls.ts";
import classes from "../Settings.module.css";
import { allowed, MEANINGS, SCOPES, type Scope } from "../scopes.ts";

const DAY = 24;
const LIVES = [
  { value: String(DAY), label: "1 day" },
  { value: String(30 * DAY), label: "30 days" },
  { value: String(90 * DAY), label: "90 days" },
  { value: String(365 * DAY), label: "1 year" },
  { value: "", label: "Until it is revoked" },
];
const SLOWLY = 250;

/** Makes a token, and shows its text: once, as only its hash is kept. */
export function NewTokenDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<NewToken | null>(null);
  return (
    <Dialog
      onClose={onClose}
      title={made ? "Keep this token now" : "New token"}
      // By a slip, its text would be gone.
      closeOnClickOutside={!made}
      closeOnEscape={!made}
      withCloseButton={!made}
    >
      {made ? <Made token={made} onClose={onClose} /> : <Wanted onMade={setMade} onClose={onClose} />}
    </Dialog>
  );
}

function Wanted({ onMade, onClose }: { onMade: (token: NewToken) => void; onClose: () => void }) {
  const client = useQueryClient();
  const [principal, setPrincipal] = useState("");
  const [label, setLabel] = useState("");
  const [scopes, setScopes] = useState<string[]>(["ask"]);
  const [hours, setHours] = useState(String(90 * DAY));
  const [q] = useDebouncedValue(principal.trim(), SLOWLY);
  const people = usePeople({ q });
  const making = useMutation({
    mutationFn: () =>
      makeToken({
        principal: principal.trim(),
        scopes: scopes as Scope[],
        hours: hours ? Number(hours) : null,
        label,
      }),
    onSuccess: (token) => {
      client.invalidateQueries({ queryKey: [...ADMIN, "tokens"] });
      client.invalidateQueries({ queryKey: [...ADMIN, "people"] });
      onMade(token);
    },
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    making.mutate();
  };
  return (
    <form onSubmit={send}>
      <Stack gap="md">
        <Autocomplete
          label="Whose"
          description="A person or a service of the directory; it acts with their rights."
          placeholder="ana@example.com"
          data={people.data?.pages.flat().map(({ id }) => id) ?? []}
          limit={8}
          openOnFocus={false}
          value={principal}
          onChange={setPrincipal}
          required
          maxLength={320}
          data-autofocus
        />
        <Checkbox.Group label="What it may do" value={scopes} onChange={setScopes} required>
          <Stack gap={6} mt={6}>
            {SCOPES.map((scope) => (
              <Checkbox
                key={scope}
                value={scope}
                label={
                  <>
                    <b>{scope}</b>{" "}
                    <Text span inherit c="dimmed">
                      {MEANINGS[scope]}
                    </Text>
                  </>
                }
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group grow align="start">
          <TextInput
            label="Label"
            placeholder="What it is for"
            value={label}
            onChange={(event) => setLabel(event.currentTarget.value)}
            maxLength={200}
          />
          <NativeSelect
            label="Holds for"
            data={LIVES}
            value={hours}
            onChange={(event) => setHours(event.currentTarget.value)}
          />
        </Group>
        {making.error && <ProblemNote error={making.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={making.isPending} disabled={!principal.trim() || !scopes.length}>
            Make the token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Made({ token, onClose }: { token: NewToken; onClose: () => void }) {
  return (
    <Stack gap="md">
      <Alert role="note" color="orange" icon={<WarningIcon aria-hidden />}>
        This is the only time that it is shown; only its hash is kept here. Whoever has it acts as{" "}
        {token.principal}.
      </Alert>
      <div className={classes.secret}>
        <code data-testid="token">{token.token}</code>
        <CopyButton text={token.token} label="Copy the token" />
      </div>
      <Text size="sm" c="dimmed">
        It may {allowed(token.scopes)},{" "}
        {token.expires ? `until ${moment(token.expires)}` : "until it is revoked"}.
      </Text>
      <Group justify="flex-end">
        <Button onClick={onClose}>I have kept it</Button>
      </Group>
    </Stack>
  );
}
