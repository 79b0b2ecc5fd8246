import { ActionIcon, Text, Textarea } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { type KeyboardEvent, useEffect, useRef } from "react";
import { SendIcon, StopIcon } from "../../parts/icons.ts";
import classes from "./Composer.module.css";
import type { Labels } from "./calls.ts";
import { Labelled } from "./Labelled.tsx";
import type { Choice } from "./pending.ts";

interface ComposerProps {
  text: string;
  onText: (text: string) => void;
  onSend: () => void;
  /** Stops what is being answered; undefined while nothing is. */
  onStop: (() => void) | undefined;
  /** A question is on its way to the server. */
  sends: boolean;
  labels: Labels | undefined;
  choice: Choice;
  onChoice: (choice: Choice) => void;
  follows: boolean;
}

/** Where the question is written: Enter sends it, Shift and Enter begin a new line, Escape stops the answer. */
export function Composer({ text, onText, onSend, onStop, sends, follows, ...labelled }: ComposerProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const ready = text.trim() !== "" && !onStop && !sends;
  useHotkeys([["/", () => field.current?.focus()]]);
  useHotkeys([["Escape", (event) => !closes(event.target) && onStop?.()]], []);
  useEffect(() => {
    // On a phone, a keyboard would cover half of the page.
    if (matchMedia("(hover: hover)").matches) field.current?.focus();
  }, []);
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    if (ready) onSend();
  };
  return (
    <div className={classes.composer}>
      <Textarea
        ref={field}
        variant="unstyled"
        autosize
        minRows={1}
        maxRows={8}
        value={text}
        onChange={(event) => onText(event.currentTarget.value)}
        onKeyDown={pressed}
        placeholder={follows ? "Ask a follow-up question" : "Ask a question"}
        aria-label="Your question"
        classNames={{ input: classes.field }}
      />
      <div className={classes.row}>
        <Labelled {...labelled} />
        <Text size="xs" c="dimmed" className={classes.hint}>
          {onStop ? "Esc stops the answer" : "Enter sends, Shift + Enter for a new line"}
        </Text>
        {onStop ? (
          <ActionIcon
            size={34}
            radius="xl"
            variant="default"
            onClick={onStop}
            aria-label="Stop the answer"
            title="Stop the answer (Esc)"
          >
            <StopIcon size={16} aria-hidden />
          </ActionIcon>
        ) : (
          <ActionIcon
            size={34}
            radius="xl"
            disabled={!ready}
            loading={sends}
            onClick={onSend}
            aria-label="Send the question"
            title="Send the question (Enter)"
          >
            <SendIcon size={18} aria-hidden />
          </ActionIcon>
        )}
      </div>
    </div>
  );
}

/** Whether Escape, pressed here, closes something: a dialog, a menu. */
function closes(target: EventTarget | null): boolean {
  const within = '[role="dialog"], [role="menu"], [role="listbox"], [aria-expanded="true"]';
  return target instanceof Element && target.closest(within) !== null;
}
