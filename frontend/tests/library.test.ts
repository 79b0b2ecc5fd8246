import assert from "node:assert/strict";
import { test } from "node:test";
import { placeholders } from "../src/pages/library/placeholders.ts";
import { quotesIn } from "../src/pages/library/quotes.ts";
import {
  accessInWords,
  entriesOf,
  many,
  partsOf,
  safeAddress,
  sentence,
} from "../src/pages/library/words.ts";

function taken(text: string): string[] {
  return placeholders(text)
    .filter((part) => part.taken)
    .map((part) => part.part);
}

test("what stands for something taken out is told from the rest, in every mode", () => {
  const text =
    "Ask [Email], [Person_2], [Email_sealed_ABCDEFGH] or [Card_ends_1234] at {EMAIL}; see [1] and [a note].";

  assert.deepEqual(taken(text), [
    "[Email]",
    "[Person_2]",
    "[Email_sealed_ABCDEFGH]",
    "[Card_ends_1234]",
    "{EMAIL}",
  ]);
});

test("the parts of a text are the whole of it", () => {
  for (const text of ["", "plain", "[Email]", "a [Email] b [Phone_1]", "[Email][Phone]"]) {
    assert.equal(
      placeholders(text)
        .map((part) => part.part)
        .join(""),
      text,
    );
  }
});

test("what is unchanged is in the library, and what there is none of is not drawn", () => {
  assert.deepEqual(partsOf({ indexed: 2, unchanged: 3, failed: 1, deleted: 0 }), [
    { state: "indexed", count: 5 },
    { state: "failed", count: 1 },
  ]);
});

test("readers may be typed as people say them, several at once", () => {
  assert.deepEqual(entriesOf(["ana@example.com, support", "group:hr;everyone", "support"]), [
    "person:ana@example.com",
    "group:support",
    "group:hr",
    "everyone",
  ]);
});

test("an access list is said in words", () => {
  assert.equal(
    accessInWords(["group:hr", "person:ana@example.com", "service:bot"]),
    "group hr, ana@example.com, service bot",
  );
  assert.equal(accessInWords([]), "nobody");
});

test("only addresses of the web and of mails are opened", () => {
  assert.equal(safeAddress("https://example.com/a"), "https://example.com/a");
  for (const address of [
    "javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "file:///etc",
    "//x",
    null,
  ]) {
    assert.equal(safeAddress(address), null);
  }
});

test("numbers and sentences are written as they are read", () => {
  assert.equal(many(1, "file"), "1 file");
  assert.equal(many(1204, "match", "matches"), "1,204 matches");
  assert.equal(sentence("it is encrypted"), "it is encrypted.");
  assert.equal(sentence("It is."), "It is.");
});

test("what an answer quotes is found in a text that breaks its lines otherwise", () => {
  const quoted = (text: string, ...quotes: string[]) =>
    quotesIn(text, quotes)
      .filter((each) => each.quoted)
      .map(({ part }) => part);

  const text = "Press (Start) &amp; wait.\nThen\ttake   it out. Press again.";
  assert.deepEqual(quoted(text, "(Start) & wait. Then take it out."), [
    "(Start) &amp; wait.\nThen\ttake   it out.",
  ]);
  assert.deepEqual(quoted(text, "Press (Start)", "(Start) &amp; wait."), ["Press (Start) &amp; wait."]);
  assert.deepEqual(quoted(text, "", "ten days"), []);
  assert.equal(
    quotesIn(text, ["wait."])
      .map(({ part }) => part)
      .join(""),
    text,
  );
});
