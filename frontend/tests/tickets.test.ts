import assert from "node:assert/strict";
import { test } from "node:test";
import { isNarrowed, wantedOf, writtenOf } from "../src/pages/tickets/wanted.ts";
import {
  callOf,
  decisionsOf,
  didOf,
  type Entry,
  roundsOf,
  safeAddress,
  short,
  titleOf,
  toldOf,
  valueInWords,
} from "../src/pages/tickets/words.ts";

function entry(kind: string, body: unknown, more: Partial<Entry> = {}): Entry {
  const at = "2026-11-21T12:00:00Z";
  return { seq: 1, at, ticket: "t1", run: "", by: "agent", kind, body, before: "", hash: "", ...more };
}

test("a ticket is called by its first words, without the label of a title", () => {
  assert.deepEqual(titleOf("\n**Title:** Access to 4 \nEnvironmentId: 4\n\nDays: 8"), {
    title: "Access to 4",
    rest: "EnvironmentId: 4 · Days: 8",
  });
  assert.equal(titleOf("My screen is dark.").title, "My screen is dark.");
  assert.equal(titleOf("Title:\nSubject: \nA lamp").title, "A lamp");
  assert.equal(titleOf(" \n ").title, "(nothing but blanks)");
  assert.equal(titleOf("<b>Bold</b>").title, "<b>Bold</b>");
});

test("a long first line is cut, and goes on in the rest", () => {
  const { title, rest } = titleOf(`${"a".repeat(150)}\nmore`);
  assert.equal(title, `${"a".repeat(140)}…`);
  assert.equal(rest, `…${"a".repeat(10)} more`);
});

test("values are said as people say them", () => {
  assert.deepEqual([true, false, null, "", "@sam", 8, { a: 1 }].map(valueInWords), [
    "yes",
    "no",
    "nothing",
    "nothing",
    "@sam",
    "8",
    '{"a":1}',
  ]);
  assert.equal(
    callOf("giveAccess", { environmentId: "4", why: "x".repeat(80) }),
    `giveAccess(environmentId: 4, why: ${"x".repeat(59)}…)`,
  );
  assert.equal(callOf(undefined, null), "?()");
  assert.equal(short("a\n  b", 10), "a b");
});

test("a change says to whom a ticket goes", () => {
  assert.equal(didOf("assigned", { assignee: "@susi" }), "Assigned to @susi");
  assert.equal(didOf("waiting", { assignee: "@susi" }), "Waits for the word of @susi");
  assert.equal(didOf("resolved", {}), "Resolved");
  assert.equal(didOf("something-new", null), "something-new");
});

test("each kind of row of a trace is told, and rows that nobody knows are no reason to fail", () => {
  const action = { tool: "giveAccess", arguments: { environmentId: "4" } };
  const told = (kind: string, body: unknown, more: Partial<Entry> = {}) =>
    toldOf(entry(kind, body, more), "@susi");
  assert.equal(told("read", { ...action, text: "yes" }).title, "Looked up giveAccess(environmentId: 4)");
  assert.equal(told("read", { ...action, failed: true }).tone, "bad");
  assert.equal(
    told("act", { ...action, failed: true }).title,
    "Could not carry out giveAccess(environmentId: 4)",
  );
  const asked = told("decision", { action, verdict: "ask", by: "policy", reason: "It is so." });
  assert.deepEqual(
    [asked.title, asked.tone, asked.by, asked.note],
    ["Asks a person: giveAccess(environmentId: 4)", "ask", "the policy", "It is so."],
  );
  const denied = told("approval", { action, state: "denied", note: "No." }, { by: "@susi" });
  assert.deepEqual([denied.title, denied.by], ["Denied: giveAccess(environmentId: 4)", "@susi (you)"]);
  assert.equal(told("approval", { state: "void", asks: "@sam" }).title, "Void: the approval of @sam");
  assert.equal(told("note", { proposal: "drafted" }).title, "Reply drafted");
  assert.equal(told("note", { note: "The run stopped." }).note, "The run stopped.");
  assert.equal(told("new-kind", ["?"]).title, "Note");
  assert.equal(told("decision", null).title, ": ?()");
});

test("what people did stands with the round before, and decisions with the newest first", () => {
  const runs = ["", "r1", "r1", "", "r2", "", "r1"];
  const entries = runs.map((run, seq) => entry(run ? "decision" : "change", {}, { run, seq }));
  assert.deepEqual(
    roundsOf(entries).map((round) => [round.run, round.entries.map(({ seq }) => seq)]),
    [
      ["r1", [0, 1, 2, 3]],
      ["r2", [4, 5]],
      ["r1", [6]],
    ],
  );
  assert.deepEqual(
    decisionsOf(entries).map(({ seq }) => seq),
    [6, 4, 2, 1],
  );
  assert.deepEqual(roundsOf([]), []);
});

test("only addresses of the web and of mails are opened", () => {
  assert.equal(safeAddress("https://example.com/a"), "https://example.com/a");
  assert.equal(safeAddress("mailto:a@example.com"), "mailto:a@example.com");
  for (const bad of ["javascript:alert(1)", " https://x", "data:text/html,x", "//x.example", "", null]) {
    assert.equal(safeAddress(bad), null);
  }
});

test("an address keeps what is wanted, and nothing that it does not know", () => {
  const wanted = { state: ["assigned" as const], assignee: "", requester: "111", q: "a b", mine: true };
  assert.deepEqual(wantedOf(writtenOf(wanted)), wanted);
  const other = new URLSearchParams("state=nonsense&state=waiting&limit=9&mine=1&source=&q=");
  assert.deepEqual(wantedOf(other), { state: ["waiting"] });
  assert.equal(isNarrowed({ state: [] }), false);
  assert.equal(isNarrowed({ state: [], assignee: "" }), true);
});
