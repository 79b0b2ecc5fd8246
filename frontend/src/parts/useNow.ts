import { useInterval } from "@mantine/hooks";
import { useEffect, useState, useSyncExternalStore } from "react";

/** The time, told again every so many milliseconds while something goes on. */
export function useNow(running: boolean, every: number): number {
  const [now, setNow] = useState(Date.now());
  const clock = useInterval(() => setNow(Date.now()), every);
  useEffect(() => {
    if (!running) return undefined;
    setNow(Date.now());
    clock.start();
    return clock.stop;
  }, [running, clock.start, clock.stop]);
  return now;
}

const HALF_A_MINUTE = 30_000;
const listeners = new Set<() => void>();
let clock: ReturnType<typeof setInterval> | undefined;

function listen(told: () => void): () => void {
  listeners.add(told);
  clock ??= setInterval(() => {
    for (const each of listeners) each();
  }, HALF_A_MINUTE);
  return () => {
    listeners.delete(told);
    if (listeners.size) return;
    clearInterval(clock);
    clock = undefined;
  };
}

/** Has what shows how long ago something was say so anew each half minute; one clock serves them all. */
export function useAging(): void {
  useSyncExternalStore(listen, () => Math.floor(Date.now() / HALF_A_MINUTE));
}
