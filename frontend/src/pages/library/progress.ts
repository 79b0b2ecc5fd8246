import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { follow } from "../../api/stream.ts";
import { useMay } from "../../session.tsx";
import { refresh, type Source } from "./calls.ts";

/** How far an ingestion is. */
export interface Progress {
  done: number;
  total: number;
  rate: number;
  secondsLeft: number | null;
}

function progressOf(data: Record<string, unknown>): Progress {
  const number = (name: string): number => (typeof data[name] === "number" ? data[name] : 0);
  const left = data.seconds_left;
  return {
    done: number("done"),
    total: number("total"),
    rate: number("rate"),
    secondsLeft: typeof left === "number" ? left : null,
  };
}

/** How far a source's ingestion is, as it happens; null while nothing is known. When it ends, all is looked at again. */
export function useProgress(source: Source | undefined): Progress | null {
  const client = useQueryClient();
  const may = useMay("ingest");
  const [progress, setProgress] = useState<Progress | null>(null);
  const events = source?.state === "syncing" && may ? source.run?.events : null;
  useEffect(() => {
    setProgress(null);
    if (!events) return;
    const stop = new AbortController();
    void (async () => {
      try {
        for await (const event of follow(events, { signal: stop.signal })) {
          if (event.type === "progress") setProgress(progressOf(event.data));
        }
      } catch {
        // The source's own state, which is polled meanwhile, tells how it ended.
      }
      if (!stop.signal.aborted) await refresh(client);
    })();
    return () => stop.abort();
  }, [events, client]);
  return progress;
}
