import { Alert, Text } from "@mantine/core";
import { useRef } from "react";
import { InfoIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { When } from "../../parts/When.tsx";
import { isConflict } from "./calls.ts";
import { asRecord, didOf, type Seen, who } from "./words.ts";

/**
 * The version that the writer of a form saw: what is shown when they begin to write, and not what came since. Once they
 * were told of a newer one (`told`), it is that.
 */
export function useSeenVersion(now: number, writing: boolean, told: boolean): number {
  const seen = useRef(now);
  if (!writing || told) seen.current = now;
  return seen.current;
}

/** Why a change was not made. Of a conflict: what somebody else did, so that one can send what was typed again. */
export function ChangeProblem({ error, seen }: { error: unknown; seen: Seen }) {
  if (!error) return null;
  const last = seen.history.at(-1);
  if (!isConflict(error) || !last) return <ProblemNote error={error} />;
  const after = asRecord(last.after);
  const said = [after.text, after.communication].filter(
    (each): each is string => typeof each === "string" && each !== "",
  );
  return (
    <Alert
      color="yellow"
      role="alert"
      icon={<InfoIcon aria-hidden />}
      title="The ticket is not what it was"
      my="sm"
    >
      <Text size="sm">
        {didOf(last.kind, last.after)} by {who(last.by, seen.you)}, <When at={last.at} />. It is {seen.status}{" "}
        now.
      </Text>
      {said.map((text) => (
        <Text
          key={text}
          size="sm"
          mt={6}
          lineClamp={8}
          style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}
        >
          “{text}”
        </Text>
      ))}
      <Text size="sm" mt={6} fw={550}>
        Nothing was changed, and what you typed is still here. Send it again if it still fits.
      </Text>
      <Text size="xs" mt={4} c="dimmed">
        {error instanceof Error ? error.message : ""}
      </Text>
    </Alert>
  );
}
