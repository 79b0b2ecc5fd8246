import { Alert, Button, Group, Text } from "@mantine/core";
import { asProblem } from "../api/client.ts";
import { WarningIcon } from "./icons.ts";

/** A sentence of the server's, which may stand after others, as the first one. */
function begun(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

/** What went wrong, and what to do next. `again` tries it once more. */
export function ProblemNote({ error, again }: { error: unknown; again?: () => void }) {
  const problem = asProblem(error);
  return (
    <Alert
      color="red"
      role="alert"
      icon={<WarningIcon aria-hidden />}
      title={begun(problem.message)}
      m="md"
      styles={{ title: { overflowWrap: "anywhere" } }}
    >
      <Text size="sm">{problem.next}</Text>
      {problem.reference && (
        <Text size="sm" mt={4}>
          Reference <code>{problem.reference}</code>
        </Text>
      )}
      {again && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={again}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}
