import { Anchor, Stack, Text } from "@mantine/core";
import { useWindowEvent } from "@mantine/hooks";
import { Dialog } from "../../parts/Dialog.tsx";
import type { Me } from "../../session.tsx";
import { whoIsHere } from "./calls.ts";
import { WithToken } from "./WithToken.tsx";

/** Stands before a page whose session has ended, and hides it, until the same person is signed in again. */
export default function SignedOut({ who, onBack }: { who: Me; onBack: (me: Me) => void }) {
  const enter = (me: Me) => {
    if (me.principal.id === who.principal.id) onBack(me);
    // The page is somebody else's, who begins with nothing of it.
    else location.assign("/console/");
  };
  // They may have signed in in another tab: by a link, for one.
  useWindowEvent("focus", () => {
    void whoIsHere()
      .then((me) => me && enter(me))
      .catch(() => {});
  });
  return (
    <Dialog
      onClose={() => {}}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="You are signed out"
      overlayProps={{ backgroundOpacity: 1, color: "var(--desk-ground)" }}
    >
      <Stack gap="md">
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          Your session has ended. Sign in again as <b>{who.principal.id}</b> to go on where you were; what you
          typed is still there.
        </Text>
        <WithToken here={null} onEnter={enter} />
        <Anchor size="sm" href="/console/sign-in">
          Leave this page
        </Anchor>
      </Stack>
    </Dialog>
  );
}
