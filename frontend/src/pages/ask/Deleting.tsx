import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "../../parts/Dialog.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { remove } from "./calls.ts";

/** Asks whether a conversation shall be deleted, and does it. */
export default function Deleting({
  id,
  title,
  onClose,
  onDone,
}: {
  id: string;
  title: string;
  onClose: () => void;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const deleting = useMutation({ mutationFn: () => remove(client, id), onSuccess: onDone });
  return (
    <Dialog onClose={onClose} title="Delete this conversation?">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        “{title.slice(0, 120)}” goes with all its questions and answers. This cannot be undone.
      </Text>
      {deleting.error && <ProblemNote error={deleting.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose} data-autofocus>
          Keep it
        </Button>
        <Button color="red" loading={deleting.isPending} onClick={() => deleting.mutate()}>
          Delete
        </Button>
      </Group>
    </Dialog>
  );
}
