import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect } from "react";
import { Redirect, useLocation, useSearch } from "wouter";
import { asProblem, call, onSignedOut, setCsrf } from "./api/client.ts";
import { ProblemNote } from "./parts/ProblemNote.tsx";

/** Who is signed in, and for what. */
export interface Me {
  principal: { id: string; kind: "person" | "service"; groups: string[] };
  scopes: string[];
  csrf: string;
  expires: string;
  version: string;
}

const Signed = createContext<Me | null>(null);

/** Who is signed in; only inside of `SignedIn`. */
export function useMe(): Me {
  const me = useContext(Signed);
  if (!me) throw new Error("nobody is signed in here");
  return me;
}

/** Whether the one who is signed in may do what takes this scope. */
export function useMay(scope: string): boolean {
  return useMe().scopes.includes(scope);
}

export const ME = ["session"];

async function whoami(): Promise<Me> {
  const me = (await (await call("/v1/session")).json()) as Me;
  setCsrf(me.csrf);
  return me;
}

/** Shows its children to somebody who is signed in, and the way in to everybody else. */
export function SignedIn({ children }: { children: ReactNode }) {
  const [here] = useLocation();
  const search = useSearch();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: ME,
    queryFn: whoami,
    staleTime: 300_000,
    retry: false,
  });
  useEffect(() => onSignedOut(() => client.resetQueries({ queryKey: ME })), [client]);
  if (data) return <Signed.Provider value={data}>{children}</Signed.Provider>;
  if (error) {
    const problem = asProblem(error);
    if (problem.status === 401) {
      const then = encodeURIComponent(search ? `${here}?${search}` : here);
      return <Redirect to={`/sign-in?then=${then}`} replace />;
    }
    return <ProblemNote error={error} again={() => refetch()} />;
  }
  return null;
}
