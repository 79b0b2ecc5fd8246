import { Loader } from "@mantine/core";
import { defaultRangeExtractor, type Range, useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useCallback, useEffect, useRef } from "react";
import { atHand } from "./arriving.ts";
import classes from "./VirtualList.module.css";

export interface VirtualListProps<Row> {
  rows: Row[];
  keyOf: (row: Row) => string;
  children: (row: Row, index: number) => ReactNode;
  /** What a screen reader calls the list. */
  label: string;
  /** The usual height of a row, in pixels; rows are measured when they are shown. */
  estimate: number;
  /** Whether the server has more, and how to get it: called when the end comes near. */
  hasMore?: boolean;
  more?: () => void;
  /** How many rows there are before the first, and how to get them where the list began in the middle. */
  offset?: number;
  earlier?: (() => void) | undefined;
  /** The key of the row to begin at: it is scrolled to, stays in the page, and has the keyboard. */
  at?: string | undefined;
  /** What stands above the rows and stays there: column heads. */
  head?: ReactNode;
  /** A name under which the place that was scrolled to is kept while the page is open, for who comes back. */
  remember?: string;
  /** Without a frame and lines, where its parent has them. */
  plain?: boolean;
}

const NEAR = 20;
/** How much of the row before it is seen above a row that was scrolled to, in pixels. */
const PEEK = 40;
const kept = new Map<string, number>();

/** Any number of rows of which only those in sight are in the page. It fills its parent, which must have a height. */
export function VirtualList<Row>({
  rows,
  keyOf,
  children,
  label,
  estimate,
  hasMore,
  more,
  offset = 0,
  earlier,
  at,
  head,
  remember,
  plain,
}: VirtualListProps<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const begun = useRef<string>(undefined);
  const place = at === undefined ? -1 : rows.findIndex((row) => keyOf(row) === at);
  const extract = useCallback(
    (range: Range) => {
      const inSight = defaultRangeExtractor(range);
      // Who is at it with the keyboard stays there while they scroll.
      return place < 0 || inSight.includes(place) ? inSight : [...inSight, place].sort((a, b) => a - b);
    },
    [place],
  );
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => estimate,
    getItemKey: (index) => keyOf(rows[index] as Row),
    overscan: 8,
    initialOffset: () => (remember && kept.get(remember)) || Math.max(0, place) * estimate,
    rangeExtractor: extract,
    scrollPaddingStart: PEEK,
    // What is looked at stays where it is when rows come before it; the end is not held on to.
    anchorTo: earlier ? "end" : "start",
    scrollEndThreshold: -1,
  });
  useEffect(
    () => () => {
      if (remember) kept.set(remember, virtual.scrollOffset ?? 0);
    },
    [remember, virtual],
  );
  const shown = virtual.getVirtualItems();
  const inSight = shown.filter(({ index }) => index !== place);
  const there = shown.length > inSight.length;
  useEffect(() => {
    if (!there || begun.current === at) return;
    begun.current = at;
    virtual.scrollToIndex(place, { align: "start" });
    const row = box.current?.querySelector<HTMLElement>(`[data-index="${place}"]`);
    if (atHand()) row?.focus({ preventScroll: true });
  }, [at, there, place, virtual]);
  const first = inSight.at(0)?.index ?? NEAR;
  const last = inSight.at(-1)?.index ?? 0;
  useEffect(() => {
    if (offset > 0 && first < NEAR) earlier?.();
  }, [offset, first, earlier]);
  useEffect(() => {
    if (hasMore && last >= rows.length - NEAR) more?.();
  }, [hasMore, last, rows.length, more]);
  return (
    <div className={classes.frame} data-plain={plain || undefined}>
      {head}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section ref={box} className={classes.box} tabIndex={0} aria-label={label}>
        <ul className={classes.list} style={{ height: virtual.getTotalSize() }}>
          {shown.map((item) => {
            const row = rows[item.index];
            return row === undefined ? null : (
              <li
                key={item.key}
                ref={virtual.measureElement}
                aria-setsize={hasMore ? -1 : offset + rows.length}
                aria-posinset={offset + item.index + 1}
                aria-current={item.index === place || undefined}
                tabIndex={item.index === place ? -1 : undefined}
                data-index={item.index}
                className={classes.row}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                {children(row, item.index)}
              </li>
            );
          })}
        </ul>
        {hasMore && (
          <div className={classes.more}>
            <Loader size="sm" role="status" aria-label="More is being fetched" />
          </div>
        )}
      </section>
    </div>
  );
}
