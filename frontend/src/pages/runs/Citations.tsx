import { Anchor, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Schema } from "../../api/client.ts";
import { passageAt } from "../../parts/passageAt.ts";
import classes from "./run.module.css";

/** Which citations stood up to their passages, and which were taken out, and why. */
export function Citations({ trace }: { trace: Schema<"TraceOut"> }) {
  const nothing = trace.kept.length + trace.dropped.length === 0;
  return (
    <Stack gap="md">
      {nothing && (
        <Text size="sm" c="dimmed">
          {trace.answer?.refused ? "It is a refusal: there is nothing to cite." : "There are no citations."}
        </Text>
      )}
      {trace.kept.length > 0 && (
        <div>
          <Text size="xs" fw={600} c="dimmed" mb={6}>
            Kept
          </Text>
          <ol className={classes.passages}>
            {trace.kept.map((each) => (
              <li key={each.number} className={classes.passage}>
                <span className={classes.number}>{each.number}</span>
                <div className={classes.found}>
                  <div className={classes.head}>
                    <Anchor
                      component={Link}
                      href={passageAt(each.document, each.passage, trace.run)}
                      size="sm"
                      fw={550}
                      className={classes.words}
                    >
                      {each.title}
                    </Anchor>
                    {each.place && (
                      <Text span size="xs" c="dimmed">
                        {each.place}
                      </Text>
                    )}
                  </div>
                  <Text size="sm" className={classes.text}>
                    {each.quote}
                  </Text>
                </div>
              </li>
            ))}
          </ol>
        </div>
      )}
      {trace.dropped.length > 0 && (
        <div>
          <Text size="xs" fw={600} c="dimmed" mb={6}>
            Taken out
          </Text>
          <ul className={classes.passages}>
            {trace.dropped.map((each, index) => (
              <li key={index} className={classes.dropped}>
                <Text size="sm" className={classes.text}>
                  {each.text}
                </Text>
                <Text size="xs" c="dimmed">
                  {each.reason}
                </Text>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Stack>
  );
}
