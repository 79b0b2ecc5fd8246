import { Button, Group, Skeleton, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Problem } from "../../api/client.ts";
import { ResumeIcon, StopIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import classes from "./Answer.module.css";
import { AnswerText } from "./AnswerText.tsx";
import { type Question, refresh, resume } from "./calls.ts";
import { Finished } from "./Finished.tsx";
import type { Heard } from "./following.ts";
import { Steps } from "./Steps.tsx";
import { useRun } from "./useRun.ts";

const STOPPED = "run-cancelled";

/** Whether a question's run goes on. */
export function goesOn({ state }: Question): boolean {
  return state === "waiting" || state === "running";
}

/** One label's answer to a question: as it is made, and as it was. */
export function Answer({
  question,
  onEnd,
  onAnew,
}: {
  question: Question;
  onEnd: (question: Question) => void;
  /** Asks the same again, for an answer made now. */
  onAnew: (question: Question) => void;
}) {
  const run = useRun(question.id, goesOn(question), () => onEnd(question));
  const { heard } = run;
  const answer = question.answer ?? (goesOn(question) ? heard.answer : null);
  if (answer) return <Finished question={question} answer={answer} onAnew={() => onAnew(question)} />;
  if (!goesOn(question) || heard.failure) return <NoAnswer question={question} heard={heard} />;
  if (run.error) return <ProblemNote error={run.error} again={run.again} />;
  return (
    <div className={classes.answer} aria-busy="true">
      <Steps heard={heard} />
      {heard.text ? (
        <div className={classes.draft} data-testid="draft">
          <AnswerText text={heard.text} sources={heard.passages.length} />
        </div>
      ) : (
        <Skeleton height={12} width="60%" aria-hidden />
      )}
    </div>
  );
}

function NoAnswer({ question, heard }: { question: Question; heard: Heard }) {
  const client = useQueryClient();
  const on = useMutation({
    mutationFn: async () => {
      await resume(question.id);
      await refresh(client, question.conversation);
    },
  });
  const failure = question.failure ?? heard.failure;
  if (question.state === "cancelled" || failure?.code === STOPPED) {
    return (
      <div className={classes.answer}>
        <Group gap="xs">
          <StopIcon size={16} aria-hidden />
          <Text size="sm">You stopped this answer.</Text>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<ResumeIcon size={14} aria-hidden />}
            loading={on.isPending}
            onClick={() => on.mutate()}
          >
            Carry on
          </Button>
        </Group>
        {on.error && <ProblemNote error={on.error} />}
      </div>
    );
  }
  const detail = failure && "detail" in failure ? failure.detail : heard.failure?.message;
  const next = failure && "next" in failure ? failure.next : "Try again, or ask in other words.";
  const problem = new Problem(0, failure?.code ?? "", detail || "There is no answer.", next);
  return <ProblemNote error={on.error ?? problem} again={() => on.mutate()} />;
}
