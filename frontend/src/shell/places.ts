import type { ComponentType } from "react";
import { useLocation } from "wouter";
import { AskIcon, type IconProps, LibraryIcon, RunsIcon, SettingsIcon, TicketsIcon } from "../parts/icons.ts";
import { useMe } from "../session.tsx";

export interface Place {
  to: string;
  name: string;
  /** Pressed after "g". */
  key: string;
  Icon: ComponentType<IconProps>;
  here: boolean;
}

const ALL = [
  { to: "/ask", name: "Ask", key: "a", Icon: AskIcon, scope: "ask" },
  { to: "/library", name: "Library", key: "l", Icon: LibraryIcon, scope: "ask" },
  { to: "/tickets", name: "Tickets", key: "t", Icon: TicketsIcon, scope: "tickets" },
  { to: "/runs", name: "Runs", key: "r", Icon: RunsIcon, scope: "" },
  { to: "/settings", name: "Settings", key: "s", Icon: SettingsIcon, scope: "" },
];

/** The pages that the one who is signed in can use. */
export function usePlaces(): Place[] {
  const [at] = useLocation();
  const { scopes } = useMe();
  return ALL.filter(({ scope }) => !scope || scopes.includes(scope)).map(({ scope, ...place }) => ({
    ...place,
    here: at === place.to || at.startsWith(`${place.to}/`) || (place.to === "/ask" && at === "/"),
  }));
}
