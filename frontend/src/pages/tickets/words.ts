import type { Schema } from "../../api/client.ts";

export type Ticket = Schema<"TicketOut">;
export type Seen = Schema<"SeenOut">;
export type State = Ticket["state"];
export type Entry = Schema<"EntryOut">;
export type Change = Schema<"ChangeOut">;
export type Approval = Schema<"ApprovalOut">;
export type Proposal = Schema<"ProposalOut">;

/** What a state is called, and its colour, in the order of the list's buttons. */
export const STATES: Record<State, { name: string; color: string }> = {
  unassigned: { name: "Unassigned", color: "blue" },
  waiting: { name: "Waiting", color: "yellow" },
  assigned: { name: "Assigned", color: "indigo" },
  reopened: { name: "Reopened", color: "orange" },
  "auto-resolved": { name: "Auto-resolved", color: "teal" },
  resolved: { name: "Resolved", color: "green" },
};

export const STATE_NAMES = Object.keys(STATES) as State[];

export function isState(name: string): name is State {
  return name in STATES;
}

export const VERDICTS: Record<string, { name: string; color: string }> = {
  allow: { name: "Allowed", color: "green" },
  ask: { name: "Asks a person", color: "yellow" },
  deny: { name: "Denied", color: "red" },
};

export const APPROVALS: Record<string, { name: string; color: string }> = {
  waiting: { name: "Waiting", color: "yellow" },
  approved: { name: "Approved", color: "green" },
  denied: { name: "Denied", color: "red" },
  expired: { name: "Expired", color: "gray" },
  void: { name: "Void", color: "gray" },
};

export const PROPOSALS: Record<string, { name: string; color: string }> = {
  drafting: { name: "Being drafted", color: "blue" },
  ready: { name: "To review", color: "yellow" },
  approved: { name: "Approved", color: "teal" },
  sent: { name: "Sent", color: "green" },
  rejected: { name: "Rejected", color: "red" },
};

