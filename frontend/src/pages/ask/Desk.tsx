import { ActionIcon, Text } from "@mantine/core";
import { useDisclosure, useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { asProblem } from "../../api/client.ts";
import { DeleteIcon, HistoryIcon, PlusIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { goesOn } from "./Answer.tsx";
import { Composer } from "./Composer.tsx";
import { cancel, type Question, refresh, useConversation, useLabels } from "./calls.ts";
import classes from "./Desk.module.css";
import type { Answer } from "./following.ts";
import { History } from "./History.tsx";
import { spoken } from "./marks.ts";
import { keepChoice, labelsOf, lastChoice, stillThere } from "./pending.ts";
import { Talk } from "./Talk.tsx";
import { useSending } from "./useSending.ts";
import { Welcome } from "./Welcome.tsx";

const Side = lazy(() => import("./Side.tsx"));
const Deleting = lazy(() => import("./Deleting.tsx"));

const NONE: Question[] = [];
const NO_LABELS: string[] = [];

/** One's conversations beside the one that is open (`id`), or a new question. */
export function Desk({ id }: { id: string | null }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [text, setText] = useState("");
  const [said, setSaid] = useState("");
  const [wants, setWants] = useState(lastChoice);
  const [doomed, setDoomed] = useState<{ id: string; title: string } | null>(null);
  const [drawer, side] = useDisclosure(false);
  const wide = useMediaQuery("(min-width: 62em)", true, { getInitialValueInEffect: false });
  const { data: labels } = useLabels();
  const open = useConversation(id);
  const questions = open.data?.questions ?? NONE;
  const title = open.data?.title ?? "";
  useDocumentTitle(`${title.slice(0, 60) || "Ask"} · Deskhand`);

  const awaited = useRef(new Set<string>());
  const sends = useSending({
    onTaken: (asked) => {
      for (const { run } of asked.runs) awaited.current.add(run);
    },
    onShown: (asked, sent) => {
      if (sent.conversation === id && asked.conversation !== id) go(`/ask/${asked.conversation}`);
    },
    onRefused: (sent) => setText((typed) => typed || sent.question),
  });
  useEffect(() => {
    for (const question of questions) {
      if (goesOn(question)) awaited.current.add(question.id);
      else if (awaited.current.delete(question.id) && question.answer) setSaid(aloud(question.answer));
    }
  }, [questions]);
  const running = questions.filter(goesOn);
  const choice = stillThere(
    wants,
    labels?.models.map(({ label }) => label) ?? wants.models,
    labels?.libraries.map(({ label }) => label) ?? wants.libraries,
  );

  const ask = () => {
    sends.send({ question: text.trim(), conversation: id, ...choice, fresh: false });
    setText("");
  };
  const anew = (question: Question) =>
    sends.send({
      question: question.text,
      conversation: question.conversation,
      ...labelsOf(question.label),
      fresh: true,
    });
  const stop = async () => {
    // What has ended meanwhile cannot be stopped; how each stands is seen when it is fetched anew.
    await cancel(running.map((question) => question.id)).catch(() => {});
    if (id) await refresh(client, id);
  };
  const ended = (question: Question) => void refresh(client, question.conversation);

  const history = <History here={id} onPick={side.close} onDelete={setDoomed} />;
  const sending = sends.sending?.conversation === id ? sends.sending : null;
  const empty = id === null && !sending;
  const gone = open.error !== null && !questions.length && asProblem(open.error).status === 404;
  return (
    <div className={classes.desk}>
      {wide && (
        <aside className={classes.side} aria-label="History">
          {history}
        </aside>
      )}
      <div className={classes.talk} data-empty={empty || undefined}>
        <header className={classes.head}>
          {!wide && (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              onClick={side.open}
              aria-label="Your conversations"
            >
              <HistoryIcon size={18} aria-hidden />
            </ActionIcon>
          )}
          {!empty && (
            <Text component="h1" size="sm" fw={600} className={classes.title} dir="auto" title={title}>
              {title || sending?.question || "Conversation"}
            </Text>
          )}
          {id && !gone && (
            <>
              {!wide && (
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  onClick={() => go("/ask")}
                  aria-label="New question"
                >
                  <PlusIcon size={18} aria-hidden />
                </ActionIcon>
              )}
              <ActionIcon
                variant="subtle"
                color="gray"
                size="lg"
                onClick={() => setDoomed({ id, title })}
                aria-label="Delete this conversation"
                title="Delete this conversation"
              >
                <DeleteIcon size={17} aria-hidden />
              </ActionIcon>
            </>
          )}
        </header>
        {empty ? (
          <Welcome />
        ) : (
          <Talk
            open={open}
            questions={questions}
            sending={sending}
            onEnd={ended}
            onAnew={anew}
            sends={sends}
            labels={labels?.models.map(({ label }) => label) ?? NO_LABELS}
          />
        )}
        <div className={classes.foot}>
          {sends.error && !sending ? <ProblemNote error={sends.error} /> : null}
          {!gone && (
            <Composer
              text={text}
              onText={setText}
              onSend={ask}
              onStop={running.length ? stop : undefined}
              sends={sends.sending !== null}
              labels={labels}
              choice={choice}
              onChoice={(next) => {
                setWants(next);
                keepChoice(next);
              }}
              follows={id !== null}
            />
          )}
        </div>
      </div>
      {!wide && drawer && (
        <Suspense>
          <Side onClose={side.close}>{history}</Side>
        </Suspense>
      )}
      {doomed && (
        <Suspense>
          <Deleting
            {...doomed}
            onClose={() => setDoomed(null)}
            onDone={() => {
              setDoomed(null);
              if (doomed.id === id) go("/ask");
            }}
          />
        </Suspense>
      )}
      <div className={classes.unseen} aria-live="polite">
        {said}
      </div>
    </div>
  );
}

/** What a screen reader says once an answer is whole. */
function aloud({ text, refused }: Answer): string {
  return `${refused ? "No answer" : "Answer"}: ${spoken(text)}`;
}
