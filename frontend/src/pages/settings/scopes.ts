import type { Schema } from "../../api/client.ts";

export type Scope = Schema<"TokenIn">["scopes"][number];

/** What each scope lets one do, in the order in which they are offered. */
export const MEANINGS: Record<string, string> = {
  ask: "ask questions and read documents",
  ingest: "add documents",
  tickets: "submit and handle tickets",
  admin: "manage people, tokens and connections",
  guardrails: "apply guardrails to texts",
  contact: "call the functions of the phone door",
};

export const SCOPES = Object.keys(MEANINGS) as Scope[];

/** What these scopes let one do, in words. */
export function allowed(scopes: string[]): string {
  return SCOPES.filter((scope) => scopes.includes(scope))
    .map((scope) => MEANINGS[scope])
    .join("; ");
}
