import { ActionIcon, Text } from "@mantine/core";
import { Link } from "wouter";
import { asProblem } from "../api/client.ts";
import { SignOutIcon } from "../parts/icons.ts";
import { useMe } from "../session.tsx";
import { useSignOut } from "../signOut.ts";
import classes from "./Frame.module.css";

/** Who is signed in, and the way out. */
export function Who() {
  const { principal } = useMe();
  const leave = useSignOut();
  return (
    <section className={classes.who} aria-label="Who is signed in">
      <Link href="/settings" className={classes.whom} title={principal.id}>
        <Text size="sm" fw={550} truncate>
          {principal.id}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {principal.groups.length ? principal.groups.join(", ") : "in no group"}
        </Text>
        {leave.error && (
          <Text size="xs" c="red" role="alert">
            You are still signed in: {asProblem(leave.error).message}
          </Text>
        )}
      </Link>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        loading={leave.isPending}
        onClick={() => leave.mutate()}
        aria-label="Sign out"
        title="Sign out"
      >
        <SignOutIcon size={18} aria-hidden />
      </ActionIcon>
    </section>
  );
}
