import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { asProblem } from "../../api/client.ts";
import { Dialog } from "../../parts/Dialog.tsx";
import { WarningIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";

/** The server's word for what would take away what one is let in by oneself. */
export const OWN_ACCESS = "own-access";

/** Asks before something is taken away; and once more, where it is one's own way in. */
export function Sure({
  title,
  act,
  does,
  done,
  onClose,
  children,
}: {
  title: string;
  /** What the button says. */
  act: string;
  does: (sure: boolean) => Promise<void>;
  done: () => void;
  onClose: () => void;
  children: ReactNode;
}) {
  const doing = useMutation({
    mutationFn: does,
    onSuccess: () => {
      onClose();
      done();
    },
  });
  const own = doing.error && asProblem(doing.error).code === OWN_ACCESS;
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack gap="md">
        <Text size="sm" component="div">
          {children}
        </Text>
        {own ? (
          <OwnAccess error={doing.error} />
        ) : (
          doing.error && <ProblemNote error={doing.error} again={() => doing.mutate(false)} />
        )}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={doing.isPending} onClick={() => doing.mutate(Boolean(own))}>
            {own ? `${act} all the same` : act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

/** Says that it is one's own access that would go. */
export function OwnAccess({ error }: { error: unknown }) {
  return (
    <Alert color="orange" role="alert" icon={<WarningIcon aria-hidden />} title="This is your own access">
      <Text size="sm" style={{ overflowWrap: "anywhere" }}>
        {asProblem(error).message}
      </Text>
    </Alert>
  );
}
