import { Box, Group, List, Skeleton, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { CopyButton } from "../../parts/CopyButton.tsx";
import { JsonView } from "../../parts/JsonView.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { lasting, moment } from "../../parts/times.ts";
import { useStep } from "./calls.ts";
import type { Step } from "./words.ts";

/** What one step was given and made, fetched when it is opened. */
export function StepContent({ run, step }: { run: string; step: Step }) {
  const times = [
    step.began && `Began ${moment(step.began)}`,
    step.seconds !== null && `took ${lasting(step.seconds)}`,
    `attempt ${step.attempt}`,
  ];
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        {times.filter(Boolean).join(", ")}
      </Text>
      {step.failures.length > 0 && <Tries step={step} />}
      {step.error && (
        <Text size="sm" c="red" style={{ overflowWrap: "anywhere" }}>
          {step.message ?? step.error}
        </Text>
      )}
      {step.withheld ? (
        <Text size="sm" c="dimmed">
          Its input and output are not shown to you.
        </Text>
      ) : (
        <Fetched run={run} step={step} />
      )}
    </Stack>
  );
}

/** What each try before the last one ended with; of many, the last ones. */
function Tries({ step }: { step: Step }) {
  const first = step.tries - step.failures.length;
  return (
    <Box>
      <Text size="xs" fw={600} c="dimmed">
        {`Tried ${step.tries} times`}
        {first > 1 && `, of which the last ${step.failures.length} that failed are shown`}
      </Text>
      <List size="sm" type="ordered" start={first} style={{ overflowWrap: "anywhere" }}>
        {step.failures.map((failure, at) => (
          <List.Item key={at}>{failure}</List.Item>
        ))}
      </List>
    </Box>
  );
}

function Fetched({ run, step }: { run: string; step: Step }) {
  const found = useStep(run, step.number, step.attempt);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (!found.data) return <Skeleton height={60} aria-label="Loading" />;
  return (
    <>
      <Value title="Input" value={found.data.input} />
      {!step.error && <Value title="Output" value={found.data.output} />}
    </>
  );
}

/** A value with a name, to be read and copied. */
export function Value({ title, value, none }: { title: string; value: unknown; none?: ReactNode }) {
  const empty = value === null || value === undefined || (Array.isArray(value) && !value.length);
  return (
    <Box>
      <Group justify="space-between" gap="xs" mih={28}>
        <Text size="xs" fw={600} c="dimmed">
          {title}
        </Text>
        {!empty && (
          <CopyButton text={JSON.stringify(value, null, 2)} label={`Copy the ${title.toLowerCase()}`} />
        )}
      </Group>
      {empty ? (
        <Text size="sm" c="dimmed">
          {none ?? "Nothing."}
        </Text>
      ) : (
        <JsonView value={value} label={title} />
      )}
    </Box>
  );
}
