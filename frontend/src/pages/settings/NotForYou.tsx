import { PolicyIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { Section } from "./Section.tsx";

/** In the place of what only an administrator sees. */
export function NotForYou({ what }: { what: string }) {
  return (
    <Section title={what}>
      <Nothing Icon={PolicyIcon} title="This is for administrators">
        Your token or link does not have the scope <code>admin</code>. An operator makes one that has it with{" "}
        <code>deskhand tokens create</code>.
      </Nothing>
    </Section>
  );
}
