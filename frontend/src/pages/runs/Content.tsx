import { Skeleton, Stack } from "@mantine/core";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { useContent } from "./calls.ts";
import { Value } from "./StepContent.tsx";
import { goesOn, type Whole } from "./words.ts";

/** What the run as a whole was given, and what it ended with. */
export function Content({ run }: { run: Whole }) {
  const ended = !goesOn(run);
  const found = useContent(run.id, ended, !run.withheld);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (!found.data) return <Skeleton height={120} aria-label="Loading" />;
  return (
    <Stack gap="sm">
      <Value title="Input" value={found.data.input} />
      <Value
        title="Output"
        value={found.data.output}
        none={ended ? "It ended without one." : "It has not ended yet."}
      />
    </Stack>
  );
}
