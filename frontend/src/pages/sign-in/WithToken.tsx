import { Button, Code, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import type { Me } from "../../session.tsx";
import { signIn } from "./calls.ts";
import { Failed } from "./Failed.tsx";

/** Signs in with a token; who is signed in already is sent on. */
export function WithToken({ here, onEnter }: { here: Me | null; onEnter: (me: Me) => void }) {
  const [token, setToken] = useState("");
  const entering = useMutation({ mutationFn: () => signIn({ token: token.trim() }), onSuccess: onEnter });
  useEffect(() => {
    if (here) onEnter(here);
  });
  if (here) return null;

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim()) entering.mutate();
      }}
    >
      <Stack gap="md">
        <PasswordInput
          label="Token"
          description="It begins with dh_, and was shown once when it was made."
          name="token"
          autoComplete="current-password"
          autoFocus
          required
          withAsterisk={false}
          value={token}
          onChange={(event) => setToken(event.currentTarget.value)}
          visibilityToggleButtonProps={{ "aria-label": "Show the token" }}
        />
        {entering.error && <Failed error={entering.error} />}
        <Button type="submit" loading={entering.isPending}>
          Sign in
        </Button>
        <Text size="sm" c="dimmed">
          No token? A link signs you in as well, once: on the server, <Code>deskhand serve</Code> prints one
          for its operator, and <Code>deskhand tokens link ana@example.com</Code> makes one for anybody.
        </Text>
      </Stack>
    </form>
  );
}
