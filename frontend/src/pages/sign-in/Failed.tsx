import { Alert, Code, Text } from "@mantine/core";
import { asProblem } from "../../api/client.ts";
import { WarningIcon } from "../../parts/icons.ts";
import { saidOf, spans } from "./words.ts";

/** Why signing in did not work, and what to do. */
export function Failed({ error }: { error: unknown }) {
  const { title, next } = saidOf(asProblem(error));
  return (
    <Alert color="red" role="alert" icon={<WarningIcon aria-hidden />} title={title}>
      <Text size="sm">
        {spans(next).map(({ text, code }) => (code ? <Code key={text}>{text}</Code> : text))}
      </Text>
    </Alert>
  );
}
