import assert from "node:assert/strict";
import test from "node:test";
import { asText, linked, marked, original } from "../src/pages/ask/marks.ts";

for (const [text, most, shown] of [
  ["Five days [1].", 1, "Five days [1](#source-1)."],
  ["Both [1, 2].", 2, "Both [1](#source-1)[2](#source-2)."],
  ["There is no third [3].", 2, "There is no third [3]."],
  ["In code, `a[1]` is none.", 1, "In code, `a[1]` is none."],
  ["```\na[1]\n```", 1, "```\na[1]\n```"],
  ["A link [1](https://example.com) stays.", 1, "A link [1](https://example.com) stays."],
  ["[0] and [1000] are none.", 9, "[0] and [1000] are none."],
] as const)
  test(`marks of ${JSON.stringify(text)}`, () => assert.equal(linked(text, most), shown));

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
