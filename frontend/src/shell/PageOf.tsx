import { Skeleton, Stack } from "@mantine/core";
import { Component, type ComponentType, type LazyExoticComponent, type ReactNode, Suspense } from "react";
import { useLocation } from "wouter";
import { ProblemNote } from "../parts/ProblemNote.tsx";

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

class Boundary extends Component<{ children: ReactNode }, Caught> {
  override state: Caught = { error: null };

  static getDerivedStateFromError(error: unknown): Caught {
    return { error };
  }

  override render() {
    if (!this.state.error) return this.props.children;
    return <ProblemNote error={this.state.error} again={() => location.reload()} />;
  }
}
