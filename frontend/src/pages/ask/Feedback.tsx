import { ActionIcon, Button, Group, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { BadIcon, GoodIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { type Question, refresh, say, unsay } from "./calls.ts";
import classes from "./Feedback.module.css";

/**
 * What one says of an answer: good or bad, why, and what it should have said. Said again, it takes the first's place;
 * what was pressed and is pressed again is taken back.
 */
export function Feedback({ question, children }: { question: Question; children: ReactNode }) {
  const client = useQueryClient();
  const said = question.verdict;
  const [asks, setAsks] = useState<boolean | null>(null);
  const saying = useMutation({
    mutationFn: async (verdict: { good: boolean; reason: string; better: string } | null) => {
      await (verdict ? say(question.id, verdict) : unsay(question.id));
      await refresh(client, question.conversation);
    },
    onSuccess: () => setAsks(null),
  });
  const good = saying.isPending ? saying.variables?.good : said?.good;
  const takeBack = () => saying.mutate(null);
  const praise = () => saying.mutate({ good: true, reason: "", better: "" });
  const blame = () => setAsks(asks === null ? false : null);
  return (
    <div className={classes.feedback}>
      <div className={classes.row}>
        <Thumb what="good" on={good === true} Icon={GoodIcon} onClick={good === true ? takeBack : praise} />
        <Thumb
          what="bad"
          on={good === false}
          Icon={BadIcon}
          expanded={asks !== null}
          onClick={good === false ? takeBack : blame}
        />
        {children}
      </div>
      {saying.error && <ProblemNote error={saying.error} />}
      {asks === null && said && (
        <Text size="xs" c="dimmed" className={classes.said} role="status">
          You called this answer {said.good ? "good" : "bad"}
          {said.reason ? `: ${said.reason}` : "."}{" "}
          <Button size="compact-xs" variant="subtle" onClick={() => setAsks(said.good)}>
            {said.reason || said.better ? "Change" : "Say why"}
          </Button>
        </Text>
      )}
      {asks !== null && (
        <Why
          good={asks}
          reason={said?.good === asks ? said.reason : ""}
          better={said?.good === asks ? said.better : ""}
          sends={saying.isPending}
          onSend={(reason, better) => saying.mutate({ good: asks, reason, better })}
          onClose={() => setAsks(null)}
        />
      )}
    </div>
  );
}

function Thumb({
  what,
  on,
  Icon,
  expanded,
  onClick,
}: {
  what: "good" | "bad";
  on: boolean;
  Icon: typeof GoodIcon;
  expanded?: boolean;
  onClick: () => void;
}) {
  const label = `A ${what} answer`;
  return (
    <ActionIcon
      variant={on ? "light" : "subtle"}
      color={on ? (what === "good" ? "teal" : "red") : "gray"}
      onClick={onClick}
      aria-label={label}
      aria-pressed={on}
      aria-expanded={expanded}
      title={on ? "Take it back" : label}
    >
      <Icon size={16} aria-hidden />
    </ActionIcon>
  );
}

interface WhyProps {
  good: boolean;
  reason: string;
  better: string;
  sends: boolean;
  onSend: (reason: string, better: string) => void;
  onClose: () => void;
}

function Why({ good, reason, better, sends, onSend, onClose }: WhyProps) {
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    onSend(String(form.get("reason") ?? ""), String(form.get("better") ?? ""));
  };
  return (
    <form ref={(form) => form?.scrollIntoView({ block: "nearest" })} className={classes.why} onSubmit={send}>
      <Textarea
        name="reason"
        label={good ? "What was good about it?" : "What is wrong with it?"}
        description="Whoever runs this desk reads it; sensitive data is taken out."
        defaultValue={reason}
        maxLength={2000}
        rows={2}
        autoFocus
      />
      {!good && (
        <Textarea
          name="better"
          label="What should it have said?"
          defaultValue={better}
          maxLength={20000}
          rows={3}
          mt="xs"
        />
      )}
      <Group gap="xs" mt="sm">
        <Button type="submit" size="xs" loading={sends}>
          {good ? "Send" : "Call it bad"}
        </Button>
        <Button size="xs" variant="default" onClick={onClose}>
          Close
        </Button>
      </Group>
    </form>
  );
}
