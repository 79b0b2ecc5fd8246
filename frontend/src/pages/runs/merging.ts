import type { Run } from "./words.ts";

/** The pages of a list with what was seen of its runs since: those that changed in their place, new ones before all
 * others. Null where so many are new that there is a gap between them and the list: it must be fetched anew. */
export function merged(pages: Run[][], newest: Run[], again: Run[]): Run[][] | null {
  const known = new Set(pages.flatMap((page) => page.map((run) => run.id)));
  const seen = new Map([...again, ...newest].map((run) => [run.id, run]));
  const at = newest.findIndex((run) => known.has(run.id));
  if (at < 0 && known.size > 0 && newest.length > 0) return null;
  const [first = [], ...rest] = pages.map((page) => page.map((run) => seen.get(run.id) ?? run));
  return [[...newest.slice(0, at < 0 ? newest.length : at), ...first], ...rest];
}
