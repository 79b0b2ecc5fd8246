import assert from "node:assert/strict";
import test from "node:test";
import type { Nodes } from "mdast";
import { LONGEST, partsOf, treeOf } from "../src/pages/ask/markdown.ts";

/** A tree in short: `p(…)`, `ul([p(…)])`, marks as {1}, ends of lines as ⏎. */
function short(node: Nodes): string {
  const inside = (between: string) => ("children" in node ? node.children.map(short).join(between) : "");
  switch (node.type) {
    case "root":
      return inside(" ");
    case "paragraph":
      return `p(${inside("")})`;
    case "heading":
      return `h(${inside("")})`;
    case "code":
      return `pre(${node.value})`;
    case "blockquote":
      return `q(${inside(" ")})`;
    case "thematicBreak":
      return "hr";
    case "list":
      return `${node.ordered ? `ol${node.start}` : "ul"}(${inside("")})`;
    case "listItem":
      return `[${inside(" ")}]`;
    case "table":
      return `table(${inside("/")})`;
    case "tableRow":
      return inside("|");
    case "tableCell":
      return inside("");
    case "inlineCode":
      return `\`${node.value}\``;
    case "link":
      return `<${node.url}>(${inside("")})`;
    case "text":
      return partsOf(node.value)
        .map((part) => (typeof part === "number" ? `{${part}}` : part.replace("\n", "⏎")))
        .join("");
    default:
      return "children" in node ? `${node.type}(${inside("")})` : node.type;
  }
}

function read(text: string): string {
  const tree = treeOf(text);
  return tree ? short(tree) : "as it stands";
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
  ["Title\n---\ntext", "p(Title) hr p(text)"],
  ["    not code", "p(not code)"],
  ["[1]: https://e.com\n\nSee [1].", "p([1]: <https://e.com>(https://e.com)) p(See {1}.)"],
  ['<div onclick="x()">\n**a**\n</div>', 'p(<div onclick="x()">⏎strong(a)⏎</div>)'],
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
  test(`blocks of ${JSON.stringify(text)}`, () => assert.equal(read(text), shown));

for (const [text, shown] of [
  ["Five days [1].", "Five days {1}."],
  ["Both [1, 2] and [3][4].", "Both {1}{2} and {3}{4}."],
  ["`a[1]` is code", "`a[1]` is code"],
  [
    "**bold [2]** and *light* and __bold__ and _light_",
    "strong(bold {2}) and emphasis(light) and strong(bold) and emphasis(light)",
  ],
  ["snake_case_name and 2 * 3 * 4", "snake_case_name and 2 * 3 * 4"],
  ["~~gone~~", "delete(gone)"],
  ["[words](https://e.com/a)", "<https://e.com/a>(words)"],
  ["![words](https://e.com/a.png)", "!<https://e.com/a.png>(words)"],
  ["<javascript:alert(1)> &lt;i&gt;", "<javascript:alert(1)>(javascript:alert(1)) <i>"],
  ["see https://e.com/a.", "see <https://e.com/a>(https://e.com/a)."],
  ["\\*not light\\*", "*not light*"],
  ["**never closed", "**never closed"],
  ["<b>text</b>", "<b>text</b>"],
] as const)
  test(`inside of ${JSON.stringify(text)}`, () => assert.equal(read(text), `p(${shown})`));

/** The longest text of a kind that is read. */
function many(sign: string): string {
  return sign.repeat(Math.floor(LONGEST / sign.length));
}

for (const [name, text] of [
  ["stars", many("*")],
  ["pairs of stars", many("** ")],
  ["emphasis in emphasis", "*a**b".repeat(330)],
  ["links and emphasis", "*[a](b)_~~".repeat(240)],
  ["underscores", many("_a")],
  ["brackets", many("[")],
  ["links that never end", many("[a](")],
  ["marks that never end", `[${many("1,").slice(1)}`],
  ["quotes in quotes", `${many(">").slice(2)} a`],
  ["lists in lists", Array.from({ length: 120 }, (_, deep) => `${" ".repeat(deep)}- a`).join("\n")],
  ["lists in a line", `${many("- ").slice(2)}a`],
  ["items", many("- a\n")],
  ["lines", many("a\n")],
  ["headings", many("a\n=\n")],
  ["dashes", `a|b\n${many("-|").slice(4)}`],
  ["rows", `|a|b|\n|-|-|\n${many("|c|d|\n").slice(20)}`],
  ["addresses", many("https://")],
  ["signs of rules", many("- ")],
] as const)
  test(`as many ${name} as are read at all, are read in time`, { timeout: 4_000 }, () => {
    assert.ok(text.length <= LONGEST);
    assert.ok(read(text).length > 0);
  });

test("a text that nobody means stands as it is", () => {
  assert.equal(read("a".repeat(LONGEST + 1)), "as it stands");
  assert.equal(read(`so\n\n${"> ".repeat(13)}a`), "as it stands");
  assert.equal(read("*a**b".repeat(400)), "as it stands");
  assert.equal(read(`${"> ".repeat(3)}a`), "q(q(q(p(a))))");
});
