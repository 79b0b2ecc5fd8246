import { asProblem, call } from "../../api/client.ts";
import type { Me } from "../../session.tsx";

/** Who is signed in with this browser; null for nobody. */
export async function whoIsHere(): Promise<Me | null> {
  try {
    return (await (await call("/v1/session")).json()) as Me;
  } catch (thrown) {
    if (asProblem(thrown).status === 401) return null;
    throw thrown;
  }
}

/** Signs this browser in. */
export async function signIn(by: { token: string } | { code: string }): Promise<Me> {
  const headers = { "Content-Type": "application/json" };
  const reply = await call("/v1/session", { method: "POST", headers, body: JSON.stringify(by) });
  return (await reply.json()) as Me;
}
