import { Badge, Button, Text, VisuallyHidden } from "@mantine/core";
import { CheckIcon, WarningIcon } from "../../parts/icons.ts";
import type { Check, Connection } from "./calls.ts";
import classes from "./Settings.module.css";
import type { Standing } from "./useChecks.ts";
import { Worded } from "./Worded.tsx";

const WORDS = { ok: "works", failing: "fails", off: "not set up", unknown: "not checked yet", set: "set up" };

/** Something that the desk works with: what it is, what is set of it, and what the last check found. */
export function ConnectionRow({
  connection,
  standing,
  check,
}: {
  connection: Connection;
  standing: Standing | undefined;
  check: () => void;
}) {
  const { name, title, what, facts, on, next, checkable } = connection;
  const said = standing?.said;
  const state = !on ? "off" : said ? (said.ok ? "ok" : "failing") : checkable ? "unknown" : "set";
  return (
    <li className={classes.connection} data-name={name} data-state={state}>
      <span className={classes.dot} data-state={state} aria-hidden />
      <Text size="sm" className={classes.named}>
        <Text span inherit fw={600} c={on ? undefined : "dimmed"}>
          {title}
        </Text>
        <VisuallyHidden> ({WORDS[state]})</VisuallyHidden>
        <Text span inherit c="dimmed" ml={8}>
          {what}
        </Text>
        {state === "failing" && (
          <Badge color="red" ml={8} size="sm" aria-hidden>
            Fails
          </Badge>
        )}
      </Text>
      <div className={classes.act}>
        {said && !standing.checking && (
          <Text span size="xs" c="dimmed" className={classes.took}>
            {took(said.ms)}
          </Text>
        )}
        {on && checkable && (
          <Button
            size="compact-sm"
            variant="default"
            loading={standing?.checking ?? false}
            onClick={check}
            aria-label={`Check ${title}`}
          >
            Check
          </Button>
        )}
      </div>
      <div className={classes.details}>
        {facts.length > 0 && (
          <dl className={classes.facts}>
            {facts.map((fact) => (
              <div key={fact.name} className={classes.fact}>
                <dt>{fact.name}</dt>
                <dd>{fact.value}</dd>
              </div>
            ))}
          </dl>
        )}
        {!on && next && (
          <Text size="xs" c="dimmed">
            <Worded text={next} />
          </Text>
        )}
        {said && <Told said={said} title={title} stale={standing.checking} />}
      </div>
    </li>
  );
}

/** What the check found, each with a sign. */
function Told({ said, title, stale }: { said: Check; title: string; stale: boolean }) {
  return (
    <ul className={classes.told} aria-label="What the check found" data-stale={stale || undefined}>
      {said.tried.map(({ name, ok, detail }) => (
        <li key={name}>
          <span className={classes.sign}>
            {ok ? (
              <CheckIcon size={14} aria-hidden color="var(--mantine-color-teal-text)" />
            ) : (
              <WarningIcon size={14} aria-hidden color="var(--mantine-color-error)" />
            )}
          </span>
          <Text span inherit c={ok ? undefined : "var(--mantine-color-error)"}>
            {name !== title && (
              <Text span inherit c="dimmed">
                {name}:{" "}
              </Text>
            )}
            <Worded text={detail} />
          </Text>
        </li>
      ))}
    </ul>
  );
}

function took(ms: number): string {
  return ms < 1000 ? `${Math.max(1, Math.round(ms))} ms` : `${(ms / 1000).toFixed(1)} s`;
}
