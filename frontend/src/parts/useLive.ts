import { useEffect, useRef } from "react";
import { asProblem } from "../api/client.ts";
import { pause } from "../api/stream.ts";

/** Seconds that the server may wait for something to tell. */
export const WAIT = 25;
const LONGEST_PAUSE = 15_000;

/** Waits on the server for news and takes them; gives whether there may be more. */
type Ask = (signal: AbortSignal) => Promise<boolean>;

/**
 * Waits for what changes on the server, again and again, while the page is looked at. There are `apart` milliseconds
 * between two calls of `ask`; one that went wrong is tried again, ever more rarely. Another `key` begins anew, and without
 * one nothing is waited for.
 */
export function useLive(key: string | undefined, ask: Ask, apart: number = 2_000): void {
  const latest = useRef(ask);
  useEffect(() => {
    latest.current = ask;
  });
  useEffect(() => {
    if (key === undefined) return undefined;
    const stop = new AbortController();
    void keepAsking((signal) => latest.current(signal), apart, stop.signal);
    return () => stop.abort();
  }, [key, apart]);
}

async function keepAsking(ask: Ask, apart: number, stop: AbortSignal): Promise<void> {
  let failed = 0;
  while (!stop.aborted) {
    await untilShown(stop);
    if (stop.aborted) return;
    const shown = whileShown(stop);
    try {
      if (!(await ask(shown))) return;
      failed = 0;
    } catch (error) {
      if (stop.aborted || isFinal(error)) return;
      if (!shown.aborted) failed += 1;
    }
    await pause(failed ? Math.min(LONGEST_PAUSE, apart * 2 ** failed) : apart, stop);
  }
}

/** Whether the same call would be refused again. Who has to sign in anew goes on after that. */
function isFinal(error: unknown): boolean {
  const { status } = asProblem(error);
  return status >= 400 && status < 500 && ![401, 408, 429].includes(status);
}

const isShown = () => document.visibilityState === "visible";

function untilShown(stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (isShown() || stop.aborted) return resolve();
    const look = () => {
      if (!isShown() && !stop.aborted) return;
      document.removeEventListener("visibilitychange", look);
      resolve();
    };
    document.addEventListener("visibilitychange", look);
    stop.addEventListener("abort", look, { once: true });
  });
}

/** Aborted when the page is hidden, or with `stop`. */
function whileShown(stop: AbortSignal): AbortSignal {
  const hidden = new AbortController();
  const look = () => isShown() || hidden.abort();
  document.addEventListener("visibilitychange", look);
  const either = AbortSignal.any([stop, hidden.signal]);
  either.addEventListener("abort", () => document.removeEventListener("visibilitychange", look), {
    once: true,
  });
  return either;
}
