import { ActionIcon, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "wouter";
import { call } from "../api/client.ts";
import { SignOutIcon } from "../parts/icons.ts";
import { useMe } from "../session.tsx";
import classes from "./Frame.module.css";

/** Who is signed in, and the way out. */
export function Who() {
  const { principal } = useMe();
  const leave = useMutation({
    mutationFn: () => call("/v1/session", { method: "DELETE" }),
    // All that was fetched goes with the page.
    onSettled: () => {
      sessionStorage.clear();
      location.assign("/console/sign-in");
    },
  });
  return (
    <section className={classes.who} aria-label="Who is signed in">
      <Link href="/settings" className={classes.whom} title={principal.id}>
        <Text size="sm" fw={550} truncate>
          {principal.id}
        </Text>
        <Text size="xs" c="dimmed" truncate>
          {principal.groups.length ? principal.groups.join(", ") : "in no group"}
        </Text>
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
