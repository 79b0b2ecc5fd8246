import { Button, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { Timeline, type TimelineItem } from "../../parts/Timeline.tsx";
import { count } from "../../parts/times.ts";
import { useNow } from "../../parts/useNow.ts";
import { StepContent } from "./StepContent.tsx";
import { type Step, stepOf, type Whole } from "./words.ts";

const SHOWN = 100;

/** The steps as a timeline; while the run goes on, the one under way grows at its end. */
export function Steps({ run }: { run: Whole }) {
  const [most, setMost] = useState(SHOWN);
  const running = run.state === "running";
  const now = useNow(running, 500);
  const items = useMemo(() => run.steps.slice(0, most).map((step) => itemOf(run, step)), [run, most]);
  if (!run.steps.length && !running) {
    return (
      <Text size="sm" c="dimmed">
        {run.state === "waiting"
          ? "It waits for its turn: runs of one conversation, ticket or source follow one another."
          : "It ended before its first step was on record."}
      </Text>
    );
  }
  const whole = running && most >= run.steps.length ? [...items, underWay(run)] : items;
  return (
    <>
      <Timeline items={whole} now={now} />
      {most < run.steps.length && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setMost(most + 5 * SHOWN)}>
          Show more of the {count(run.steps.length)} steps
        </Button>
      )}
    </>
  );
}

function itemOf(run: Whole, step: Step): TimelineItem {
  const { name, recorded } = stepOf(run.kind, step.name);
  const notes = [recorded, step.attempt > 1 && `attempt ${step.attempt}`, triedOf(step), step.error].filter(
    Boolean,
  );
  return {
    key: `${step.number}-${step.attempt}`,
    name,
    began: step.began,
    seconds: step.seconds,
    state: step.error ? "failed" : "done",
    note: notes.join(" · ") || undefined,
    children: <StepContent run={run.id} step={step} />,
  };
}

/** How often a step was tried, where that was more than once. */
function triedOf(step: Step): string | undefined {
  return step.tries > 1 ? `${count(step.tries)} tries` : undefined;
}

/** What goes on now began when the last step ended. */
function underWay(run: Whole): TimelineItem {
  const last = run.steps.at(-1);
  const began = last?.began
    ? new Date(Date.parse(last.began) + (last.seconds ?? 0) * 1000).toISOString()
    : run.began;
  return { key: "under way", name: "The next step is under way", began, seconds: null, state: "running" };
}
