/**
 * The part of Markdown that answers are written in, read into a tree. There is no HTML in it: what looks like a tag is
 * text. Every pattern is bounded, so that a hostile text takes no longer than another of its length.
 */

export type Inline =
  | string
  | { kind: "strong" | "em" | "del"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; href: string; children: Inline[] }
  /** The mark of a source, "[2]". */
  | { kind: "mark"; number: number }
  | { kind: "break" };

export type Block =
  | { kind: "paragraph" | "heading"; children: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "quote"; children: Block[] }
  | { kind: "list"; ordered: boolean; start: number; items: Block[][] }
  | { kind: "table"; head: Inline[][]; rows: Inline[][][] }
  | { kind: "rule" };

/** How deep lists, quotes and emphasis are read into each other. */
const DEEPEST = 6;

const FENCE = /^\s{0,3}(```|~~~)/;
const HEADING = /^\s{0,3}#{1,6}\s+(.*?)[\s#]*$/;
const RULE = /^\s{0,3}(?:(?:-\s*){3,40}|(?:\*\s*){3,40}|(?:_\s*){3,40})$/;
const QUOTE = /^\s{0,3}> ?/;
const ITEM = /^(\s{0,40})([-*+•]|\d{1,9}[.)])\s+(?=\S)/;
const DASHES = /^[\s|:-]{3,1000}$/;

/** A text as blocks. */
export function blocksOf(text: string): Block[] {
  return blocks(text.replace(/\r\n?/g, "\n").replace(/\t/g, "    ").split("\n"), 0);
}

function blocks(lines: string[], depth: number): Block[] {
  const found: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const line = lines[at] ?? "";
    if (!line.trim()) {
      at += 1;
      continue;
    }
    const [block, next] = blockAt(lines, at, depth);
    found.push(block);
    at = next;
  }
  return found;
}

/** The block that begins at a line, and the line after it. */
function blockAt(lines: string[], at: number, depth: number): [Block, number] {
  const line = lines[at] ?? "";
  const fence = FENCE.exec(line)?.[1];
  if (fence) return code(lines, at + 1, fence);
  const heading = HEADING.exec(line)?.[1];
  if (heading !== undefined) return [{ kind: "heading", children: inlineOf(heading) }, at + 1];
  if (RULE.test(line)) return [{ kind: "rule" }, at + 1];
  if (depth < DEEPEST && QUOTE.test(line)) {
    const end = until(lines, at, (each) => !QUOTE.test(each));
    const inside = lines.slice(at, end).map((each) => each.replace(QUOTE, ""));
    return [{ kind: "quote", children: blocks(inside, depth + 1) }, end];
  }
  if (depth < DEEPEST && ITEM.test(line)) return list(lines, at, depth);
  if (line.includes("|") && isDashes(lines[at + 1])) return table(lines, at);
  const end = until(lines, at + 1, (each, index) => !each.trim() || interrupts(each, lines[index + 1]));
  return [{ kind: "paragraph", children: inlineOf(lines.slice(at, end).join("\n")) }, end];
}

function until(lines: string[], from: number, ends: (line: string, index: number) => boolean): number {
  let at = from;
  while (at < lines.length && !ends(lines[at] ?? "", at)) at += 1;
  return at;
}

function interrupts(line: string, next: string | undefined): boolean {
  if (FENCE.test(line) || HEADING.test(line) || RULE.test(line) || QUOTE.test(line)) return true;
  // A line that begins with a number as a sentence may, is no list.
  const sign = ITEM.exec(line)?.[2];
  if (sign && (sign === "1." || sign === "1)" || sign.length === 1)) return true;
  return line.includes("|") && isDashes(next);
}

function code(lines: string[], from: number, fence: string): [Block, number] {
  const end = until(lines, from, (each) => each.trim().startsWith(fence));
  return [{ kind: "code", text: lines.slice(from, end).join("\n") }, end + 1];
}

function list(lines: string[], from: number, depth: number): [Block, number] {
  const first = ITEM.exec(lines[from] ?? "");
  const indent = first?.[1]?.length ?? 0;
  const number = Number.parseInt(first?.[2] ?? "", 10);
  const ordered = !Number.isNaN(number);
  const items: Block[][] = [];
  let at = from;
  for (;;) {
    const sign = ITEM.exec(lines[at] ?? "");
    if (!sign || (sign[1]?.length ?? 0) > indent + 1 || /\d/.test(sign[2] ?? "") !== ordered) break;
    const width = sign[0].length;
    const end = until(lines, at + 1, (each, index) => endsItem(each, lines[index + 1], indent));
    const inside = lines.slice(at, end).map((each) => each.slice(Math.min(width, leading(each))));
    inside[0] = (lines[at] ?? "").slice(width);
    items.push(blocks(inside, depth + 1));
    at = end;
    const next = until(lines, at, (each) => each.trim() !== "");
    if (next > at && (leading(lines[next] ?? "") > indent + 1 || !ITEM.test(lines[next] ?? ""))) break;
    at = next;
  }
  return [{ kind: "list", ordered, start: ordered ? number : 1, items }, Math.max(at, from + 1)];
}

/** Whether a line is not of the item above it any more. */
function endsItem(line: string, next: string | undefined, indent: number): boolean {
  if (!line.trim()) return leading(next ?? "") <= indent + 1;
  if (leading(line) > indent + 1) return false;
  return ITEM.test(line) || interrupts(line, next);
}

function leading(line: string): number {
  return line.length - line.trimStart().length;
}

function isDashes(line: string | undefined): boolean {
  return line !== undefined && DASHES.test(line) && line.includes("-") && line.includes("|");
}

function table(lines: string[], at: number): [Block, number] {
  const end = until(lines, at + 2, (each) => !each.includes("|"));
  const [head = [], ...rows] = [lines[at] ?? "", ...lines.slice(at + 2, end)].map((line) =>
    line
      .trim()
      .replace(/^\||\|$/g, "")
      .split("|")
      .map((cell) => inlineOf(cell.trim())),
  );
  return [{ kind: "table", head, rows }, end];
}

const INLINE = new RegExp(
  [
    /\\([\\`*_{}[\]()#+.!|~<>-])/, // 1: escaped
    /`([^`\n]+)`/, // 2: code
    /\[(\d{1,3}(?: ?[,;] ?\d{1,3}){0,20})\](?![(:])/, // 3: marks
    /\[([^[\]\n]{1,300})\]\(([^()\s]{1,2000})\)/, // 4, 5: a link
    /<?(https?:\/\/[^\s<>"')\]]{1,2000}[^\s<>"')\].,;:!?])>?/, // 6: an address
    /\*\*(?=\S)([^\n]{1,600}?\S?)\*\*/, // 7
    /__(?=\S)([^\n]{1,600}?\S?)__(?!\w)/, // 8
    /\*(?=[^\s*])([^*\n]{1,600})\*/, // 9
    /(?<!\w)_(?=[^\s_])([^_\n]{1,600})_(?!\w)/, // 10
    /~~(?=\S)([^~\n]{1,600})~~/, // 11
    /(\n)/, // 12
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
);

/** A stretch of text with what is marked in it. */
export function inlineOf(text: string, depth = 0): Inline[] {
  if (depth > DEEPEST) return [text];
  const found: Inline[] = [];
  let done = 0;
  for (const match of text.matchAll(INLINE)) {
    if (match.index > done) found.push(text.slice(done, match.index));
    found.push(...meant(match, depth + 1));
    done = match.index + match[0].length;
  }
  if (done < text.length) found.push(text.slice(done));
  return found;
}

function meant(match: RegExpMatchArray, depth: number): Inline[] {
  const [, escaped, code, marks, words, href, address, strong, strong2, em, em2, del, line] = match;
  if (escaped !== undefined) return [escaped];
  if (code !== undefined) return [{ kind: "code", text: code }];
  if (marks !== undefined) {
    return marks.split(/[,;]/).map((each) => ({ kind: "mark", number: Number(each) }));
  }
  if (href !== undefined && words !== undefined) {
    return [{ kind: "link", href, children: inlineOf(words, depth) }];
  }
  if (address !== undefined) return [{ kind: "link", href: address, children: [address] }];
  const heavy = strong ?? strong2;
  if (heavy !== undefined) return [{ kind: "strong", children: inlineOf(heavy, depth) }];
  const light = em ?? em2;
  if (light !== undefined) return [{ kind: "em", children: inlineOf(light, depth) }];
  if (del !== undefined) return [{ kind: "del", children: inlineOf(del, depth) }];
  return line === undefined ? [match[0]] : [{ kind: "break" }];
}
