import assert from "node:assert/strict";
import { test } from "node:test";
import { isNarrowed, wantedOf, writtenOf } from "../src/pages/runs/wanted.ts";
import { kindsFor, stepOf, whoseOf } from "../src/pages/runs/words.ts";

test("what is wanted is written into the address and read from it again", () => {
  const wanted = {
    state: "failed",
    kind: "answer",
    by: "ana@example.com",
    longer: 30,
    house: true,
  } as const;

  assert.deepEqual(wantedOf(writtenOf(wanted)), wanted);
  assert.deepEqual(wantedOf(new URLSearchParams("state=odd&longer=x&kind=")), {});
  assert.equal(isNarrowed({}), false);
  assert.equal(isNarrowed({ house: true }), false);
  assert.equal(isNarrowed({ door: undefined, kind: "ticket" }), true);
});

test("kinds are offered to who may see their runs", () => {
  assert.deepEqual(kindsFor(["ask", "tickets"]), ["answer", "ticket"]);
  assert.ok(kindsFor(["admin"]).includes("prune"));
});

test("steps and people are said in words", () => {
  assert.deepEqual(stepOf("answer", "retrieve"), { name: "Search the library", recorded: "retrieve" });
  assert.deepEqual(stepOf("ticket", "getEmployeeManager"), { name: "getEmployeeManager" });
  assert.equal(whoseOf({ by: "service:bot" }), "bot");
});