const MARKS = /^[\s*_`#>|-]+|[\s*_`|]+$/g;
const LABEL = /^(title|subject)\s*[*_`]*\s*[:=]\s*/i;
const LONGEST_TITLE = 140;

/** What a ticket is called in a list, from its first words; and the rest of it in one line. */
export function titleOf(text: string): { title: string; rest: string } {
  const lines = text.split("\n").map((line) => line.replace(MARKS, ""));
  const at = lines.findIndex((line) => line.replace(LABEL, "") !== "");
  const first = (lines[at] ?? "").replace(LABEL, "").replace(MARKS, "");
  const rest = lines
    .slice(at + 1)
    .filter(Boolean)
    .join(" · ");
  return first.length > LONGEST_TITLE
    ? {
        title: `${first.slice(0, LONGEST_TITLE).trimEnd()}…`,
        rest: `…${first.slice(LONGEST_TITLE)} ${rest}`.trim(),
      }
    : { title: first || "(nothing but blanks)", rest };
}

/** A value of a fact or an argument as people say it. */
export function valueInWords(value: unknown): string {
  if (value === true) return "yes";
  if (value === false) return "no";
  if (value === null || value === undefined || value === "") return "nothing";
  return typeof value === "string" || typeof value === "number" ? String(value) : JSON.stringify(value);
}

/** A tool with its arguments, as it would be called. */
export function callOf(tool: unknown, given: unknown): string {
  const told = Object.entries(asRecord(given)).map(
    ([name, value]) => `${name}: ${short(valueInWords(value), 60)}`,
  );
  return `${String(tool ?? "?")}(${told.join(", ")})`;
}

export function short(text: string, longest: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

export function asRecord(value: unknown): Record<string, unknown> {
  return value && typeof value === "object" && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** Who did something: "the agent", "the policy", "you" or the id. */
export function who(by: string, you?: string): string {
  if (by === "agent") return "the agent";
  if (by === "policy") return "the policy";
  if (by === "system") return "the system";
  return by === you ? `${by} (you)` : by.replace(/^(person|service):/, "");
}

const DID: Record<string, string> = {
  opened: "Submitted",
  edited: "Text edited",
  commented: "Comment",
  assigned: "Assigned",
  "auto-resolved": "Auto-resolved",
  resolved: "Resolved",
  reopened: "Reopened",
  waiting: "Waits for an approval",
};

/** A change in words: "Assigned to @susi". */
export function didOf(kind: unknown, after: unknown): string {
  const to = asRecord(after).assignee;
  const said = DID[String(kind)] ?? String(kind);
  if (!to || typeof to !== "string") return said;
  return kind === "waiting" ? `Waits for the word of ${to}` : `${said} to ${to}`;
}

export type Tone = "plain" | "good" | "bad" | "ask" | "busy";

export interface Told {
  title: string;
  by: string;
  /** In small letters below it. */
  note: string;
  tone: Tone;
  /** Which icon stands for it. */
  sign: "change" | "read" | "decision" | "act" | "approval" | "note";
}

const TONES: Record<string, Tone> = {
  allow: "good",
  ask: "ask",
  deny: "bad",
  approved: "good",
  denied: "bad",
};

/** A row of a ticket's trace in words. */
export function toldOf(entry: Entry, you?: string): Told {
  const body = asRecord(entry.body);
  const by = who(entry.by, you);
  const text = (name: string) => (typeof body[name] === "string" ? (body[name] as string) : "");
  switch (entry.kind) {
    case "change":
      return {
        title: didOf(body.change, body.after),
        by,
        note: text("reason"),
        tone: "plain",
        sign: "change",
      };
    case "read":
      return {
        title: `Looked up ${callOf(body.tool, body.arguments)}`,
        by,
        note: text("text"),
        tone: body.failed ? "bad" : "plain",
        sign: "read",
      };
    case "act":
      return {
        title: `${body.failed ? "Could not carry out" : "Carried out"} ${callOf(body.tool, body.arguments)}`,
        by,
        note: text("text"),
        tone: body.failed ? "bad" : "good",
        sign: "act",
      };
    case "decision": {
      const action = asRecord(body.action);
      const verdict = VERDICTS[text("verdict")]?.name ?? text("verdict");
      return {
        title: `${verdict}: ${callOf(action.tool, action.arguments)}`,
        by: who(text("by") || entry.by, you),
        note: text("reason"),
        tone: TONES[text("verdict")] ?? "plain",
        sign: "decision",
      };
    }
    case "approval": {
      const action = asRecord(body.action);
      const state = APPROVALS[text("state")]?.name ?? text("state");
      const what = action.tool ? callOf(action.tool, action.arguments) : `the approval of ${text("asks")}`;
      return {
        title: `${state}: ${what}`,
        by,
        note: text("note"),
        tone: TONES[text("state")] ?? "plain",
        sign: "approval",
      };
    }
    default: {
      if (text("proposal")) {
        return { title: `Reply ${text("proposal")}`, by, note: text("reason"), tone: "plain", sign: "note" };
      }
      const note = text("note") || (Object.keys(body).length ? JSON.stringify(body) : "");
      return { title: "Note", by, note: short(note, 400), tone: "plain", sign: "note" };
    }
  }
}

/** Rows of a trace by the round that they belong to, in their order; what people did stands with the round before. */
export function roundsOf(entries: Entry[]): { run: string; entries: Entry[] }[] {
  const rounds: { run: string; entries: Entry[] }[] = [];
  for (const entry of entries) {
    const last = rounds.at(-1);
    if (last && (!entry.run || entry.run === last.run)) last.entries.push(entry);
    else if (last && !last.run) Object.assign(last, { run: entry.run, entries: [...last.entries, entry] });
    else rounds.push({ run: entry.run, entries: [entry] });
  }
  return rounds;
}

/** The decisions of a trace, the newest first. */
export function decisionsOf(entries: Entry[]): Entry[] {
  return entries.filter((entry) => entry.kind === "decision").reverse();
}

/** An address that may be opened from here: of the web, or of a mail; null for every other. */
export function safeAddress(url: string | null | undefined): string | null {
  return url && /^(https?:\/\/|mailto:)/i.test(url) ? url : null;
}
