import { Collapse, Text, UnstyledButton } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { DownIcon, RightIcon } from "./icons.ts";
import classes from "./Timeline.module.css";
import { lasting } from "./times.ts";

export interface TimelineItem {
  key: string;
  name: ReactNode;
  /** When it began, in ISO 8601; null for what has not. */
  began: string | null;
  /** How long it took; null while it goes on. */
  seconds: number | null;
  state: "done" | "running" | "failed" | "waiting";
  /** Beside the name, in small letters. */
  note?: ReactNode;
  /** What is shown when it is opened. */
  children?: ReactNode;
  open?: boolean;
}

/** Steps one below the other, each with a bar that shows when it was and how long it took, over the whole of them. */
export function Timeline({ items, now = Date.now() }: { items: TimelineItem[]; now?: number }) {
  const spans = items.map((item) => {
    const from = item.began ? Date.parse(item.began) : now;
    return { from, to: item.began ? (item.seconds === null ? now : from + item.seconds * 1000) : from };
  });
  const first = Math.min(...spans.map((span) => span.from));
  const whole = Math.max(1, Math.max(...spans.map((span) => span.to)) - first);
  return (
    <ol className={classes.timeline}>
      {items.map((item, index) => {
        const span = spans[index] ?? { from: first, to: first };
        return (
          <Step
            key={item.key}
            item={item}
            left={((span.from - first) / whole) * 100}
            width={((span.to - span.from) / whole) * 100}
          />
        );
      })}
    </ol>
  );
}

function Step({ item, left, width }: { item: TimelineItem; left: number; width: number }) {
  const [open, setOpen] = useState(item.open ?? false);
  const Arrow = open ? DownIcon : RightIcon;
  const head = (
    <>
      <span className={classes.arrow}>{item.children && <Arrow size={14} aria-hidden />}</span>
      <span className={classes.name}>
        <Text span inherit fw={550}>
          {item.name}
        </Text>
        {item.note && (
          <Text span size="xs" c="dimmed">
            {item.note}
          </Text>
        )}
      </span>
      <span className={classes.track} aria-hidden>
        <span
          className={classes.bar}
          data-state={item.state}
          style={{ left: `${left}%`, width: `max(3px, ${width}%)` }}
        />
      </span>
      <Text span size="xs" c="dimmed" className={classes.time}>
        {item.state === "waiting" ? "not yet" : item.seconds === null ? "running" : lasting(item.seconds)}
      </Text>
    </>
  );
  return (
    <li className={classes.step} data-state={item.state}>
      {item.children ? (
        <UnstyledButton className={classes.head} onClick={() => setOpen(!open)} aria-expanded={open}>
          {head}
        </UnstyledButton>
      ) : (
        <div className={classes.head}>{head}</div>
      )}
      {item.children && (
        <Collapse expanded={open}>
          <div className={classes.body}>{open && item.children}</div>
        </Collapse>
      )}
    </li>
  );
}
