import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Dialog } from "../../parts/Dialog.tsx";
import { ResumeIcon, StopIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { acts, useAct } from "./calls.ts";
import type { Whole } from "./words.ts";

/** What may be done with the run now; the server says what that is. */
export function Acts({ run }: { run: Whole }) {
  const [asked, sure] = useDisclosure(false);
  const cancel = useAct(acts.cancel, sure.close);
  const resume = useAct(acts.resume);
  return (
    <>
      {run.may_cancel && (
        <Button variant="default" leftSection={<StopIcon size={16} aria-hidden />} onClick={sure.open}>
          Cancel
        </Button>
      )}
      {run.may_resume && (
        <Button
          leftSection={<ResumeIcon size={16} aria-hidden />}
          loading={resume.isPending}
          onClick={() => resume.mutate(run.id)}
        >
          Resume
        </Button>
      )}
      {resume.error && (
        <Dialog onClose={resume.reset} title="It could not be carried on">
          <ProblemNote error={resume.error} />
        </Dialog>
      )}
      <Modal opened={asked} onClose={sure.close} title="Cancel this run?">
        <Stack gap="md">
          <Text size="sm">
            It stops before its next step. What it has done stays on record, and it can be carried on from
            there.
          </Text>
          {cancel.error && <ProblemNote error={cancel.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={sure.close}>
              Let it run
            </Button>
            <Button color="red" loading={cancel.isPending} onClick={() => cancel.mutate(run.id)}>
              Cancel the run
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
