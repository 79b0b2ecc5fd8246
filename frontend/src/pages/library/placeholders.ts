/** A part of a text; `taken` where it stands for something that redaction took out. */
export interface Part {
  /** Where it begins. */
  at: number;
  part: string;
  taken: boolean;
}

/** What stands for something taken out: "[Email]", "[Email_2]", "[Email_sealed_ABC…]", "[Card_ends_1234]", "{EMAIL}". */
const PLACEHOLDER = /\[[A-Z][A-Za-z0-9]{0,39}(?:_[A-Za-z0-9]+){0,2}\]|\{[A-Z][A-Z_]{2,40}\}/g;

/** A text in parts, so that what was taken out of it can be told from the rest. */
export function placeholders(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const match of text.matchAll(PLACEHOLDER)) {
    if (match.index > at) parts.push({ at, part: text.slice(at, match.index), taken: false });
    parts.push({ at: match.index, part: match[0], taken: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ at, part: text.slice(at), taken: false });
  return parts;
}
