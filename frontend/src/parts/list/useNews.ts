import { useQueryClient } from "@tanstack/react-query";
import { type RefObject, useCallback, useEffect, useReducer, useRef, useState } from "react";
import { pause } from "../../api/stream.ts";
import { useLive } from "../useLive.ts";
import {
  joined,
  type News,
  NO_NEWS,
  newer,
  type Paged,
  type Rowed,
  rowsOf,
  settled,
  updated,
} from "./merging.ts";
import type { Listed, Pages } from "./useListed.ts";

/** How long it is shown what changed, in milliseconds. */
const SHOWN = 6_000;

export interface Told<Row> extends News<Row> {
  mark: string;
}

interface NewsOptions<Row> {
  key: unknown[];
  found: Listed<Row>;
  /** Waits for what changed since a mark; `rows` are those of the list. */
  ask: (since: string | undefined, signal: AbortSignal, rows: Row[]) => Promise<Told<Row>>;
  /** Whether nothing happened between them that is worth showing. */
  same: (one: Row, other: Row) => boolean;
  order: (one: Row, other: Row) => number;
  /** What else is to be done when something came. */
  came?: () => void;
}

export interface Lively {
  /** What the list stands in. */
  around: RefObject<HTMLDivElement | null>;
  /** How many rows wait to be put in. */
  waiting: number;
  /** Whether so many came that the list must be fetched anew. */
  missed: boolean;
  /** How many were put in last by themselves, for who does not see it. */
  put: number;
  /** What changed or came just now. */
  fresh: ReadonlySet<string>;
  /** Put in what waits. */
  settle: () => Promise<void>;
  /** Put it in if nobody is disturbed by that. */
  settleIfCalm: () => Promise<void>;
}

/** Keeps a list up to date, and lets nothing jump: what changed is changed in its place; what is new, or does not belong
 * there any more, waits until nobody is at the list, or until it is asked for. */
export function useNews<Row extends Rowed>({ key, found, ask, same, order, came }: NewsOptions<Row>): Lively {
  const client = useQueryClient();
  const around = useRef<HTMLDivElement>(null);
  const held = useRef<News<Row>>(NO_NEWS);
  const [, draw] = useReducer((times: number) => times + 1, 0);
  const [put, setPut] = useState(0);
  const [fresh, show] = useFresh();
  const of = JSON.stringify(key);
  const ready = found.data !== undefined && !found.isPlaceholderData;
  const pagesNow = () => client.getQueryData<Pages<Row>>(key);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another list has other news
  useEffect(() => {
    held.current = NO_NEWS;
    setPut(0);
  }, [of]);

  const write = (pages: Paged<Row>[]) => {
    const before = pagesNow();
    if (before) client.setQueryData<Pages<Row>>(key, { ...before, pages });
  };
  // A page that is being fetched would take the place of what is put in meanwhile.
  const untilIdle = async (signal?: AbortSignal) => {
    while (client.isFetching({ queryKey: key, exact: true }) && !signal?.aborted) await pause(100, signal);
  };
  const settle = async () => {
    await untilIdle();
    const news = held.current;
    held.current = NO_NEWS;
    draw();
    const before = pagesNow();
    if (!before) return 0;
    if (!news.whole) {
      void client.resetQueries({ queryKey: key, exact: true });
      return 0;
    }
    const known = rowsOf(before.pages);
    const count = newer(known, news);
    write(settled(before.pages, news, order));
    show(news.wanted.map(({ id }) => id));
    return count;
  };
  const settleIfCalm = async () => {
    const news = held.current;
    if (!(news.wanted.length || news.others.length || !news.whole) || !isCalm(around.current)) return;
    setPut(await settle());
  };
  const take = (told: Told<Row>) => {
    const before = pagesNow();
    if (!before) return;
    const known = new Map(rowsOf(before.pages).map((row) => [row.id, row]));
    const news = (row: Row) => {
      const now = known.get(row.id);
      return now === undefined || !same(now, row);
    };
    const wanted = told.wanted.filter(news);
    const others = told.others.filter(({ id }) => known.has(id));
    const changed = [...wanted, ...others.filter(news)].filter(({ id }) => known.has(id));
    write(updated(before.pages, [...told.wanted, ...others]));
    held.current = joined(held.current, { wanted, others, whole: told.whole });
    show(changed.map(({ id }) => id));
    draw();
    void settleIfCalm();
    if (wanted.length || others.length) came?.();
  };
  useLive(ready ? of : undefined, async (signal) => {
    // With the list in the cache: who comes back to it goes on where they left.
    const marked = [...key, "mark"];
    const told = await ask(client.getQueryData(marked), signal, rowsOf(pagesNow()?.pages ?? []));
    await untilIdle(signal);
    if (signal.aborted) return false;
    client.setQueryData(marked, told.mark);
    take(told);
    return true;
  });
  return {
    around,
    waiting: held.current.wanted.length ? newer(rowsOf(found.data?.pages ?? []), held.current) : 0,
    missed: !held.current.whole,
    put,
    fresh,
    settle: async () => {
      await settle();
      const box = around.current?.querySelector<HTMLElement>("section");
      box?.scrollTo({ top: 0 });
      box?.focus({ preventScroll: true });
    },
    settleIfCalm,
  };
}

/** Whether rows may be put in: the list is at its top, and neither pointer nor focus is in it. */
function isCalm(around: HTMLElement | null): boolean {
  const box = around?.querySelector("section");
  if (!around || !box) return true;
  return box.scrollTop < 1 && !around.matches(":hover") && !around.contains(document.activeElement);
}

/** What is shown as new, for a while. */
function useFresh(): [ReadonlySet<string>, (ids: string[]) => void] {
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const clock = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(clock.current), []);
  const show = useCallback((ids: string[]) => {
    if (!ids.length) return;
    clearTimeout(clock.current);
    setFresh((before) => new Set([...before, ...ids]));
    clock.current = setTimeout(() => setFresh(new Set()), SHOWN);
  }, []);
  return [fresh, show];
}
