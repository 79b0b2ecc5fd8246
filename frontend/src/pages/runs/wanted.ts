import { isState, type State } from "./words.ts";

/** Which runs are wanted. */
export interface Wanted {
  state?: State;
  kind?: string;
  door?: string;
  /** A person's address, or "me". */
  by?: string;
  /** Seconds. */
  longer?: number;
  /** Whether the desk's own runs are there, too: one a minute, as a rule, that nobody asks about. */
  house?: true;
}

/** Which runs an address asks for. */
export function wantedOf(given: URLSearchParams): Wanted {
  const wanted: Wanted = {};
  const state = given.get("state");
  if (state && isState(state)) wanted.state = state;
  for (const name of ["kind", "door", "by"] as const) {
    const value = given.get(name);
    if (value) wanted[name] = value;
  }
  const longer = Number(given.get("longer"));
  if (Number.isFinite(longer) && longer > 0) wanted.longer = longer;
  if (given.get("house") === "true") wanted.house = true;
  return wanted;
}

export function writtenOf(wanted: Wanted): URLSearchParams {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) {
    if (value !== undefined && value !== "") written.set(name, String(value));
  }
  return written;
}

/** Whether anything narrows the list. */
export function isNarrowed(wanted: Wanted): boolean {
  return writtenOf({ ...wanted, house: undefined }).size > 0;
}
