import assert from "node:assert/strict";
import test from "node:test";
import { asProblem, Problem, problemOf } from "../src/api/problem.ts";

function reply(body: string, status: number, headers: Record<string, string> = {}): Response {
  return new Response(body, { status, statusText: "Said", headers });
}

test("a problem of the server's is told with what to do next", async () => {
  const said = { code: "busy", detail: "Too many at once.", next: "Wait.", reference: "r-1" };

  const problem = await problemOf(reply(JSON.stringify(said), 429, { "Retry-After": "7" }));

  assert.deepEqual(
    [problem.status, problem.code, problem.message, problem.next, problem.reference, problem.retryAfter],
    [429, "busy", "Too many at once.", "Wait.", "r-1", 7],
  );
});

for (const [what, body] of [
  ["HTML", "<html>gateway</html>"],
  ["nothing", ""],
  ["a list", "[1]"],
  ["null", "null"],
  ["what is no text", '{"detail": {"a": 1}, "next": 3}'],
] as const)
  test(`an error with ${what} in it is still told`, async () => {
    const problem = await problemOf(reply(body, 502));

    assert.equal(problem.message, "The server said 502 Said");
    assert.ok(problem.next);
  });

test("a date to wait for is no number of seconds", async () => {
  const problem = await problemOf(reply("{}", 503, { "Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT" }));

  assert.equal(problem.retryAfter, undefined);
});

test("a server that cannot be reached is a problem that is nobody's fault here", () =>
  assert.equal(asProblem(new TypeError("Failed to fetch")).code, "unreachable"));

for (const said of [
  "Unable to preload CSS for http://desk/console/assets/runs.css",
  "Failed to fetch dynamically imported module: http://desk/console/assets/runs.js",
  "error loading dynamically imported module",
  "Importing a module script failed.",
])
  test(`a part of the console that does not come is told in our words: ${said}`, () =>
    assert.equal(asProblem(new TypeError(said)).code, "unfetched"));

test("a problem stays what it is, and all else becomes one", () => {
  const problem = new Problem(404, "not-found", "No.", "Look elsewhere.");

  assert.equal(asProblem(problem), problem);
  assert.equal(asProblem("odd").message, "odd");
});
