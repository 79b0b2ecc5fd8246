import { lasting } from "../../parts/times.ts";
import { useNow } from "../../parts/useNow.ts";
import { goesOn, type Run } from "./words.ts";

/** How long a run took, or takes so far. */
export function Lasted({ run }: { run: Pick<Run, "state" | "began" | "seconds"> }) {
  const running = goesOn(run);
  const now = useNow(running, 1_000);
  return lasting(running ? Math.max(run.seconds, (now - Date.parse(run.began)) / 1000) : run.seconds);
}
