import { Progress as Bar, Group, Text } from "@mantine/core";
import { count, lasting } from "../../parts/times.ts";
import type { Progress } from "./progress.ts";

/** How far an ingestion is: a bar, how fast it goes, and how long it will take. */
export function SyncProgress({ progress, what }: { progress: Progress | null; what: string }) {
  const known = progress !== null && progress.total > 0;
  const share = known ? (100 * progress.done) / progress.total : 100;
  return (
    <div>
      <Bar.Root size="sm">
        <Bar.Section
          value={share}
          animated={!known}
          striped={!known}
          aria-label={`How much of ${what} is done`}
        />
      </Bar.Root>
      <Group justify="space-between" gap="xs" mt={4}>
        <Text size="xs" c="dimmed">
          {known ? `${count(progress.done)} of ${count(progress.total)} documents` : "Looking for documents"}
        </Text>
        {known && (
          <Text size="xs" c="dimmed">
            {progress.rate > 0 ? `${progress.rate.toFixed(1)} per second` : ""}
            {progress.secondsLeft !== null ? ` · ${lasting(Math.ceil(progress.secondsLeft))} left` : ""}
          </Text>
        )}
      </Group>
    </div>
  );
}
