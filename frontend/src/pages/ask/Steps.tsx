import { Loader, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { CheckIcon } from "../../parts/icons.ts";
import type { Heard } from "./following.ts";
import classes from "./Steps.module.css";

const SHOWN = 4;

/** What a run does at this moment, and what it has done: said as it happens. */
export function Steps({ heard }: { heard: Heard }) {
  const { phase, query, sources, passages } = heard;
  const over = sources > 1 ? `${sources} sources` : "the library";
  const searching = phase === "searching" || phase === "reading";
  const found = passages.length === 1 ? "1 passage" : `${passages.length} passages`;
  return (
    <ol className={classes.steps} aria-label="What happens">
      {phase === "waiting" && <Step on>The question is on record</Step>}
      {phase !== "waiting" && (
        <Step on={phase === "searching"}>
          {phase === "searching" ? "Searching" : "Searched"} {over}
          {query && <span className={classes.query}> for “{query}”</span>}
        </Step>
      )}
      {passages.length > 0 && (
        <Step on={phase === "reading"}>
          {searching ? "Reading" : "Read"} {found}
          <ul className={classes.passages}>
            {passages.slice(0, SHOWN).map(({ number, title, place }) => (
              <li key={number}>
                {title}
                {place && ` · ${place}`}
              </li>
            ))}
            {passages.length > SHOWN && <li>and {passages.length - SHOWN} more</li>}
          </ul>
        </Step>
      )}
      {(phase === "writing" || phase === "checking") && (
        <Step on={phase === "writing"}>
          {phase === "writing" ? "Writing; sources are checked at the end" : "Written"}
        </Step>
      )}
      {phase === "checking" && <Step on>Checking every sentence against its source</Step>}
    </ol>
  );
}

function Step({ on, children }: { on: boolean; children: ReactNode }) {
  return (
    <Text component="li" size="sm" c={on ? undefined : "dimmed"} className={classes.step}>
      <span className={classes.sign} aria-hidden>
        {on ? <Loader size={14} /> : <CheckIcon size={16} />}
      </span>
      <div className={classes.said}>{children}</div>
    </Text>
  );
}
