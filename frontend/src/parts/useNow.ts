import { useInterval } from "@mantine/hooks";
import { useEffect, useState } from "react";

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
