import { Button, Group, Stack, TagsInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { asProblem } from "../../../api/client.ts";
import { Dialog } from "../../../parts/Dialog.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { ADMIN, type Person, putPerson, useGroups } from "../calls.ts";
import { OWN_ACCESS, OwnAccess } from "../Sure.tsx";

/** Adds somebody, or changes the groups of `who`. */
export function PersonDialog({ who, onClose }: { who: Person | null; onClose: () => void }) {
  const client = useQueryClient();
  const known = useGroups();
  const [id, setId] = useState(who?.id ?? "");
  const [groups, setGroups] = useState(who?.groups ?? []);
  const saving = useMutation({
    // Somebody new has no groups yet; if they are there already, the server says so.
    mutationFn: (sure: boolean) => putPerson(id.trim(), groups, who?.groups ?? [], sure),
    onSuccess: () => {
      client.invalidateQueries({
        queryKey: ADMIN,
        predicate: ({ queryKey }) => queryKey[1] !== "connections",
      });
      onClose();
    },
    onError: () => client.invalidateQueries({ queryKey: [...ADMIN, "people"] }),
  });
  const own = saving.error && asProblem(saving.error).code === OWN_ACCESS;
  const send = (event: FormEvent) => {
    event.preventDefault();
    saving.mutate(Boolean(own));
  };
  return (
    <Dialog onClose={onClose} title={who ? `Groups of ${who.id}` : "Add a person or a service"}>
      <form onSubmit={send}>
        <Stack gap="md">
          {!who && (
            <TextInput
              label="Who"
              description="A person's e-mail address, or a plain name for a service."
              placeholder="ana@example.com"
              value={id}
              onChange={(event) => setId(event.currentTarget.value)}
              required
              maxLength={320}
              data-autofocus
              autoComplete="off"
            />
          )}
          <TagsInput
            label="Groups"
            description="Write a name and press Enter. Access lists name groups; a change holds at once."
            placeholder={groups.length ? "" : "support"}
            data={known.data?.map(({ name }) => name) ?? []}
            value={groups}
            onChange={setGroups}
            splitChars={[",", " "]}
            acceptValueOnBlur
            openOnFocus={false}
            clearable
            clearButtonProps={{ "aria-label": "Take all groups out" }}
            data-autofocus={who ? true : undefined}
          />
          {!who && (
            <Text size="xs" c="dimmed">
              People sign in by a link that{" "}
              <code>{`deskhand tokens link ${id.trim() || "ana@example.com"}`}</code> makes on the server;
              people and services also by a token, made under Tokens.
            </Text>
          )}
          {own ? <OwnAccess error={saving.error} /> : saving.error && <ProblemNote error={saving.error} />}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              color={own ? "red" : undefined}
              loading={saving.isPending}
              disabled={!id.trim()}
            >
              {own ? "Save all the same" : who ? "Save" : "Add"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
