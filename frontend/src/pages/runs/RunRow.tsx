import { Badge, Text } from "@mantine/core";
import { memo } from "react";
import { Link } from "wouter";
import shared from "../../parts/list/list.module.css";
import { When } from "../../parts/When.tsx";
import { Lasted } from "./Lasted.tsx";
import classes from "./list.module.css";
import { doorOf, goesOn, kindOf, type Run, STATES, type State, whoseOf } from "./words.ts";

export function StateBadge({ state }: { state: State }) {
  return <Badge color={STATES[state].color}>{STATES[state].name}</Badge>;
}

export function ListHead({ whose }: { whose: boolean }) {
  return (
    <div className={`${shared.heads} ${classes.heads}`} data-whose={whose || undefined} aria-hidden>
      <span>Run</span>
      <span>State</span>
      {whose && <span>Whose</span>}
      <span>Came in by</span>
      <span className={shared.end}>Took</span>
      <span className={shared.end}>Began</span>
    </div>
  );
}

/** One run of the list; all of it leads to the run. `whose`: where not all of them are one's own. */
export const RunRow = memo(function RunRow({ run, whose }: { run: Run; whose: boolean }) {
  const person = whoseOf(run);
  const door = doorOf(run);
  return (
    <Link
      href={`/runs/${encodeURIComponent(run.id)}`}
      className={`${shared.row} ${classes.row}`}
      data-whose={whose || undefined}
    >
      <span className={shared.what}>
        <Text span size="sm" fw={550} truncate>
          {run.about ?? kindOf(run)}
          {run.error && (
            <Text span size="xs" c="red" ml={8} fw={400}>
              {run.error}
            </Text>
          )}
        </Text>
        <Text span size="xs" c="dimmed" truncate>
          {run.about ? `${kindOf(run)} · ${run.id}` : run.id}
        </Text>
      </span>
      <span className={shared.state}>
        <StateBadge state={run.state} />
      </span>
      {whose && (
        <Text
          span
          size="sm"
          truncate
          className={classes.whose}
          title={run.by}
          c={person ? undefined : "dimmed"}
        >
          {person || "the desk"}
        </Text>
      )}
      <Text span size="sm" c="dimmed" truncate className={classes.door}>
        {door}
      </Text>
      <Text span size="sm" className={`${shared.end} ${classes.took}`} c={goesOn(run) ? "dimmed" : undefined}>
        <Lasted run={run} />
      </Text>
      <Text span size="xs" c="dimmed" className={`${shared.end} ${classes.began}`}>
        <When at={run.began} />
      </Text>
    </Link>
  );
});
