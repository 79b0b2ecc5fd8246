/** A page of a list, and after which place the next one begins; without one it is the last. */
export interface Paged<Row> {
  rows: Row[];
  next?: string | undefined;
}

/** What changed since a list was fetched: rows that are wanted as they are now, and others that are not (any more).
 * `whole` is false where more changed than is told, so that the list must be fetched anew. */
export interface News<Row> {
  wanted: Row[];
  others: Row[];
  whole: boolean;
}

export interface Rowed {
  id: string;
}

export const NO_NEWS: News<never> = { wanted: [], others: [], whole: true };

export function rowsOf<Row extends Rowed>(pages: Paged<Row>[]): Row[] {
  const seen = new Set<string>();
  return pages.flatMap(({ rows }) => rows.filter(({ id }) => !seen.has(id) && seen.add(id)));
}

/** The pages with what changed of their rows, each in its place. A row that did not change stays the same object. */
export function updated<Row extends Rowed>(pages: Paged<Row>[], told: Row[]): Paged<Row>[] {
  const now = new Map(told.map((row) => [row.id, row]));
  const fresh = (row: Row): Row => {
    const other = now.get(row.id);
    return other && JSON.stringify(other) !== JSON.stringify(row) ? other : row;
  };
  return pages.map((page) =>
    page.rows.some((row) => fresh(row) !== row) ? { ...page, rows: page.rows.map(fresh) } : page,
  );
}

/** News that were held back, with newer ones. */
export function joined<Row extends Rowed>(before: News<Row>, now: News<Row>): News<Row> {
  const told = new Set([...now.wanted, ...now.others].map(({ id }) => id));
  const left = (rows: Row[]) => rows.filter(({ id }) => !told.has(id));
  return {
    wanted: [...now.wanted, ...left(before.wanted)],
    others: [...now.others, ...left(before.others)],
    whole: before.whole && now.whole,
  };
}

/** The pages with the news in them, all in their `order`: what is not wanted any more is gone. What belongs behind the
 * last row that was fetched comes with its page. */
export function settled<Row extends Rowed>(
  pages: Paged<Row>[],
  news: News<Row>,
  order: (one: Row, other: Row) => number,
): Paged<Row>[] {
  const told = new Set([...news.wanted, ...news.others].map(({ id }) => id));
  const kept = rowsOf(pages).filter(({ id }) => !told.has(id));
  const end = pages.at(-1)?.next === undefined ? undefined : kept.at(-1);
  const coming = news.wanted.filter((row) => end === undefined || order(row, end) <= 0);
  const rows = [...coming, ...kept].sort(order);
  // Pages keep their lengths from the end on, and the first one takes what is left.
  return pages
    .toReversed()
    .map((page, at) => {
      const most = at === pages.length - 1 ? rows.length : Math.min(page.rows.length, rows.length);
      return { ...page, rows: rows.splice(rows.length - most, most) };
    })
    .toReversed();
}

/** How many of the news are rows that are not in the list. */
export function newer<Row extends Rowed>(rows: Row[], news: News<Row>): number {
  const known = new Set(rows.map(({ id }) => id));
  return news.wanted.filter(({ id }) => !known.has(id)).length;
}
