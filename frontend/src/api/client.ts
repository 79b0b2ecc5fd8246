import createClient, { type Middleware } from "openapi-fetch";
import { problemOf } from "./problem.ts";
import type { components, paths } from "./schema";

export { asProblem, Problem } from "./problem.ts";

/** The server's shapes by name: `Schema<"TicketOut">`. */
export type Schema<Name extends keyof components["schemas"]> = components["schemas"][Name];

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);
let csrf = "";
let signedOut: () => void = () => {};

/** What every call that changes something carries, from `GET /v1/session`. */
export function setCsrf(token: string): void {
  csrf = token;
}

/** Who is told when the server no longer knows this browser. */
export function onSignedOut(listener: () => void): void {
  signedOut = listener;
}

const ours: Middleware = {
  onRequest({ request }) {
    if (!SAFE.has(request.method) && csrf) request.headers.set("X-CSRF-Token", csrf);
    return request;
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined;
    if (response.status === 401 && !new URL(request.url).pathname.endsWith("/v1/session")) signedOut();
    throw await problemOf(response);
  },
};

/** Every call of the server's, typed by its OpenAPI document; what fails throws a `Problem`. */
export const api = createClient<paths>({ baseUrl: location.origin });
api.use(ours);

/** What a call gives: `await got(api.GET("/v1/sources"))`. */
export async function got<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** A call that the typed client cannot make (streams, files): as `fetch`, with what every call carries. */
export async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!SAFE.has((init.method ?? "GET").toUpperCase()) && csrf) headers.set("X-CSRF-Token", csrf);
  const response = await fetch(path, { ...init, headers });
  if (response.ok) return response;
  if (response.status === 401 && !path.endsWith("/v1/session")) signedOut();
  throw await problemOf(response);
}

/** The token itself, for a request that is not made by `fetch` (an upload that tells its progress). */
export function csrfHeader(): Record<string, string> {
  return csrf ? { "X-CSRF-Token": csrf } : {};
}
