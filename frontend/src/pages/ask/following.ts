import type { Schema } from "../../api/client.ts";
import type { StreamedEvent } from "../../api/stream.ts";

export type Answer = Schema<"AnswerOut">;

/** What a run is doing. */
export type Phase = "waiting" | "searching" | "reading" | "writing" | "checking";

/** A passage that the search found. */
export interface Found {
  number: number;
  title: string;
  place: string | null;
}

/** What has been heard of a run so far. */
export interface Heard {
  phase: Phase;
  /** What is searched for: the question, made to stand alone. */
  query: string;
  /** Over how many sources the search goes; 0 where that was not told. */
  sources: number;
  passages: Found[];
  /** The draft: its sources are not checked yet. */
  text: string;
  answer: Answer | null;
  failure: { code: string; message: string } | null;
}

export const NOTHING_HEARD: Heard = {
  phase: "waiting",
  query: "",
  sources: 0,
  passages: [],
  text: "",
  answer: null,
  failure: null,
};

/** The types of events after which a run has no more, unless it is resumed. */
const LAST = new Set(["answer", "refused", "failed"]);

export function isLast(event: StreamedEvent): boolean {
  return LAST.has(event.type);
}

/** What is known once `event` was heard too; one of a type that is not known here is passed over. */
export function heard(before: Heard, { type, data }: StreamedEvent): Heard {
  switch (type) {
    case "accepted":
    case "restarted":
      // Another process carries on: what the first one wrote does not count.
      return NOTHING_HEARD;
    case "searching":
      return { ...before, phase: "searching", query: text(data.query), sources: number(data.sources) };
    case "passage": {
      const place = typeof data.place === "string" ? data.place : null;
      const found = { number: number(data.number), title: text(data.title), place };
      return { ...before, phase: "reading", passages: [...before.passages, found] };
    }
    case "token":
      return { ...before, phase: "writing", text: before.text + text(data.text) };
    case "checking":
      return { ...before, phase: "checking" };
    case "answer":
    case "refused":
      return { ...before, phase: "checking", answer: data as unknown as Answer, failure: null };
    case "failed":
      return { ...before, failure: { code: text(data.code), message: text(data.message) } };
    default:
      return before;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
