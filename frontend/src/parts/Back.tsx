import { Anchor, Group } from "@mantine/core";
import { Link } from "wouter";
import { asLeft } from "./address.ts";

/** The way back to a list, as it was left. */
export function Back({ to, children }: { to: string; children: string }) {
  return (
    <Group mb={6}>
      <Anchor component={Link} href={asLeft(to)} size="sm">
        ← {children}
      </Anchor>
    </Group>
  );
}
