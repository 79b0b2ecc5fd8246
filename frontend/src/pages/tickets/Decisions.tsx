import { Badge, Group, Spoiler, Text } from "@mantine/core";
import { When } from "../../parts/When.tsx";
import { Facts } from "./Facts.tsx";
import classes from "./ticket.module.css";
import { asRecord, callOf, decisionsOf, type Entry, type Seen, VERDICTS, who } from "./words.ts";

/** Each decision with the rule or the person that made it, the reason, and the facts that it rests on. */
export function Decisions({ entries, seen }: { entries: Entry[]; seen: Seen }) {
  const decisions = decisionsOf(entries);
  if (!decisions.length) {
    return (
      <Text size="sm" c="dimmed">
        {seen.working
          ? "Nothing is decided yet."
          : "No action was proposed for this ticket, so there was nothing to decide."}
      </Text>
    );
  }
  return decisions.map((entry) => <Decision key={entry.seq} entry={entry} you={seen.you} />);
}

function Decision({ entry, you }: { entry: Entry; you: string }) {
  const body = asRecord(entry.body);
  const action = asRecord(body.action);
  const verdict = VERDICTS[String(body.verdict)] ?? { name: String(body.verdict), color: "gray" };
  const rule = String(body.rule ?? "");
  const by = String(body.by ?? entry.by);
  const policy = String(body.policy ?? "");
  return (
    <div className={classes.decision}>
      <Group gap="xs" mb={6}>
        <Badge color={verdict.color}>{verdict.name}</Badge>
        <Text span className={classes.mono}>
          {callOf(action.tool, action.arguments)}
        </Text>
      </Group>
      <Text size="sm" className={classes.text}>
        {String(body.reason ?? "")}
      </Text>
      <Text size="xs" c="dimmed" mt={4} mb="xs">
        {rule ? `Rule ${rule}` : "No rule"}
        {by !== "policy" && `, said by ${who(by, you)}`}
        {policy && ` of ${policy}`} · <When at={entry.at} />
      </Text>
      <Spoiler
        maxHeight={130}
        classNames={{ control: classes.reveal }}
        showLabel="All facts"
        hideLabel="Fewer facts"
      >
        <Facts facts={asRecord(body.facts)} />
      </Spoiler>
    </div>
  );
}
