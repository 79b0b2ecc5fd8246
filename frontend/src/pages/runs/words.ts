import type { Schema } from "../../api/client.ts";

export type Run = Schema<"EngineRunOut">;
export type Whole = Schema<"EngineRunWhole">;
export type Step = Schema<"EngineStepOut">;
export type State = Run["state"];

/** What a state is called, and its colour, in the order of the list's buttons. */
export const STATES: Record<State, { name: string; color: string }> = {
  waiting: { name: "Waiting", color: "yellow" },
  running: { name: "Running", color: "blue" },
  finished: { name: "Finished", color: "green" },
  failed: { name: "Failed", color: "red" },
  cancelled: { name: "Cancelled", color: "gray" },
};

export const STATE_NAMES = Object.keys(STATES) as State[];

export function isState(name: string): name is State {
  return Object.hasOwn(STATES, name);
}

/** Whether a run has not ended. */
export function goesOn(run: Pick<Run, "state">): boolean {
  return run.state === "waiting" || run.state === "running";
}

/** What is done in a run, in words. The first ones are everybody's, the others an operator's. */
export const KINDS: Record<string, string> = {
  answer: "Question",
  ticket: "Ticket",
  ingest: "Ingestion",
  slack: "Slack message",
  "slack.command": "Slack command",
  "slack.share": "Answer shared in Slack",
  "slack.handover": "Handed to a person in Slack",
  "ticket-approvals": "Approvals that expire",
  prune: "Old runs deleted",
  tidy: "Tidying up",
  "rebuild the index": "Index rebuilt",
  "check the index": "Index checked",
};

const EVERYBODYS: Record<string, string> = { answer: "ask", ticket: "tickets", ingest: "ingest" };

/** The kinds of runs that are shown to who has these scopes. */
export function kindsFor(scopes: string[]): string[] {
  const every = Object.keys(KINDS);
  return scopes.includes("admin")
    ? every
    : every.filter((kind) => scopes.includes(EVERYBODYS[kind] ?? "nobody's"));
}

export function kindOf(run: { kind: string }): string {
  return KINDS[run.kind] ?? run.kind;
}

/** Where runs come in, as far as it is known here; others are shown by the name that the server gives them. */
export const DOORS: Record<string, string> = {
  console: "Console",
  api: "API",
  cli: "Command line",
  slack: "Slack",
  contact: "Phone and chat",
  tickets: "Tickets",
  schedule: "By the clock",
};

export function doorOf(run: { door: string }): string {
  return run.door ? (DOORS[run.door] ?? run.door) : "";
}

/** Whose a run is: the address or the name alone. */
export function whoseOf(run: { by: string }): string {
  return run.by.replace(/^(person|service|group):/, "");
}

/** How long a run took at least, in seconds, as one may choose it. */
export const DURATIONS: Record<string, string> = {
  "1": "1 s or longer",
  "5": "5 s or longer",
  "30": "30 s or longer",
  "60": "1 min or longer",
  "300": "5 min or longer",
  "3600": "1 h or longer",
};

const STEPS: Record<string, Record<string, string>> = {
  answer: {
    look: "Look for a kept answer",
    condense: "Understand the question",
    retrieve: "Search the library",
    draft: "Write the answer",
    cite: "Check the citations",
  },
  ticket: {
    open: "Take the ticket up",
    propose: "Decide what to do",
    "hand over": "Hand it to a person",
    "ask for a reply": "Ask the library",
    "draft a reply": "Draft a reply",
  },
  ingest: {
    count: "Count the files",
    look: "See what changed",
    read: "Read what is new",
    sweep: "Take out what is gone",
  },
};

/** A step's name in words, and as it is on record where that says more. */
export function stepOf(kind: string, name: string): { name: string; recorded?: string } {
  const said = STEPS[kind]?.[name];
  return said ? { name: said, recorded: name } : { name };
}
