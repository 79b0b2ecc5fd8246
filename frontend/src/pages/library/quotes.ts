/** A part of a text, and whether an answer quotes it. */
export interface Said {
  /** Where it begins. */
  at: number;
  part: string;
  quoted: boolean;
}

const SIGNS: Record<string, string> = {
  "&": "(?:&amp;|&)",
  "<": "(?:&lt;|<)",
  ">": "(?:&gt;|>)",
  '"': '(?:&quot;|")',
  "'": "(?:&#39;|')",
};

/** A text in parts, so that what stands in these quotes can be told from the rest; lines may be broken otherwise. */
export function quotesIn(text: string, quotes: string[]): Said[] {
  const quoted = new Uint8Array(text.length);
  for (const quote of quotes) {
    for (const match of text.matchAll(pattern(quote)))
      quoted.fill(1, match.index, match.index + match[0].length);
  }
  const parts: Said[] = [];
  let at = 0;
  while (at < text.length) {
    let end = at;
    while (end < text.length && quoted[end] === quoted[at]) end += 1;
    parts.push({ at, part: text.slice(at, end), quoted: quoted[at] === 1 });
    at = end;
  }
  return parts;
}

function pattern(quote: string): RegExp {
  const words = quote
    .replace(/&nbsp;/g, " ")
    .replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? "")
    .split(/\s+/)
    .filter(Boolean)
    .map((word) =>
      word.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&").replace(/[&<>"']/g, (sign) => SIGNS[sign] ?? sign),
    );
  return new RegExp(words.length ? words.join("(?:\\s|&nbsp;)+") : "(?!)", "g");
}

const ENTITIES: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };
