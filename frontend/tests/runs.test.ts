import assert from "node:assert/strict";
import { test } from "node:test";
import { merged } from "../src/pages/runs/merging.ts";
import { isNarrowed, wantedOf, writtenOf } from "../src/pages/runs/wanted.ts";
import { kindsFor, type Run, stepOf, whoseOf } from "../src/pages/runs/words.ts";

function run(id: string, state: Run["state"] = "finished"): Run {
  return {
    id,
    state,
    kind: "answer",
    began: "2026-03-01T12:00:00Z",
    ended: null,
    seconds: 1,
    by: "person:ana@example.com",
    door: "api",
    attempts: 1,
    error: null,
    about: null,
  };
}

const ids = (pages: Run[][] | null) => pages?.map((page) => page.map((each) => `${each.id} ${each.state}`));

test("runs that changed are changed in their place, and new ones stand before all others", () => {
  const pages = [[run("c", "running"), run("b")], [run("a", "waiting")]];
  const newest = [run("e"), run("d", "running"), run("c"), run("b")];

  assert.deepEqual(ids(merged(pages, newest, [run("a", "running")])), [
    ["e finished", "d running", "c finished", "b finished"],
    ["a running"],
  ]);
});

test("a list is fetched anew when more runs are new than were looked at", () => {
  assert.equal(merged([[run("a")]], [run("z"), run("y")], []), null);
});

test("an empty list takes what there is, and keeps nothing where there is nothing", () => {
  assert.deepEqual(ids(merged([[]], [run("a")], [])), [["a finished"]]);
  assert.deepEqual(ids(merged([[run("a")]], [], [])), [["a finished"]]);
});

test("what is wanted is written into the address and read from it again", () => {
  const wanted = {
    state: "failed",
    kind: "answer",
    by: "ana@example.com",
    longer: 30,
    house: false,
  } as const;

  assert.deepEqual(wantedOf(writtenOf(wanted)), wanted);
  assert.deepEqual(wantedOf(new URLSearchParams("state=odd&longer=x&kind=")), {});
  assert.equal(isNarrowed({}), false);
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
