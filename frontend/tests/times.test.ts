import assert from "node:assert/strict";
import test from "node:test";
import { ago, bytes, count, lasting } from "../src/parts/times.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");

for (const [at, said] of [
  ["2026-11-21T11:59:40Z", "just now"],
  ["2026-11-21T11:57:01Z", "2 minutes ago"],
  ["2026-11-21T10:59:59Z", "1 hour ago"],
  ["2026-11-20T11:59:59Z", "yesterday"],
  ["2026-11-21T12:03:00Z", "in 3 minutes"],
] as const)
  test(`at noon, ${at} is ${said}`, () => assert.equal(ago(at, NOW), said));

test("what is longer ago than a month has its date", () =>
  assert.match(ago("2026-09-01T12:00:00Z", NOW), /^1 Sept? 2026$|^Sep 1, 2026$/));

for (const [seconds, said] of [
  [0.004, "4 ms"],
  [0.04, "0.04 s"],
  [0.4, "0.4 s"],
  [9.97, "10 s"],
  [12.4, "12 s"],
  [59.7, "1 min 0 s"],
  [185, "3 min 5 s"],
  [3599.8, "1 h 0 min"],
  [7800, "2 h 10 min"],
] as const)
  test(`${seconds} seconds are ${said}`, () => assert.equal(lasting(seconds), said));

for (const [number, said] of [
  [0, "0 B"],
  [999, "999 B"],
  [3400, "3.4 kB"],
  [9999, "10 kB"],
  [999_999, "1.0 MB"],
  [25_000_000, "25 MB"],
  [4e15, "4000 TB"],
] as const)
  test(`${number} bytes are ${said}`, () => assert.equal(bytes(number), said));

test("thousands have a comma", () => assert.equal(count(12345), "12,345"));
