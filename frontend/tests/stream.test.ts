import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

Object.assign(globalThis, { location: { origin: "http://desk.test" } });
const { follow } = await import("../src/api/stream.ts");

interface Sent {
  headers: Headers;
  method: string;
}

let sent: Sent[] = [];

/** What the server says to one request after the other; an Error breaks the connection before it says anything. */
function server(...replies: (Response | Error)[]): void {
  mock.method(globalThis, "fetch", async (_path: string, init: RequestInit) => {
    sent.push({ headers: new Headers(init.headers), method: init.method ?? "GET" });
    const reply = replies.shift();
    if (!reply) throw new Error("nobody asked for more");
    if (reply instanceof Error) throw reply;
    return reply;
  });
}

/** A stream in pieces, which ends, or breaks off. */
function stream(pieces: string[], broken = false): Response {
  const bytes = new TextEncoder();
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = pieces[next++];
      if (piece !== undefined) controller.enqueue(bytes.encode(piece));
      else if (broken) controller.error(new TypeError("the connection broke"));
      else controller.close();
    },
  });
  return new Response(body, { status: 200 });
}

const event = (id: number, text: string) => `id: ${id}\ndata: {"type": "token", "text": "${text}"}\n\n`;
const END = 'id: 9\ndata: {"type": "answer"}\n\n';
const isLast = (each: { data: Record<string, unknown> }) => each.data.type === "answer";

async function texts(events: AsyncIterable<{ data: Record<string, unknown> }>): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const each of events) seen.push(each.data.text ?? each.data.type);
  return seen;
}

beforeEach(() => {
  sent = [];
  // Waiting before another try is not what is tested.
  mock.method(globalThis, "setTimeout", (then: () => void) => queueMicrotask(then));
});
afterEach(() => mock.restoreAll());

test("events come in their order, wherever the network cuts them", async () => {
  const whole = `: ping\n\n${event(1, "Grüße")}${event(2, "b")}${END}`;
  server(stream([...whole]));

  assert.deepEqual(await texts(follow("/v1/x", { last: isLast })), ["Grüße", "b", "answer"]);
});

test("a stream that breaks is taken up after the last event that arrived", async () => {
  server(
    stream([event(1, "a"), event(2, "b"), "id: 3\nda"], true),
    new TypeError("Failed to fetch"),
    stream([event(3, "c"), END]),
  );

  const seen = await texts(
    follow("/v1/ask/stream", { method: "POST", body: {}, headers: { "Idempotency-Key": "k" }, last: isLast }),
  );

  assert.deepEqual(seen, ["a", "b", "c", "answer"]);
  assert.deepEqual(
    sent.map(({ method, headers }) => [method, headers.get("last-event-id"), headers.get("idempotency-key")]),
    [
      ["POST", null, "k"],
      ["POST", "2", "k"],
      ["POST", "2", "k"],
    ],
  );
});

test("a stream that ends before its last event is taken up, too", async () => {
  server(stream([event(1, "a")]), stream([END]));

  assert.deepEqual(await texts(follow("/v1/x", { last: isLast })), ["a", "answer"]);
});

test("what the server refuses is not asked again", async () => {
  server(new Response('{"code": "forbidden", "detail": "No."}', { status: 403 }));

  await assert.rejects(texts(follow("/v1/x", { last: isLast })), { name: "Problem", status: 403 });
  assert.equal(sent.length, 1);
});

test("a server that is busy is asked again", async () => {
  server(new Response("{}", { status: 429 }), new Response("{}", { status: 503 }), stream([END]));

  assert.deepEqual(await texts(follow("/v1/x", { last: isLast })), ["answer"]);
});

test("a server that stays away is a problem in the end", async () => {
  server(...Array.from({ length: 20 }, () => new TypeError("Failed to fetch")));

  await assert.rejects(texts(follow("/v1/x", { last: isLast })));
  assert.ok(sent.length < 10);
});

test("whoever stops following hears no error and asks no more", async () => {
  const stop = new AbortController();
  server(stream([event(1, "a"), event(2, "b")], true));
  const seen: unknown[] = [];

  for await (const each of follow("/v1/x", { signal: stop.signal, last: isLast })) {
    seen.push(each.data.text);
    stop.abort();
  }

  assert.ok(seen.length >= 1);
  assert.equal(sent.length, 1);
});
