import { Anchor } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { Panel } from "../../parts/Panel.tsx";
import { moment } from "../../parts/times.ts";
import { useAnswerTrace } from "./calls.ts";
import { Lasted } from "./Lasted.tsx";
import classes from "./run.module.css";
import { doorOf, goesOn, kindOf, type Whole, whoseOf } from "./words.ts";

/** What is known of a run, whatever it held. */
export function Facts({ run }: { run: Whole }) {
  return (
    <Panel title="About this run">
      <dl className={classes.facts}>
        <Fact name="Kind">{kindOf(run)}</Fact>
        <Fact name="Whose">{whoseOf(run) || "the desk's own"}</Fact>
        <Fact name="Came in by">{doorOf(run) || "not known"}</Fact>
        <Fact name="Began">{moment(run.began)}</Fact>
        <Fact name="Ended">{run.ended ? moment(run.ended) : "not yet"}</Fact>
        <Fact name={goesOn(run) ? "Running for" : "Took"}>
          <Lasted run={run} />
        </Fact>
        <Fact name="Steps">{run.steps.length}</Fact>
        <Fact name="Attempts">{run.attempts}</Fact>
        {run.ticket && (
          <Fact name="Ticket">
            <Anchor component={Link} href={`/tickets/${encodeURIComponent(run.ticket)}`} size="sm">
              {run.ticket}
            </Anchor>
          </Fact>
        )}
        {run.question && <Question run={run} />}
      </dl>
    </Panel>
  );
}

function Question({ run }: { run: Whole }) {
  const trace = useAnswerTrace(run.id, `${run.state} ${run.steps.length}`, true);
  if (!trace.data) return null;
  const { question, conversation, model, usage } = trace.data;
  return (
    <>
      <Fact name="Question">
        <Anchor component={Link} href={`/ask/${encodeURIComponent(conversation)}`} size="sm">
          {question}
        </Anchor>
      </Fact>
      <Fact name="Model">{model === "quotes" ? "quotes, without a model" : model}</Fact>
      {usage.input_tokens + usage.output_tokens > 0 && (
        <Fact name="Tokens">
          {usage.input_tokens.toLocaleString("en")} read, {usage.output_tokens.toLocaleString("en")} written
        </Fact>
      )}
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
