/**
 * An answer's Markdown, read into a tree in which there is no HTML: what looks like a tag is text, and what defines a
 * link is, too, because "[1]" is a source. A hostile text takes no longer than its bounds allow, or is not read at all.
 */
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmAutolinkLiteralFromMarkdown } from "mdast-util-gfm-autolink-literal";
import { gfmStrikethroughFromMarkdown } from "mdast-util-gfm-strikethrough";
import { gfmTableFromMarkdown } from "mdast-util-gfm-table";
import { gfmAutolinkLiteral } from "micromark-extension-gfm-autolink-literal";
import { gfmStrikethrough } from "micromark-extension-gfm-strikethrough";
import { gfmTable } from "micromark-extension-gfm-table";
import { MARK } from "./marks.ts";

/** The longest text that is read, in characters: the parser's time grows with the square of a hostile one. */
export const LONGEST = 8_000;
/** The most signs of emphasis: each may belong to each. */
const MOST_SIGNS = 1_000;
/** A line that begins with more signs of quotes and lists than anybody means: their time grows faster still. */
const DEEP = /^[ \t]*(?:>[ \t]?|(?:[-*+]|\d{1,9}[.)])[ \t]+){13}/m;

const OPTIONS = {
  extensions: [
    gfmTable(),
    gfmStrikethrough(),
    gfmAutolinkLiteral(),
    {
      disable: {
        null: ["htmlFlow", "htmlText", "definition", "codeIndented", "labelStartImage", "setextUnderline"],
      },
    },
  ],
  mdastExtensions: [gfmTableFromMarkdown(), gfmStrikethroughFromMarkdown(), gfmAutolinkLiteralFromMarkdown()],
};

/** A text as a tree; null for one that is better shown as it stands. */
export function treeOf(text: string): Root | null {
  if (text.length > LONGEST || DEEP.test(text) || text.split(/[*_~]/).length > MOST_SIGNS) return null;
  try {
    return fromMarkdown(text, OPTIONS);
  } catch {
    // Nothing is worth more than the answer's words.
    return null;
  }
}

/** A stretch of text, cut where a source is marked (its number) and where a line ends ("\n"). */
export function partsOf(text: string): (string | number)[] {
  const found: (string | number)[] = [];
  let done = 0;
  for (const match of text.matchAll(MARK)) {
    found.push(...lines(text.slice(done, match.index)));
    found.push(...(match[1] ?? "").split(/[,;]/).map(Number));
    done = match.index + match[0].length;
  }
  return [...found, ...lines(text.slice(done))];
}

function lines(text: string): string[] {
  return text.split(/(\n)/).filter(Boolean);
}
