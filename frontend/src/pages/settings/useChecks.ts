import { useCallback, useRef, useState } from "react";
import { asProblem } from "../../api/client.ts";
import { type Check, checked } from "./calls.ts";

/** Checks that are made at the same time: some ask models, and a desk has other work. */
const AT_ONCE = 3;

export interface Standing {
  checking: boolean;
  /** What the last check found. */
  said?: Check;
}

/** How connections stand, as far as they were checked, and a way to check some of them. */
export function useChecks() {
  const [standings, set] = useState<Record<string, Standing>>({});
  const queue = useRef<string[]>([]);
  const running = useRef(0);

  const next = useCallback(() => {
    while (running.current < AT_ONCE) {
      const name = queue.current.shift();
      if (name === undefined) return;
      running.current += 1;
      checked(name)
        .catch((error): Check => failed(name, asProblem(error).message))
        .then((said) => set((now) => ({ ...now, [name]: { checking: false, said } })))
        .finally(() => {
          running.current -= 1;
          next();
        });
    }
  }, []);

  const check = useCallback(
    (names: string[]) => {
      const fresh = names.filter((name) => !queue.current.includes(name));
      queue.current.push(...fresh);
      set((now) => {
        const begun = fresh.map((name): [string, Standing] => [name, { ...now[name], checking: true }]);
        return { ...now, ...Object.fromEntries(begun) };
      });
      next();
    },
    [next],
  );

  return { standings, check };
}

/** A check that the server did not make. */
function failed(name: string, detail: string): Check {
  return { name, ok: false, ms: 0, tried: [{ name: "check", ok: false, detail }] };
}
