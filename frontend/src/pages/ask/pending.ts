/** A question on its way to the server. Its key makes it happen once, however often it is sent. */
export interface Sending {
  key: string;
  question: string;
  /** The conversation that it continues; null for a new one. */
  conversation: string | null;
  models: string[];
  libraries: string[];
  /** No answer will do that was kept from an earlier question. */
  fresh: boolean;
}

const KEPT = "deskhand-sending";
const CHOSEN = "deskhand-labels";

/** The question that was on its way when this tab was loaded anew; null for none. */
export function leftBehind(): Sending | null {
  const found = parsed(sessionStorage, KEPT);
  return found && typeof found === "object" && "key" in found && "question" in found
    ? (found as Sending)
    : null;
}

/** Kept until the server has it: it is sent again when the page is loaded anew meanwhile. */
export function keep(sending: Sending | null): void {
  if (sending) sessionStorage.setItem(KEPT, JSON.stringify(sending));
  else sessionStorage.removeItem(KEPT);
}

/** Who shall answer, and from which parts of the library; empty means the default. */
export interface Choice {
  models: string[];
  libraries: string[];
}

export function lastChoice(): Choice {
  const found = parsed(localStorage, CHOSEN) as Partial<Choice> | null;
  return { models: strings(found?.models), libraries: strings(found?.libraries) };
}

export function keepChoice(choice: Choice): void {
  localStorage.setItem(CHOSEN, JSON.stringify(choice));
}

/** What of a choice there still is. */
export function stillThere(choice: Choice, models: string[], libraries: string[]): Choice {
  return {
    models: choice.models.filter((label) => models.includes(label)),
    libraries: choice.libraries.filter((label) => libraries.includes(label)),
  };
}

/** The labels in "model@library", as a question takes them. */
export function labelsOf(label: string): Choice {
  const [model = "", library] = label.split("@");
  return { models: [model], libraries: library === undefined ? [] : [library] };
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];
}

function parsed(storage: Storage, key: string): unknown {
  try {
    return JSON.parse(storage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}
