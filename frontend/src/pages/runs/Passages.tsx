import { Anchor, Button, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import type { Schema } from "../../api/client.ts";
import { SearchIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { passageAt } from "../../parts/passageAt.ts";
import classes from "./run.module.css";

type Found = Schema<"FoundPassage">;

const LONG = 320;

/** What the search found, the best first, with its scores. */
export function Passages({ trace }: { trace: Schema<"TraceOut"> }) {
  const best = Math.max(...trace.passages.map((each) => each.score), 0.0001);
  return (
    <>
      {(trace.standalone !== trace.question || trace.translated) && (
        <Text size="sm" mb="sm">
          Searched for <q>{trace.standalone}</q>
          {trace.translated && (
            <>
              {" "}
              and <q>{trace.translated}</q>
            </>
          )}
        </Text>
      )}
      {trace.passages.length === 0 && (
        <Nothing Icon={SearchIcon} title="No passages">
          {trace.reused ? "The answer was made for another question." : "The search has found none."}
        </Nothing>
      )}
      <ol className={classes.passages}>
        {trace.passages.map((each) => (
          <Passage key={each.number} found={each} share={each.score / best} />
        ))}
      </ol>
    </>
  );
}

function Passage({ found, share }: { found: Found; share: number }) {
  const [all, setAll] = useState(false);
  const text = found.text ?? "";
  const cut = !all && text.length > LONG;
  return (
    <li className={classes.passage}>
      <span className={classes.number}>{found.number}</span>
      <div className={classes.found}>
        <div className={classes.head}>
          {found.withheld || !found.document ? (
            <Text span size="sm" c="dimmed">
              A passage that you may not read
            </Text>
          ) : (
            <Anchor
              component={Link}
              href={passageAt(found.document, found.passage)}
              size="sm"
              fw={550}
              className={classes.words}
            >
              {found.title}
            </Anchor>
          )}
          {found.place && (
            <Text span size="xs" c="dimmed">
              {found.place}
            </Text>
          )}
        </div>
        <Scores found={found} share={share} />
        {text && (
          <Text size="sm" className={classes.text}>
            {cut ? `${text.slice(0, LONG)}…` : text}
          </Text>
        )}
        {text.length > LONG && (
          <Button variant="subtle" size="compact-xs" onClick={() => setAll(!all)} aria-expanded={all}>
            {all ? "Show less" : "Show all of it"}
          </Button>
        )}
      </div>
    </li>
  );
}

function Scores({ found, share }: { found: Found; share: number }) {
  const scores = [
    `score ${found.score.toFixed(3)}`,
    `words ${found.bm25.toFixed(2)}`,
    found.cosine === null ? "meaning not compared" : `meaning ${found.cosine.toFixed(2)}`,
  ];
  return (
    <div className={classes.scores}>
      <span className={classes.track} aria-hidden>
        <span className={classes.bar} style={{ width: `${Math.max(2, Math.min(1, share) * 100)}%` }} />
      </span>
      <Text span size="xs" c="dimmed">
        {scores.join(" · ")}
      </Text>
    </div>
  );
}
