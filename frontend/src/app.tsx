import { MantineProvider } from "@mantine/core";
import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy } from "react";
import { Route, Router, Switch } from "wouter";
import { asProblem } from "./api/client.ts";
import { SignedIn } from "./session.tsx";
import { Frame } from "./shell/Frame.tsx";
import { PageOf } from "./shell/PageOf.tsx";
import { schemes, theme, variables } from "./theme.ts";

const Ask = lazy(() => import("./pages/ask/index.tsx"));
const Library = lazy(() => import("./pages/library/index.tsx"));
const Tickets = lazy(() => import("./pages/tickets/index.tsx"));
const Runs = lazy(() => import("./pages/runs/index.tsx"));
const Settings = lazy(() => import("./pages/settings/index.tsx"));
const SignIn = lazy(() => import("./pages/sign-in/index.tsx"));
const Missing = lazy(() => import("./pages/missing/index.tsx"));

/** How soon a server is looked for that did not answer, in milliseconds. */
const AGAIN = 5_000;
let look: ReturnType<typeof setTimeout> | undefined;

/** Whether the server did not hear it, or could not do it now. */
function away(error: unknown): boolean {
  return error !== null && [0, 502, 503, 504].includes(asProblem(error).status);
}

/** A server that is back is noticed without a click. */
function lookAgain(): void {
  clearTimeout(look);
  look = setTimeout(
    () => queries.refetchQueries({ type: "active", predicate: ({ state }) => away(state.error) }),
    AGAIN,
  );
}

const queries = new QueryClient({
  queryCache: new QueryCache({ onError: (error) => away(error) && lookAgain() }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // What the server refuses is refused again; only what did not reach it, or what it could not do, is tried anew.
      retry: (count, error) => count < 2 && away(error),
    },
  },
});

export function App({ nonce }: { nonce: string }) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={variables}
      colorSchemeManager={schemes}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <Router base="/console">
          <Switch>
            <Route path="/sign-in">
              <PageOf page={SignIn} />
            </Route>
            <Route>
              <SignedIn>
                <Frame>
                  <Pages />
                </Frame>
              </SignedIn>
            </Route>
          </Switch>
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Pages() {
  return (
    <Switch>
      <Route path="/library/*?">
        <PageOf page={Library} />
      </Route>
      <Route path="/tickets/*?">
        <PageOf page={Tickets} />
      </Route>
      <Route path="/runs/*?">
        <PageOf page={Runs} />
      </Route>
      <Route path="/settings/*?">
        <PageOf page={Settings} />
      </Route>
      <Route path="/ask/:conversation?">
        <PageOf page={Ask} />
      </Route>
      <Route path="/">
        <PageOf page={Ask} />
      </Route>
      <Route>
        <PageOf page={Missing} />
      </Route>
    </Switch>
  );
}
