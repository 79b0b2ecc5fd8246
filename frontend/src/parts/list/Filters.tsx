import { ActionIcon, Button, type TextInputProps } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";
import { RetryIcon } from "../icons.ts";
import { count } from "../times.ts";
import classes from "./list.module.css";

/** One of the states that a list is narrowed to, and how many there are where that is known. */
export function StateButton(props: { name: string; number?: number; pressed: boolean; press: () => void }) {
  const { name, number, pressed, press } = props;
  return (
    <Button
      size="xs"
      radius="xl"
      variant={pressed ? "light" : "default"}
      onClick={press}
      aria-pressed={pressed}
      style={{ flexShrink: 0 }}
    >
      {name}
      {number !== undefined && <span className={classes.number}>{count(number)}</span>}
    </Button>
  );
}

/** Fetches a list anew; `rows` is what it is a list of. */
export function AnewButton({ rows, press }: { rows: string; press: () => void }) {
  const label = `Look for newer ${rows}`;
  return (
    <ActionIcon variant="default" size={36} onClick={press} aria-label={label} title={label}>
      <RetryIcon size={18} aria-hidden />
    </ActionIcon>
  );
}

interface Typed {
  text: string;
  put: (now: string) => void;
  /** What a box in which it is typed needs. */
  box: Pick<TextInputProps, "value" | "onChange">;
}

/** What is typed to narrow a list; it is wanted once nothing was typed for a moment. */
export function useTyped(wanted: string | undefined, want: (text: string | undefined) => void): Typed {
  const [text, setText] = useState(wanted ?? "");
  const sent = useRef(wanted ?? "");
  const look = useDebouncedCallback((now: string) => {
    sent.current = now;
    want(now || undefined);
  }, 300);
  useEffect(() => {
    // Somebody went back, or cleared the filters.
    if ((wanted ?? "") !== sent.current) {
      sent.current = wanted ?? "";
      setText(sent.current);
    }
  }, [wanted]);
  const put = (now: string) => {
    setText(now);
    look(now.trim());
  };
  return { text, put, box: { value: text, onChange: (event) => put(event.currentTarget.value) } };
}
