import { Skeleton, Stack } from "@mantine/core";
import { Component, type ComponentType, type LazyExoticComponent, type ReactNode, Suspense } from "react";
import { useLocation } from "wouter";
import { asProblem } from "../api/client.ts";
import { ProblemNote } from "../parts/ProblemNote.tsx";

/** How soon a server is looked for that did not answer, in milliseconds. */
const AGAIN = 5_000;

/** A page that is fetched when it is first looked at. What goes wrong in it stays in it. */
export function PageOf({ page: Shown }: { page: LazyExoticComponent<ComponentType> }) {
  const [here] = useLocation();
  return (
    <Boundary key={here.split("/")[1]}>
      <Suspense fallback={<Loading />}>
        <Shown />
      </Suspense>
    </Boundary>
  );
}

function Loading() {
  return (
    <Stack p="lg" role="status" aria-busy="true" aria-label="Loading">
      <Skeleton height={28} width={200} />
      <Skeleton height={16} />
      <Skeleton height={16} width="70%" />
    </Stack>
  );
}

interface Caught {
  error: unknown;
}

/** Does it once a server that was away is back; gives what to do to wait no more. */
function whenBack(then: () => void): () => void {
  let away = false;
  const look = setInterval(async () => {
    const well = await fetch("/health/live").then(
      ({ ok }) => ok,
      () => false,
    );
    if (well && away) then();
    // A server that answers has the page no more: to fetch it again by itself would never end.
    if (well) clearInterval(look);
    away = true;
  }, AGAIN);
  return () => clearInterval(look);
}

class Boundary extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: null };
  #look?: () => void;

  static getDerivedStateFromError(error: unknown): Caught {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    if (asProblem(error).code === "unfetched") this.#look = whenBack(() => location.reload());
  }

  override componentWillUnmount() {
    this.#look?.();
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return <ProblemNote error={this.state.error} again={() => location.reload()} />;
  }
}
