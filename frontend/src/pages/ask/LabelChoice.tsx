import { Checkbox, Stack, Text } from "@mantine/core";
import type { Labels } from "./calls.ts";
import type { Choice } from "./pending.ts";

/** Answers that can be read beside each other. */
const MOST = 4;

/** The models and the parts of the library to choose from; several answer side by side. */
export default function LabelChoice({
  labels,
  models,
  libraries,
  onChoice,
}: {
  labels: Labels;
  models: string[];
  libraries: string[];
  onChoice: (choice: Choice) => void;
}) {
  const parts = Math.max(1, libraries.length);
  return (
    <Stack gap="sm">
      <Checkbox.Group
        label="Who answers"
        value={models}
        // Somebody has to; without a choice it is the default.
        onChange={(chosen) => onChoice({ models: chosen, libraries })}
      >
        <Stack gap={8} mt={6}>
          {labels.models.map(({ label, name, default: first }) => (
            <Checkbox
              key={label}
              size="sm"
              value={label}
              label={label}
              description={described(label, name, first)}
              disabled={!models.includes(label) && parts * (models.length + 1) > MOST}
            />
          ))}
        </Stack>
      </Checkbox.Group>
      {labels.libraries.length > 0 && (
        <Checkbox.Group
          label="From which part of the library"
          description="None means all of it."
          value={libraries}
          onChange={(chosen) => onChoice({ models, libraries: chosen })}
        >
          <Stack gap={8} mt={6}>
            {labels.libraries.map(({ label }) => (
              <Checkbox
                key={label}
                size="sm"
                value={label}
                label={label}
                disabled={!libraries.includes(label) && models.length * (libraries.length + 1) > MOST}
              />
            ))}
          </Stack>
        </Checkbox.Group>
      )}
      <Text size="xs" c="dimmed">
        Several answer side by side, up to {MOST}.
      </Text>
    </Stack>
  );
}

function described(label: string, name: string, first: boolean): string | undefined {
  const own = label === "quotes" ? "the documents' own words, without a model" : name === label ? "" : name;
  return [own, first ? "the default" : ""].filter(Boolean).join(", ") || undefined;
}
