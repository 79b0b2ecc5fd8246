import { useQuery, useQueryClient } from "@tanstack/react-query";
import { createContext, lazy, type ReactNode, Suspense, useContext, useEffect, useState } from "react";
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

const SignedOut = lazy(() => import("./pages/sign-in/SignedOut.tsx"));
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

const WHOSE = "deskhand-whose";

/** What somebody else began in this tab (a question on its way, a ticket being written) is not for who comes after. */
function forgetOthers(id: string): void {
  if (sessionStorage.getItem(WHOSE) === id) return;
  sessionStorage.clear();
  sessionStorage.setItem(WHOSE, id);
}

/** What goes for everybody who comes in, however they did. */
export function welcome(me: Me): Me {
  setCsrf(me.csrf);
  forgetOthers(me.principal.id);
  return me;
}

async function whoami(): Promise<Me> {
  return welcome((await (await call("/v1/session")).json()) as Me);
}

/**
 * Shows its children to somebody who is signed in, and the way in to everybody else. Whose session ends on a page stays
 * there behind the way in: what was typed is there when they are back.
 */
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
  const [out, setOut] = useState(false);
  useEffect(() => onSignedOut(() => setOut(true)), []);
  const back = (me: Me) => {
    welcome(me);
    client.setQueryData(ME, me);
    setOut(false);
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey !== ME });
  };
  if (data) {
    return (
      <Signed.Provider value={data}>
        {children}
        {out && (
          <Suspense>
            <SignedOut who={data} onBack={back} />
          </Suspense>
        )}
      </Signed.Provider>
    );
  }
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
