import { Anchor, Button, Center, Group, Skeleton, Stack } from "@mantine/core";
import { useEffect, useRef } from "react";
import { Link } from "wouter";
import { Absent } from "../../parts/Absent.tsx";
import { AskIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { expectAnswers } from "./AnswerText.tsx";
import type { Question, useConversation } from "./calls.ts";
import classes from "./Desk.module.css";
import { Asked, Exchange } from "./Exchange.tsx";
import type { Sending } from "./pending.ts";
import { useScroll } from "./useScroll.ts";
import type { Sends } from "./useSending.ts";

/** A conversation: its questions and answers, and the question that is on its way. */
export function Talk({
  open,
  questions,
  sending,
  sends,
  labels,
  onEnd,
  onAnew,
}: {
  open: ReturnType<typeof useConversation>;
  questions: Question[];
  sending: Sending | null;
  sends: Sends;
  /** The models in the order in which their answers stand beside each other. */
  labels: string[];
  onEnd: (question: Question) => void;
  onAnew: (question: Question) => void;
}) {
  const box = useRef<HTMLDivElement>(null);
  const last = sending?.key ?? questions.at(-1)?.id ?? null;
  useScroll(box, last);
  useEffect(expectAnswers, []);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <section ref={box} className={classes.scroll} tabIndex={0} aria-label="Questions and answers">
      <div className={classes.width}>
        {open.hasNextPage && (
          <Center pb="md">
            <Button
              size="xs"
              variant="default"
              loading={open.isFetchingNextPage}
              onClick={() => open.fetchNextPage()}
            >
              Earlier questions
            </Button>
          </Center>
        )}
        {open.isLoading && <Waiting />}
        {open.error && !questions.length ? (
          <Absent
            error={open.error}
            again={() => open.refetch()}
            Icon={AskIcon}
            title="There is no such conversation of yours"
          >
            It was deleted, or it is another's.{" "}
            <Anchor component={Link} href="/ask" inherit>
              Ask a new question
            </Anchor>
          </Absent>
        ) : null}
        {exchanges(questions, labels).map((group) => (
          <Exchange
            key={`${group[0].conversation} ${group[0].position}`}
            questions={group}
            onEnd={onEnd}
            onAnew={onAnew}
          />
        ))}
        {sending && (
          <div data-exchange className={classes.sending} aria-busy={sends.busy}>
            <Asked text={sending.question} />
            {sends.error && !sends.busy ? (
              <>
                <ProblemNote error={sends.error} again={sends.again} />
                <Group px="md">
                  <Button size="xs" variant="subtle" onClick={sends.drop}>
                    Do not send it
                  </Button>
                </Group>
              </>
            ) : (
              <Skeleton height={12} width="40%" aria-label="Sending" />
            )}
          </div>
        )}
      </div>
    </section>
  );
}

/** Questions by their place: labels that were asked side by side share one. */
function exchanges(questions: Question[], labels: string[]): [Question, ...Question[]][] {
  const groups: [Question, ...Question[]][] = [];
  for (const question of questions) {
    const group = groups.at(-1);
    if (group && group[0].position === question.position) group.push(question);
    else groups.push([question]);
  }
  const place = ({ label }: Question) => labels.indexOf(label.split("@")[0] ?? label);
  for (const group of groups) group.sort((one, other) => place(one) - place(other));
  return groups;
}

function Waiting() {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Loading the conversation">
      <Skeleton height={34} width="50%" ml="auto" />
      <Skeleton height={14} />
      <Skeleton height={14} />
      <Skeleton height={14} width="70%" />
    </Stack>
  );
}
