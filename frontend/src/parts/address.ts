import { useCallback, useEffect, useMemo } from "react";
import { useLocation, useSearch, useSearchParams } from "wouter";

/** A part of the address as it was before it was put there; what is no part of an address stays as it is. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const LEFT = "deskhand-left ";

/** The address of a list as it was left, with what narrowed it. */
export function asLeft(list: string): string {
  const asked = sessionStorage.getItem(LEFT + list);
  return asked ? `${list}?${asked}` : list;
}

/** Keeps what the address asks for now, for the way back to it. */
export function useLeft(): void {
  const [here] = useLocation();
  const asked = useSearch();
  useEffect(() => sessionStorage.setItem(LEFT + here, asked), [here, asked]);
}

/** What a list's address asks for, so that the list can be kept, shared and gone back to; and how to change it. */
export function useInAddress<Wanted>(
  wantedOf: (given: URLSearchParams) => Wanted,
  writtenOf: (wanted: Wanted) => URLSearchParams,
): [Wanted, (change: Partial<Wanted>) => void] {
  const [given, setGiven] = useSearchParams();
  const written = given.toString();
  useLeft();
  const wanted = useMemo(() => wantedOf(new URLSearchParams(written)), [written, wantedOf]);
  const set = useCallback(
    (change: Partial<Wanted>) =>
      setGiven((before) => writtenOf({ ...wantedOf(before), ...change }), { replace: true }),
    [setGiven, wantedOf, writtenOf],
  );
  return [wanted, set];
}
