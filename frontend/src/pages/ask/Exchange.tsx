import { Badge, Text } from "@mantine/core";
import { When } from "../../parts/When.tsx";
import { Answer } from "./Answer.tsx";
import type { Question } from "./calls.ts";
import classes from "./Exchange.module.css";

/** A question and its answers, those of several labels side by side. */
export function Exchange({
  questions,
  onEnd,
  onAnew,
}: {
  questions: [Question, ...Question[]];
  onEnd: (question: Question) => void;
  onAnew: (question: Question) => void;
}) {
  const [first] = questions;
  const several = questions.length > 1;
  return (
    <div className={classes.exchange} data-exchange>
      <Asked text={first.text} at={first.asked} />
      <div className={classes.answers} data-several={several || undefined}>
        {questions.map((question) => (
          <div key={question.id} className={classes.answer} data-run={question.id}>
            {several && (
              <Badge color="gray" mb="xs">
                {question.label}
              </Badge>
            )}
            <Answer question={question} onEnd={onEnd} onAnew={onAnew} />
          </div>
        ))}
      </div>
    </div>
  );
}

/** A question as it was asked. */
export function Asked({ text, at }: { text: string; at?: string }) {
  return (
    <div className={classes.asked}>
      <Text component="h2" size="md" fw={500} className={classes.question} dir="auto">
        {text}
      </Text>
      {at && (
        <Text size="xs" c="dimmed" className={classes.when}>
          <When at={at} />
        </Text>
      )}
    </div>
  );
}
