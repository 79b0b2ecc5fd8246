import assert from "node:assert/strict";
import test from "node:test";
import { Problem } from "../src/api/problem.ts";
import { saidOf, spans } from "../src/pages/sign-in/words.ts";

test("who tries too often is told how long to wait", () => {
  const busy = new Problem(429, "busy", "too many tries", "Wait", { retryAfter: 5.2 });
  assert.deepEqual(saidOf(busy), {
    title: "Too many tries failed.",
    next: "Wait 6 seconds, then try again.",
  });
});

test("what the server says begins with a capital, and its commands stand out", () => {
  const failed = new Problem(401, "sign-in-failed", "this link was used.", "Run `deskhand serve`.");
  assert.equal(saidOf(failed).title, "This link was used.");
  assert.deepEqual(spans(failed.next), [
    { text: "Run ", code: false },
    { text: "deskhand serve", code: true },
    { text: ".", code: false },
  ]);
});
