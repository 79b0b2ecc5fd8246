import { Group, Text } from "@mantine/core";
import { When } from "../../parts/When.tsx";
import classes from "./ticket.module.css";
import { asRecord, type Change, didOf, type Seen, valueInWords, who } from "./words.ts";

const NAMES: Record<string, string> = {
  state: "State",
  assignee: "Assignee",
  communication: "What was told",
  text: "Text",
};

/** Every change, the newest first, with what was before it and after it. */
export function History({ seen }: { seen: Seen }) {
  return (
    <ol className={classes.trace}>
      {seen.history.toReversed().map((change) => (
        <li key={change.version} className={classes.entry}>
          <span className={classes.sign}>
            <Text span size="xs" fw={600} aria-label={`Version ${change.version}`}>
              {change.version}
            </Text>
          </span>
          <div className={classes.told}>
            <Group gap={6}>
              <Text size="sm" fw={550}>
                {didOf(change.kind, change.after)}
              </Text>
              <Text size="sm" c="dimmed">
                by {who(change.by, seen.you)}, <When at={change.at} />
              </Text>
            </Group>
            {change.reason && <Text size="sm">{change.reason}</Text>}
            <Fields change={change} />
          </div>
        </li>
      ))}
    </ol>
  );
}

function Fields({ change }: { change: Change }) {
  const before = asRecord(change.before);
  const after = asRecord(change.after);
  const names = Object.keys(NAMES).filter((name) => name in after && change.before !== null);
  return names.map((name) => (
    <div key={name}>
      <Text size="xs" c="dimmed" mt={6}>
        {NAMES[name]}
      </Text>
      <div className={classes.sides}>
        <Side name="before" value={before[name]} />
        <Side name="after" value={after[name]} />
      </div>
    </div>
  ));
}

function Side({ name, value }: { name: "before" | "after"; value: unknown }) {
  return (
    <div className={classes.quote} data-side={name}>
      <Text span size="xs" c="dimmed">
        {name}:{" "}
      </Text>
      {valueInWords(value)}
    </div>
  );
}
