import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import type { Paged } from "./merging.ts";

export type Pages<Row> = InfiniteData<Paged<Row>, string | undefined>;
export type Listed<Row> = UseInfiniteQueryResult<Pages<Row>>;

interface ListedOptions<Row> {
  key: unknown[];
  /** Gets the page that begins after a place. */
  page: (after: string | undefined, signal: AbortSignal) => Promise<Row[]>;
  /** How many rows a page has that is not the last. */
  size: number;
  /** After which place the page after this row begins. */
  placeOf: (row: Row) => string;
}

/** A list that the server gives page by page; while another is fetched, the one before it is shown. */
export function useListed<Row>({ key, page, size, placeOf }: ListedOptions<Row>): Listed<Row> {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: async ({ pageParam, signal }): Promise<Paged<Row>> => {
      const rows = await page(pageParam, signal);
      const last = rows.at(-1);
      return { rows, next: last !== undefined && rows.length >= size ? placeOf(last) : undefined };
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
    placeholderData: (before) => before,
    staleTime: 30_000,
  });
}
