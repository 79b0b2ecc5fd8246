import type { Schema } from "../../api/client.ts";

export type State = Schema<"DocumentOut">["state"];

/** What a state is called here, and its colour; "unchanged" is a document that is in the library all the same. */
const STATES: Record<State, { name: string; color: string }> = {
  indexed: { name: "In the library", color: "green" },
  unchanged: { name: "In the library", color: "green" },
  new: { name: "Waiting", color: "blue" },
  failed: { name: "Failed", color: "red" },
  deleted: { name: "Taken out", color: "gray" },
};

/** The states that a list can be narrowed to. */
export const FILTERS: State[] = ["indexed", "new", "failed", "deleted"];

export function nameOf(state: State): string {
  return STATES[state].name;
}

export function colorOf(state: State): string {
  return STATES[state].color;
}

export interface Part {
  state: State;
  count: number;
}

/** How many documents are in each state, in the order that they are drawn in; what is unchanged is in the library. */
export function partsOf(counts: Partial<Record<string, number>>): Part[] {
  const parts = FILTERS.map((state) => ({
    state,
    count: (counts[state] ?? 0) + (state === "indexed" ? (counts.unchanged ?? 0) : 0),
  }));
  return parts.filter((part) => part.count > 0);
}

/** "1 document", "1,204 documents". */
export function many(count: number, one: string, more: string = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : more}`;
}

/** An entry of an access list in words: "the group staff", "ana@example.com", "everyone". */
export function entryInWords(entry: string): string {
  if (entry === "everyone") return "everyone";
  const [kind, ...rest] = entry.split(":");
  const name = rest.join(":");
  if (kind === "group") return `group ${name}`;
  if (kind === "service") return `service ${name}`;
  return name;
}

/** An access list in words; nobody, when it is empty. */
export function accessInWords(entries: string[]): string {
  return entries.length ? entries.map(entryInWords).join(", ") : "nobody";
}

/** An address that may be opened from here: of the web, or of a mail; null for every other. */
export function safeAddress(url: string | null | undefined): string | null {
  return url && /^(https?:\/\/|mailto:)/i.test(url) ? url : null;
}

/** The last part of an item's key: the file's name without its folders. */
export function lastPart(item: string): string {
  return item.split("/").filter(Boolean).at(-1) ?? item;
}

/** Words that end as a sentence does. */
export function sentence(said: string): string {
  return /[.!?]$/.test(said) || !said ? said : `${said}.`;
}

/** What was typed, which may be several at once, as entries, each once. */
export function entriesOf(written: string[]): string[] {
  const words = written.flatMap((each) => each.split(/[,;\s]+/)).filter(Boolean);
  return [...new Set(words.map(entryOf))];
}

function entryOf(entry: string): string {
  if (entry === "everyone" || /^(person|service|group):/.test(entry)) return entry;
  return entry.includes("@") ? `person:${entry}` : `group:${entry}`;
}
