import type { Wanted } from "./calls.ts";
import { isState } from "./words.ts";

const NAMES = ["assignee", "requester", "source", "q"] as const;

/** Which tickets an address asks for. */
export function wantedOf(given: URLSearchParams): Wanted {
  const wanted: Wanted = { state: given.getAll("state").filter(isState) };
  for (const name of NAMES) {
    const value = given.get(name);
    if (value !== null && (value || name === "assignee")) wanted[name] = value;
  }
  if (given.get("mine") === "true") wanted.mine = true;
  return wanted;
}

export function writtenOf(wanted: Wanted): URLSearchParams {
  const written = new URLSearchParams();
  for (const state of wanted.state) written.append("state", state);
  for (const name of NAMES) {
    const value = wanted[name];
    if (value !== undefined && (value || name === "assignee")) written.set(name, value);
  }
  if (wanted.mine) written.set("mine", "true");
  return written;
}

/** Whether anything narrows the list. */
export function isNarrowed(wanted: Wanted): boolean {
  return writtenOf(wanted).size > 0;
}
