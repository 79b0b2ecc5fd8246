import { Anchor, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Schema } from "../../api/client.ts";
import { DocumentIcon, OutIcon } from "../../parts/icons.ts";
import { passageAt } from "../../parts/passageAt.ts";
import { marked, original } from "./marks.ts";
import classes from "./Sources.module.css";

export type Citation = Schema<"CitationOut">;

/** The id of a source's card, where the mark in the text leads. */
export function cardOf(run: string, number: number): string {
  return `source-${run}-${number}`;
}

/** What an answer rests on, a card for each. */
export function Sources({ run, citations }: { run: string; citations: Citation[] }) {
  if (!citations.length) return null;
  return (
    <ul className={classes.sources} aria-label="Sources">
      {citations.map((citation) => (
        <li key={citation.number}>
          <Source run={run} citation={citation} />
        </li>
      ))}
    </ul>
  );
}

function Source({ run, citation }: { run: string; citation: Citation }) {
  const { number, title, place, version, document, passage, url, snippet, quote } = citation;
  const [before, quoted, after] = marked(snippet, quote);
  const address = original(url, place);
  const here = passageAt(document, passage, run);
  return (
    <article
      id={cardOf(run, number)}
      className={classes.card}
      tabIndex={-1}
      aria-label={`Source ${number}: ${title}`}
    >
      <div className={classes.head}>
        <span className={classes.number} aria-hidden>
          {number}
        </span>
        <div className={classes.about}>
          <Text component="h3" size="sm" fw={600} className={classes.title} dir="auto">
            {title}
          </Text>
          <Text size="xs" c="dimmed" className={classes.title}>
            {[place, `version ${version}`].filter(Boolean).join(" · ")}
          </Text>
        </div>
      </div>
      <Text component="blockquote" size="sm" className={classes.snippet} dir="auto">
        {before}
        {quoted && <mark>{quoted}</mark>}
        {after}
      </Text>
      <div className={classes.ways}>
        {address && (
          <Anchor href={address} target="_blank" rel="noopener noreferrer" size="xs" className={classes.way}>
            <OutIcon size={14} aria-hidden />
            Open original
          </Anchor>
        )}
        <Anchor component={Link} href={here} size="xs" className={classes.way}>
          <DocumentIcon size={14} aria-hidden />
          In the library
        </Anchor>
      </div>
    </article>
  );
}
