import assert from "node:assert/strict";
import test from "node:test";
import { heard, isLast, NOTHING_HEARD } from "../src/pages/ask/following.ts";

function all(...events: [string, Record<string, unknown>][]) {
  return events.reduce(
    (before, [type, data]) => heard(before, { id: "", type, data: { type, ...data } }),
    NOTHING_HEARD,
  );
}

const FOUND = { number: 1, title: "Accounts", place: "page 2", score: 0.5 };

test("what happens is told phase by phase", () => {
  assert.equal(all(["accepted", {}]).phase, "waiting");
  assert.deepEqual(
    [all(["searching", { query: "q", sources: 3 }])].map(({ phase, query, sources }) => [
      phase,
      query,
      sources,
    ]),
    [["searching", "q", 3]],
  );
  assert.equal(all(["searching", {}], ["passage", FOUND]).phase, "reading");
  assert.equal(all(["passage", FOUND], ["token", { text: "a" }]).phase, "writing");
  assert.equal(all(["token", { text: "a" }], ["checking", {}]).phase, "checking");
});

test("a draft grows by its pieces", () =>
  assert.equal(all(["token", { text: "One. " }], ["token", { text: "Two." }]).text, "One. Two."));

test("what a dead process wrote does not count once another carries on", () => {
  const after = all(
    ["passage", FOUND],
    ["token", { text: "Half" }],
    ["restarted", {}],
    ["token", { text: "Whole." }],
  );
  assert.equal(after.text, "Whole.");
  assert.deepEqual(after.passages, []);
});

test("an answer after a failure is the answer: the run was resumed", () => {
  const answer = { text: "Five days [1].", refused: false };
  const after = all(["failed", { code: "model", message: "away" }], ["restarted", {}], ["answer", answer]);
  assert.equal(after.failure, null);
  assert.equal(after.answer?.text, "Five days [1].");
});

test("an event of a type that is not known is passed over", () =>
  assert.deepEqual(all(["weather", { text: "sun" }]), NOTHING_HEARD));

test("what has not the shape that was promised does no harm", () =>
  assert.equal(all(["searching", { query: 7, sources: "many" }], ["token", {}]).text, ""));

test("answers, refusals and failures are the last of a run", () =>
  assert.deepEqual(
    ["answer", "refused", "failed", "token", "checking"].map((type) => isLast({ id: "", type, data: {} })),
    [true, true, true, false, false],
  ));
