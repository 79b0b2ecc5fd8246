import { NotForYou as NotOpen } from "../../parts/NotForYou.tsx";
import { Section } from "./Section.tsx";

/** In the place of what only an administrator sees. */
export function NotForYou({ what }: { what: string }) {
  return (
    <Section title={what}>
      <NotOpen scope="admin" title="This is for administrators" />
    </Section>
  );
}
