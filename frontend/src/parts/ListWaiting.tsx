import { Button, Skeleton, Stack } from "@mantine/core";
import type { ComponentType } from "react";
import type { IconProps } from "./icons.ts";
import { Nothing } from "./Nothing.tsx";

/** What stands where the rows of a list will be. */
export function ListLoading() {
  return (
    <Stack gap="sm" role="status" aria-busy="true" aria-label="Loading">
      {Array.from({ length: 9 }, (_, row) => (
        <Skeleton key={row} height={46} />
      ))}
    </Stack>
  );
}

/** What stands where filters left no row, and the way back to all of them. */
export function NoneLikeThat({
  Icon,
  title,
  all,
}: {
  Icon: ComponentType<IconProps>;
  title: string;
  all: () => void;
}) {
  return (
    <Nothing Icon={Icon} title={title}>
      None of those that you may see.{" "}
      <Button variant="subtle" size="compact-sm" onClick={all}>
        Show all
      </Button>
    </Nothing>
  );
}
