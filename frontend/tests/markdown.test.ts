import assert from "node:assert/strict";
import test from "node:test";
import { type Block, blocksOf, type Inline, inlineOf } from "../src/pages/ask/markdown.ts";

/** A tree in short: `p`, `ul(li(…))`, `**…**`. */
function short(blocks: Block[]): string {
  return blocks.map(block).join(" ");
}

function block(each: Block): string {
  switch (each.kind) {
    case "paragraph":
      return `p(${inline(each.children)})`;
    case "heading":
      return `h(${inline(each.children)})`;
    case "code":
      return `pre(${each.text})`;
    case "quote":
      return `q(${short(each.children)})`;
    case "rule":
      return "hr";
    case "list":
      return `${each.ordered ? `ol${each.start}` : "ul"}(${each.items.map((item) => `[${short(item)}]`).join("")})`;
    case "table":
      return `table(${[each.head, ...each.rows].map((row) => row.map(inline).join("|")).join("/")})`;
  }
}

function inline(parts: Inline[]): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.kind === "mark") return `{${part.number}}`;
      if (part.kind === "break") return "⏎";
      if (part.kind === "code") return `\`${part.text}\``;
      if (part.kind === "link") return `<${part.href}>(${inline(part.children)})`;
      return `${part.kind}(${inline(part.children)})`;
    })
    .join("");
}

for (const [text, shown] of [
  ["One.\n\nTwo.", "p(One.) p(Two.)"],
  ["One\ntwo", "p(One⏎two)"],
  ["# Title #\ntext", "h(Title) p(text)"],
  ["#no heading", "p(#no heading)"],
  ["- a\n- b\n\n- c", "ul([p(a)][p(b)][p(c)])"],
  ["1. a\n2. b", "ol1([p(a)][p(b)])"],
  ["3) a\n4) b", "ol3([p(a)][p(b)])"],
  ["- a\n  - b\n    - c\n- d", "ul([p(a) ul([p(b) ul([p(c)])])][p(d)])"],
  ["1. a\n\n   more\n2. b", "ol1([p(a) p(more)][p(b)])"],
  ["- a\nnot a\n- b", "ul([p(a⏎not a)][p(b)])"],
  ["- a\n\nafter", "ul([p(a)]) p(after)"],
  ["Steps:\n1. a", "p(Steps:) ol1([p(a)])"],
  ["It was in\n2019. Then it rained.", "p(It was in⏎2019. Then it rained.)"],
  ["> a\n> b\n\nc", "q(p(a⏎b)) p(c)"],
  ["```sh\n- a [1]\n```\nb", "pre(- a [1]) p(b)"],
  ["```\nnever closed", "pre(never closed)"],
  ["a\n\n---\n\nb", "p(a) hr p(b)"],
  ["| a | b |\n|---|:-:|\n| 1 | **2** |\n\nc", "table(a|b/1|strong(2)) p(c)"],
  ["a | b", "p(a | b)"],
  ["", ""],
] as const)
  test(`blocks of ${JSON.stringify(text)}`, () => assert.equal(short(blocksOf(text)), shown));

for (const [text, shown] of [
  ["Five days [1].", "Five days {1}."],
  ["Both [1, 2] and [3][4].", "Both {1}{2} and {3}{4}."],
  ["`a[1]` is code", "`a[1]` is code"],
  [
    "**bold [2]** and *light* and __bold__ and _light_",
    "strong(bold {2}) and em(light) and strong(bold) and em(light)",
  ],
  ["snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"],
  ["~~gone~~", "del(gone)"],
  ["[words](https://e.com/a)", "<https://e.com/a>(words)"],
  ["see https://e.com/a.", "see <https://e.com/a>(https://e.com/a)."],
  ["\\*not light\\*", "*not light*"],
  ["**never closed", "**never closed"],
  ["<b>text</b>", "<b>text</b>"],
] as const)
  test(`inside of ${JSON.stringify(text)}`, () => assert.equal(inline(inlineOf(text)), shown));

for (const [name, text] of [
  ["stars", "*".repeat(100_000)],
  ["pairs of stars", "** ".repeat(30_000)],
  ["underscores", "_a".repeat(50_000)],
  ["brackets", "[".repeat(100_000)],
  ["marks that never end", `[${"1,".repeat(50_000)}`],
  ["quotes in quotes", `${">".repeat(50_000)} a`],
  ["lists in lists", Array.from({ length: 2_000 }, (_, deep) => `${" ".repeat(deep)}- a`).join("\n")],
  ["items", "- a\n".repeat(20_000)],
  ["lines", "a\n".repeat(50_000)],
  ["dashes", `a|b\n${"-|".repeat(50_000)}`],
  ["addresses", "https://".repeat(12_000)],
  ["signs of rules", "- ".repeat(50_000)],
] as const)
  test(`a hundred thousand ${name} are read in time`, { timeout: 4_000 }, () => {
    assert.ok(blocksOf(text).length > 0);
  });
