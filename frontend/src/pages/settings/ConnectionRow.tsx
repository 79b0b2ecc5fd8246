import { Badge, Button, Text } from "@mantine/core";
import { CheckIcon, WarningIcon } from "../../parts/icons.ts";
import type { Check, Connection } from "./calls.ts";
import classes from "./Settings.module.css";
import type { Standing } from "./useChecks.ts";

const WORDS = { ok: "works", failing: "fails", off: "not set up", unknown: "not checked yet" };

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
  const state = !on ? "off" : said ? (said.ok ? "ok" : "failing") : checkable ? "unknown" : "ok";
  return (
    <li className={classes.connection} data-name={name} data-state={state}>
      <span className={classes.dot} data-state={state} aria-hidden />
      <div className={classes.named}>
        <Text size="sm">
          <Text span inherit fw={600}>
            {title}
          </Text>
          <Text span inherit c="dimmed">
            {" "}
            {what}
          </Text>
          {state === "failing" && (
            <Badge color="red" ml={8} size="sm">
              Fails
            </Badge>
          )}
          <span className="mantine-visually-hidden"> ({WORDS[state]})</span>
        </Text>
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
          <Text size="xs" c="dimmed" mt={2}>
            {next}
          </Text>
        )}
        {said && <Told said={said} stale={standing.checking} />}
      </div>
      {on && checkable && (
        <Button
          className={classes.act}
          size="compact-sm"
          variant="default"
          loading={standing?.checking ?? false}
          onClick={check}
          aria-label={`Check ${title}`}
        >
          Check
        </Button>
      )}
    </li>
  );
}

function Told({ said, stale }: { said: Check; stale: boolean }) {
  return (
    <ul className={classes.told} aria-label="What the check found" style={{ opacity: stale ? 0.5 : 1 }}>
      {said.tried.map(({ name, ok, detail }) => (
        <li key={name}>
          <span className={classes.sign}>
            {ok ? (
              <CheckIcon size={14} aria-hidden color="var(--mantine-color-teal-text)" />
            ) : (
              <WarningIcon size={14} aria-hidden color="var(--mantine-color-error)" />
            )}
          </span>
          <span>
            <Text span inherit c="dimmed">
              {name}:
            </Text>{" "}
            <Text span inherit c={ok ? undefined : "var(--mantine-color-error)"}>
              {detail}
            </Text>
          </span>
        </li>
      ))}
      {said.ms > 0 && (
        <li>
          <Text span size="xs" c="dimmed">
            in{" "}
            {said.ms < 1000 ? `${Math.max(1, Math.round(said.ms))} ms` : `${(said.ms / 1000).toFixed(1)} s`}
          </Text>
        </li>
      )}
    </ul>
  );
}
