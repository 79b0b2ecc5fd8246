/** The mark of a source, "[2]", or of several, "[1, 3]". */
export const MARK = /\[(\d{1,3}(?: ?[,;] ?\d{1,3}){0,20})\](?![(:])/g;

/** A snippet in three parts, of which the second is the quote; the first alone where the quote is not found in it. */
export function marked(snippet: string, quote: string): [string, string, string] {
  const shown = plain(snippet);
  const sought = plain(quote);
  const at = sought ? shown.indexOf(sought) : -1;
  if (at < 0) return [shown, "", ""];
  return [shown.slice(0, at), sought, shown.slice(at + sought.length)];
}

const ENTITIES: Record<string, string> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
  "&nbsp;": " ",
};

function plain(text: string): string {
  return text
    .replace(/&(?:amp|lt|gt|quot|#39|nbsp);/g, (entity) => ENTITIES[entity] ?? entity)
    .replace(/\s+/g, " ")
    .trim();
}

/** The address of an original, if a browser may be sent there; of a PDF, at the page that `place` names. */
export function original(url: string | null, place: string | null): string | null {
  if (!url || !/^https?:\/\//i.test(url)) return null;
  const page = /^(?:page|Seite) (\d+)$/.exec(place ?? "")?.[1];
  return page && /\.pdf$/i.test(url) ? `${url}#page=${page}` : url;
}

/** What is put on the clipboard of an answer: its text, and a line for each source. */
export function asText(
  text: string,
  citations: { number: number; title: string; place: string | null; url: string | null }[],
): string {
  if (!citations.length) return text;
  const lines = citations.map(({ number, title, place, url }) =>
    [`[${number}] ${title}`, place, url].filter(Boolean).join(", "),
  );
  return `${text}\n\n${lines.join("\n")}`;
}

/** An answer as it is read aloud: without marks and Markdown's own signs. */
export function spoken(text: string): string {
  return text
    .replace(MARK, "")
    .replace(/[*_`#>]+/g, "")
    .replace(/\s+/g, " ")
    .replace(/ ([.,;:!?])/g, "$1")
    .trim();
}
