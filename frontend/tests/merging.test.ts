import assert from "node:assert/strict";
import { test } from "node:test";
import {
  joined,
  type News,
  NO_NEWS,
  newer,
  type Paged,
  rowsOf,
  settled,
  updated,
} from "../src/parts/list/merging.ts";

interface Row {
  id: string;
  at: number;
  state?: string;
}

const row = (id: string, at: number, state?: string): Row => ({ id, at, ...(state && { state }) });
const order = (one: Row, other: Row) => other.at - one.at;
const news = (wanted: Row[], others: Row[] = [], whole = true): News<Row> => ({ wanted, others, whole });
const ids = (pages: Paged<Row>[]) => pages.map(({ rows }) => rows.map(({ id }) => id).join(""));

const A = row("a", 1);
const B = row("b", 2);
const C = row("c", 3);
const D = row("d", 4);
const PAGES: Paged<Row>[] = [{ rows: [D, C], next: "c" }, { rows: [B, A] }];

test("what changed is changed in its place, and all else stays the same object", () => {
  const now = updated(PAGES, [row("b", 9, "done"), { ...C }, row("x", 10)]);

  assert.deepEqual(ids(now), ["dc", "ba"]);
  assert.equal(now[0], PAGES[0]);
  assert.equal(now[1]?.rows[0]?.state, "done");
  assert.equal(now[1]?.rows[1], A);
});

test("news are put in where they belong, pages keep their lengths, and what is not wanted any more is gone", () => {
  const now = settled(PAGES, news([row("x", 10), row("b", 9)], [C]), order);

  assert.deepEqual(ids(now), ["xb", "da"]);
  assert.deepEqual(
    now.map(({ next }) => next),
    ["c", undefined],
  );
  assert.deepEqual(ids(settled(PAGES, news([row("y", 2.5)]), order)), ["dcy", "ba"]);
  assert.deepEqual(ids(settled([{ rows: [] }], news([B, C]), order)), ["cb"]);
  assert.deepEqual(ids(settled(PAGES, news([], [A, B, C, D]), order)), ["", ""]);
});

test("what belongs behind the last row that was fetched comes with its page", () => {
  const open = [{ rows: [D, C], next: "c" }];

  assert.deepEqual(ids(settled(open, news([B, row("x", 5)]), order)), ["xdc"]);
  assert.deepEqual(ids(settled(PAGES, news([row("z", 0)]), order)), ["dcb", "az"]);
});

test("news that wait are joined with newer ones, which are right about what both tell of", () => {
  const first = joined(NO_NEWS as News<Row>, news([B, A]));
  const both = joined(first, news([row("b", 9)], [A], false));

  assert.deepEqual(both, news([row("b", 9)], [A], false));
  assert.equal(newer([D, A], news([A, B, C])), 2);
});

test("a row that two pages hold is there once", () => {
  assert.deepEqual(rowsOf([{ rows: [B, A] }, { rows: [A] }]), [B, A]);
});
