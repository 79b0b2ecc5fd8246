import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";
import type { Wanted } from "./calls.ts";
import { isState } from "./words.ts";

const NAMES = ["assignee", "requester", "source", "q"] as const;

/** Which tickets the address asks for, so that a list can be kept, shared and gone back to. */
export function useWanted(): [Wanted, (change: Partial<Wanted>) => void] {
  const [given, setGiven] = useSearchParams();
  const written = given.toString();
  const wanted = useMemo(() => wantedOf(new URLSearchParams(written)), [written]);
  const set = useCallback(
    (change: Partial<Wanted>) =>
      setGiven((before) => writtenOf({ ...wantedOf(before), ...change }), { replace: true }),
    [setGiven],
  );
  return [wanted, set];
}

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
