import { createParser, type EventSourceMessage } from "eventsource-parser";
import { call, Problem } from "./client.ts";

/** One server-sent event: its data is a JSON object with its type in it. */
export interface StreamedEvent {
  id: string;
  type: string;
  data: Record<string, unknown>;
}

export interface Following {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
  /** Begin after the event with this id. */
  after?: string;
  /** Whether this event is the last one. Without it, the stream ends when the server ends it. */
  last?: (event: StreamedEvent) => boolean;
}

const TRIES = 6;
const LONGEST_WAIT = 8_000;

/**
 * The events of a stream as they come. A connection that breaks is taken up again where it broke, so a POST must carry
 * an Idempotency-Key. Throws a `Problem` when the server refuses, or cannot be reached for good.
 */
export async function* follow(path: string, options: Following = {}): AsyncGenerator<StreamedEvent> {
  const { method = "GET", headers = {}, body, signal, last } = options;
  let after = options.after ?? "";
  let failed = 0;
  for (;;) {
    try {
      const response = await call(path, {
        method,
        signal,
        body: body === undefined ? undefined : JSON.stringify(body),
        headers: {
          Accept: "text/event-stream",
          ...(body === undefined ? {} : { "Content-Type": "application/json" }),
          ...(after ? { "Last-Event-ID": after } : {}),
          ...headers,
        },
      });
      for await (const event of read(response)) {
        failed = 0;
        after = event.id || after;
        yield event;
        if (last?.(event)) return;
      }
      if (!last) return;
    } catch (error) {
      if (signal?.aborted) return;
      if (error instanceof Problem && error.status !== 429 && error.status < 500) throw error;
      if (failed >= TRIES) throw error;
    }
    failed += 1;
    if (failed > TRIES) throw new Problem(0, "unreachable", "The stream broke off.", "Load the page again.");
    await pause(Math.min(LONGEST_WAIT, 250 * 2 ** failed), signal);
    if (signal?.aborted) return;
  }
}

async function* read(response: Response): AsyncGenerator<StreamedEvent> {
  if (!response.body) return;
  const ready: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => ready.push(event) });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (value) parser.feed(value);
      for (const event of ready.splice(0)) {
        yield { id: event.id ?? "", type: event.event ?? "message", data: JSON.parse(event.data) };
      }
      if (done) return;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** Returns after so many milliseconds, or when it is aborted. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      resolve();
    };
    signal?.addEventListener("abort", stop, { once: true });
  });
}
