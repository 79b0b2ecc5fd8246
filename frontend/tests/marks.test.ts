import assert from "node:assert/strict";
import test from "node:test";
import { asText, marked, original, spoken } from "../src/pages/ask/marks.ts";

for (const url of [
  "javascript:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "data:text/html,<script>",
  "file:///etc/passwd",
  "//evil.example/x",
  "/library",
  "",
])
  test(`${JSON.stringify(url)} is no original to open`, () => assert.equal(original(url, null), null));

test("the original of a PDF opens at its page", () => {
  assert.equal(original("https://e.com/a.pdf", "page 3"), "https://e.com/a.pdf#page=3");
  assert.equal(original("https://e.com/a.md", "page 3"), "https://e.com/a.md");
});

test("a quote is found in its snippet however it is spaced", () =>
  assert.deepEqual(marked("It  takes\nfive days. Then", "takes five   days."), [
    "It ",
    "takes five days.",
    " Then",
  ]));

test("a quote that is not there marks nothing", () =>
  assert.deepEqual(marked("It takes five days.", "ten days"), ["It takes five days.", "", ""]));

test("what is copied has its sources", () =>
  assert.equal(
    asText("Five days [1].", [{ number: 1, title: "Refunds", place: "page 2", url: null }]),
    "Five days [1].\n\n[1] Refunds, page 2",
  ));

test("what is read aloud has neither marks nor signs", () =>
  assert.equal(spoken("**Five** days [1].\n\n1. Then `ten` [2, 3]!"), "Five days. 1. Then ten!"));
