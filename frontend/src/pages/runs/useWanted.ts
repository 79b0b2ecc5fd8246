import { useCallback, useMemo } from "react";
import { useSearchParams } from "wouter";
import { type Wanted, wantedOf, writtenOf } from "./wanted.ts";

/** Which runs the address asks for, so that a list can be kept, shared and gone back to. */
export function useWanted(): [Wanted, (change: Partial<Wanted>) => void] {
  const [given, setGiven] = useSearchParams();
  const written = given.toString();
  const wanted = useMemo(() => wantedOf(new URLSearchParams(written)), [written]);
  const set = useCallback(
    (change: Partial<Wanted>) =>
      setGiven((before) => writtenOf({ ...wantedOf(before), ...change }), { replace: true }),
    [setGiven],
  );
  return [wanted, set];
}
