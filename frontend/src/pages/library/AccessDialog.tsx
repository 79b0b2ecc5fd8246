import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "../../parts/Dialog.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { AccessEntries } from "./AccessEntries.tsx";
import { openTo, refresh, type Source } from "./calls.ts";

/** Who may read a source's documents, to be changed. */
export default function AccessDialog({ source, onClose }: { source: Source; onClose: () => void }) {
  const client = useQueryClient();
  const [was] = useState(source.access);
  const [entries, setEntries] = useState(was);
  const change = useMutation({
    mutationFn: () => openTo(source.id, entries, was),
    onSuccess: async () => {
      await refresh(client);
      onClose();
    },
  });
  return (
    <Dialog onClose={onClose} title={`Who may read ${source.id}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <Stack>
          <AccessEntries label="Readers" value={entries} onChange={setEntries} />
          <Text size="sm" c="dimmed">
            It holds at once, for searches and for answers that were given before. Documents with a list of
            their own keep it.
          </Text>
          {change.error && <ProblemNote error={change.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
