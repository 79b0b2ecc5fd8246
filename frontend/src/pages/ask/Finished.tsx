import { ActionIcon, Anchor, Button, Text } from "@mantine/core";
import { Link } from "wouter";
import { CopyButton } from "../../parts/CopyButton.tsx";
import { ClockIcon, InfoIcon, RetryIcon, RunsIcon } from "../../parts/icons.ts";
import { lasting } from "../../parts/times.ts";
import { AnswerText } from "./AnswerText.tsx";
import type { Question } from "./calls.ts";
import { Feedback } from "./Feedback.tsx";
import classes from "./Finished.module.css";
import type { Answer } from "./following.ts";
import { asText } from "./marks.ts";
import { Refusal } from "./Refusal.tsx";
import { cardOf, Sources } from "./Sources.tsx";

/** An answer with its sources, or a refusal; and what one may do with it. */
export function Finished({
  question,
  answer,
  onAnew,
}: {
  question: Question;
  answer: Answer;
  onAnew: () => void;
}) {
  const show = (number: number) => {
    const card = document.getElementById(cardOf(question.id, number));
    card?.scrollIntoView({ block: "nearest" });
    card?.focus({ preventScroll: true });
  };
  return (
    <div className={classes.answer}>
      {answer.made && (
        <div className={classes.kept}>
          <Notices notices={answer.notices} Icon={ClockIcon} />
          <Button size="compact-xs" variant="default" onClick={onAnew}>
            Answer anew
          </Button>
        </div>
      )}
      {answer.refused ? (
        <Refusal answer={answer} />
      ) : (
        <AnswerText text={answer.text} sources={answer.citations.length} show={show} lang={answer.language} />
      )}
      {!answer.made && <Notices notices={answer.notices} Icon={InfoIcon} />}
      <Sources run={question.id} citations={answer.citations} />
      <Foot question={question} answer={answer} onAnew={onAnew} />
    </div>
  );
}

/** What the asker should know; of an answer that was kept, first of all when it was made. */
function Notices({ notices, Icon }: { notices: string[]; Icon: typeof InfoIcon }) {
  if (!notices.length) return null;
  return (
    <ul className={classes.notices} aria-label="Notices">
      {notices.map((notice) => (
        <li key={notice}>
          <Icon size={15} aria-hidden />
          <span>{notice}</span>
        </li>
      ))}
    </ul>
  );
}

function Foot({ question, answer, onAnew }: { question: Question; answer: Answer; onAnew: () => void }) {
  const took = question.ended ? (Date.parse(question.ended) - Date.parse(question.asked)) / 1000 : null;
  return (
    <Feedback question={question}>
      <CopyButton text={asText(answer.text, answer.citations)} label="Copy the answer" />
      <ActionIcon
        variant="subtle"
        color="gray"
        onClick={onAnew}
        aria-label="Ask again, for a new answer"
        title="Ask again, for a new answer"
      >
        <RetryIcon size={16} aria-hidden />
      </ActionIcon>
      <Text size="xs" c="dimmed" className={classes.about}>
        {[question.label, took === null || answer.made ? null : lasting(took)].filter(Boolean).join(" · ")}
      </Text>
      <Anchor
        component={Link}
        href={`/runs/${encodeURIComponent(question.id)}`}
        size="xs"
        className={classes.trace}
      >
        <RunsIcon size={14} aria-hidden />
        How it was made
      </Anchor>
    </Feedback>
  );
}
