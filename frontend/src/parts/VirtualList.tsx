import { Loader } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type ReactNode, useEffect, useRef } from "react";
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
  /** What stands above the rows and stays there: column heads. */
  head?: ReactNode;
  /** A name under which the place that was scrolled to is kept while the page is open, for who comes back. */
  remember?: string;
  /** Without a frame and lines, where its parent has them. */
  plain?: boolean;
}

const NEAR = 20;
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
  head,
  remember,
  plain,
}: VirtualListProps<Row>) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => estimate,
    getItemKey: (index) => keyOf(rows[index] as Row),
    overscan: 8,
    initialOffset: () => (remember && kept.get(remember)) || 0,
  });
  useEffect(
    () => () => {
      if (remember) kept.set(remember, virtual.scrollOffset ?? 0);
    },
    [remember, virtual],
  );
  const shown = virtual.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
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
                aria-setsize={hasMore ? -1 : rows.length}
                aria-posinset={item.index + 1}
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
