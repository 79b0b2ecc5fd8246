import { type ReactNode, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../session.tsx";
import classes from "./Settings.module.css";

const SECTIONS = [
  { to: "/settings", name: "Connections", admin: true },
  { to: "/settings/people", name: "People", admin: true },
  { to: "/settings/tokens", name: "Tokens", admin: false },
  { to: "/settings/values", name: "Settings", admin: true },
  { to: "/settings/about", name: "You and this desk", admin: false },
];

/** One of the pages of settings, with the way to the others. */
export function Section({
  title,
  actions,
  fills = false,
  children,
}: {
  title: string;
  actions?: ReactNode;
  fills?: boolean;
  children: ReactNode;
}) {
  const [at] = useLocation();
  const admin = useMay("admin");
  const sections = useRef<HTMLElement>(null);
  useEffect(() => {
    const here = sections.current?.querySelector("[aria-current]");
    here?.scrollIntoView({ block: "nearest", inline: "center" });
  }, []);
  return (
    <Page
      title={title}
      actions={actions}
      fills={fills}
      above={
        <nav ref={sections} className={classes.sections} aria-label="Pages of settings">
          {SECTIONS.filter((section) => admin || !section.admin).map(({ to, name }) => (
            <Link
              key={to}
              href={to}
              className={classes.section}
              data-here={at === to || undefined}
              aria-current={at === to ? "page" : undefined}
            >
              {name}
            </Link>
          ))}
        </nav>
      }
    >
      {children}
    </Page>
  );
}
