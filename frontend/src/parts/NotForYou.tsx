import { useMe } from "../session.tsx";
import { PolicyIcon } from "./icons.ts";
import { Nothing } from "./Nothing.tsx";

/** In the place of what takes a scope that the one who is signed in does not have: who can give it, and how. */
export function NotForYou({ scope, title = "This is not open to you" }: { scope: string; title?: string }) {
  const { principal, scopes } = useMe();
  const asked = [...scopes, scope].map((each) => ` --scope ${each}`).join("");
  return (
    <Nothing Icon={PolicyIcon} title={title}>
      You are signed in without the scope <code>{scope}</code>. Whoever runs this desk makes you a link that
      has it: <code>{`deskhand tokens link ${principal.id}${asked}`}</code>
    </Nothing>
  );
}
