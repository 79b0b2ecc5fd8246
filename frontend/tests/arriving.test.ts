import assert from "node:assert/strict";
import test from "node:test";
import { codeIn, goesTo } from "../src/pages/sign-in/arriving.ts";

for (const then of [
  "//evil.example",
  "/\\evil.example",
  "https://evil.example",
  "javascript:alert(1)",
  "evil",
  "",
  "/sign-in",
  "/sign-in?then=/",
  "/sign-in#code=x",
])
  test(`nobody is sent to ${JSON.stringify(then)} after signing in`, () =>
    assert.equal(goesTo(`?then=${encodeURIComponent(then)}`), "/"));

for (const then of ["/", "/tickets/T-1?tab=trace", "/sign-ins"])
  test(`who came for ${then} gets there`, () =>
    assert.equal(goesTo(`?then=${encodeURIComponent(then)}`), then));

test("the code of a link is what stands after the sign", () => {
  assert.equal(codeIn("#code=abc-_1"), "abc-_1");
  assert.equal(codeIn(""), null);
  assert.equal(codeIn("#else=1"), null);
});
