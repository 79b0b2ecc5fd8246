import { lazy, type ReactElement, Suspense } from "react";
import classes from "./VirtualList.module.css";
import type { VirtualListProps } from "./VirtualList.tsx";

const FEW = 50;

// Most people have few rows, and what draws many weighs 10 kB: the first page does not wait for it.
const VirtualList = lazy(async () => ({ default: (await import("./VirtualList.tsx")).VirtualList })) as <Row>(
  props: VirtualListProps<Row>,
) => ReactElement;

/** Rows in a list of their own: all in the page while they are few, those in sight once there are many. */
export function RowList<Row>(props: VirtualListProps<Row>) {
  if (props.rows.length <= FEW && !props.hasMore) return <Few {...props} />;
  return (
    <Suspense fallback={<Few {...props} rows={props.rows.slice(0, FEW)} />}>
      <VirtualList {...props} />
    </Suspense>
  );
}

function Few<Row>({ rows, keyOf, children, label, head, plain }: VirtualListProps<Row>) {
  return (
    <div className={classes.frame} data-plain={plain || undefined}>
      {head}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className={classes.box} tabIndex={0} aria-label={label}>
        <ul className={classes.few}>
          {rows.map((row, index) => (
            <li key={keyOf(row)}>{children(row, index)}</li>
          ))}
        </ul>
      </section>
    </div>
  );
}
