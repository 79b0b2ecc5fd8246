import { Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { Me } from "../../session.tsx";
import { signIn } from "./calls.ts";
import { Failed } from "./Failed.tsx";

interface WithLinkProps {
  code: string;
  /** Who is signed in already. */
  here: Me | null;
  onEnter: (me: Me) => void;
  onGiveUp: () => void;
}

/** Signs in with a link's code: at once where nobody is signed in, else after asking, as the link may be anybody's. */
export function WithLink({ code, here, onEnter, onGiveUp }: WithLinkProps) {
  const entering = useMutation({ mutationFn: () => signIn({ code }), onSuccess: onEnter });
  const begun = useRef(false);
  const { mutate } = entering;
  useEffect(() => {
    if (here || begun.current) return;
    begun.current = true;
    mutate();
  }, [here, mutate]);

  if (entering.error) {
    return (
      <Stack gap="sm">
        <Failed error={entering.error} />
        <Button variant="default" onClick={onGiveUp}>
          {here ? `Stay signed in as ${here.principal.id}` : "Sign in with a token instead"}
        </Button>
      </Stack>
    );
  }
  if (!here || entering.isPending || entering.isSuccess) {
    return (
      <Text size="sm" c="dimmed" role="status">
        Signing in with the link…
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm">
        This browser is signed in as <b>{here.principal.id}</b>. The link signs in whom it was made for, and
        signs {here.principal.id} out.
      </Text>
      <Button onClick={() => mutate()}>Sign in with the link</Button>
      <Button variant="default" onClick={() => onEnter(here)}>
        Stay signed in as {here.principal.id}
      </Button>
    </Stack>
  );
}
