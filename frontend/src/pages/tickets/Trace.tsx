import { Anchor, Text, VisuallyHidden } from "@mantine/core";
import type { ComponentType } from "react";
import { useState } from "react";
import { Link } from "wouter";
import {
  HistoryIcon,
  type IconProps,
  InfoIcon,
  PersonIcon,
  PolicyIcon,
  ResumeIcon,
  SearchIcon,
} from "../../parts/icons.ts";
import { JsonView } from "../../parts/JsonView.tsx";
import { moment } from "../../parts/times.ts";
import { useMay } from "../../session.tsx";
import classes from "./ticket.module.css";
import { type Entry, roundsOf, type Seen, type Told, toldOf } from "./words.ts";

const SIGNS: Record<Told["sign"], ComponentType<IconProps>> = {
  change: HistoryIcon,
  read: SearchIcon,
  decision: PolicyIcon,
  act: ResumeIcon,
  approval: PersonIcon,
  note: InfoIcon,
};
/** Rows that are drawn before one asks for more; a ticket has some twenty. */
const MOST = 200;
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** All that was read, decided and done, in its order, by rounds. */
export function Trace({ entries, seen }: { entries: Entry[]; seen: Seen }) {
  const [most, setMost] = useState(MOST);
  const runs = useMay("ask");
  if (!entries.length) return <Text size="sm">Nothing is on record yet.</Text>;
  const rounds = roundsOf(entries.slice(0, most));
  return (
    <>
      {rounds.map((round, index) => (
        <section key={`${round.run}-${index}`} aria-label={`Round ${index + 1}`}>
          {rounds.length > 1 || (runs && round.run) ? (
            <div className={classes.round}>
              <Text size="sm" fw={600}>
                Round {index + 1}
              </Text>
              {runs && round.run && (
                <Anchor component={Link} href={`/runs/${encodeURIComponent(round.run)}`} size="xs">
                  Its run, step by step
                </Anchor>
              )}
            </div>
          ) : null}
          <ol className={classes.trace}>
            {round.entries.map((entry) => (
              <Row key={entry.seq} entry={entry} you={seen.you} />
            ))}
          </ol>
        </section>
      ))}
      {entries.length > most && (
        <Anchor component="button" type="button" size="sm" onClick={() => setMost(most + 1_000)}>
          Show more of the {entries.length} rows
        </Anchor>
      )}
    </>
  );
}

function Row({ entry, you }: { entry: Entry; you: string }) {
  const [open, setOpen] = useState(false);
  const told = toldOf(entry, you);
  const Sign = SIGNS[told.sign];
  return (
    <li className={classes.entry}>
      <span className={classes.sign} data-tone={told.tone}>
        <Sign size={15} aria-hidden />
      </span>
      <div className={classes.told}>
        <Text size="sm" fw={550}>
          {told.title}
        </Text>
        {told.note && (
          <Text size="sm" c="dimmed" lineClamp={open ? undefined : 3}>
            {told.note}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          <time dateTime={entry.at} title={moment(entry.at)}>
            {time.format(new Date(entry.at))}
          </time>
          {` · ${told.by} · `}
          <Anchor
            component="button"
            type="button"
            size="xs"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
          >
            {open ? "less" : "all of it"}
            <VisuallyHidden>, row {entry.seq}</VisuallyHidden>
          </Anchor>
        </Text>
        {open && <JsonView value={entry.body} label={`Row ${entry.seq} of the audit log`} />}
      </div>
    </li>
  );
}
