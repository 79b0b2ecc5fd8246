import { Stack, Text } from "@mantine/core";
import type { Schema } from "../../api/client.ts";
import { JsonView } from "../../parts/JsonView.tsx";

const ROLES: Record<string, string> = {
  system: "What the model is told to do",
  user: "What it is given",
  assistant: "What it said before",
};

/** What was sent to the model, and what it wrote before its citations were checked. */
export function Written({ trace }: { trace: Schema<"TraceOut"> }) {
  return (
    <Stack gap="md">
      {trace.prompt.map(({ role, text }, index) => (
        <Part key={`${role}${index}`} title={ROLES[role] ?? role} text={text} />
      ))}
      {trace.draft ? (
        <Part title="What it wrote" text={trace.draft} />
      ) : (
        <Text size="sm" c="dimmed">
          {trace.state === "running" || trace.state === "waiting"
            ? "Nothing is written yet."
            : "No draft is shown: there was none, or it rests on what you may not read."}
        </Text>
      )}
    </Stack>
  );
}

function Part({ title, text }: { title: string; text: string }) {
  return (
    <div>
      <Text size="xs" fw={600} c="dimmed" mb={4}>
        {title}
      </Text>
      <JsonView value={text} label={title} />
    </div>
  );
}
