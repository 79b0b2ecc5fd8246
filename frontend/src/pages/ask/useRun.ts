import { useEffect, useRef, useState } from "react";
import { Problem } from "../../api/client.ts";
import { follow, type StreamedEvent } from "../../api/stream.ts";
import { type Heard, heard, isLast, NOTHING_HEARD } from "./following.ts";

/** How often a stream is taken up again that ends before its run has. */
const TRIES = 8;
const PAUSE = 500;

export interface Run {
  heard: Heard;
  /** What keeps it from being heard. */
  error: unknown;
  again: () => void;
}

/** Listens to a run while it goes `on`, from its first event. Then `onEnd` is called. */
export function useRun(run: string, on: boolean, onEnd: () => void): Run {
  const [said, setSaid] = useState(NOTHING_HEARD);
  const [error, setError] = useState<unknown>(null);
  const [tried, setTried] = useState(0);
  const ended = useRef(onEnd);
  ended.current = onEnd;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `tried` begins anew
  useEffect(() => {
    if (!on) return;
    const stop = new AbortController();
    let all = NOTHING_HEARD;
    setError(null);
    setSaid(NOTHING_HEARD);
    const listen = async () => {
      for await (const event of events(run, stop.signal)) {
        all = heard(all, event);
        setSaid(all);
      }
      if (!stop.signal.aborted) ended.current();
    };
    listen().catch(setError);
    return () => stop.abort();
  }, [run, on, tried]);
  return { heard: said, error, again: () => setTried((times) => times + 1) };
}

async function* events(run: string, signal: AbortSignal): AsyncGenerator<StreamedEvent> {
  let after = "";
  for (let left = TRIES; left > 0 && !signal.aborted; left -= 1) {
    let last = false;
    // A run that failed and was resumed goes on after its "failed"; so it is heard to the stream's end.
    for await (const event of follow(`/v1/runs/${encodeURIComponent(run)}/events`, { signal, after })) {
      after = event.id || after;
      last = isLast(event);
      left = TRIES;
      yield event;
    }
    if (last) return;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  if (!signal.aborted) throw new Problem(0, "unreachable", "The stream broke off.", "Load the page again.");
}
