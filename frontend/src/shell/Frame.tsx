import { ActionIcon, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { Link, useLocation } from "wouter";
import { arrive, MAIN } from "../parts/arriving.ts";
import { CloseIcon, KeyboardIcon, MenuIcon } from "../parts/icons.ts";
import classes from "./Frame.module.css";
import { usePlaces } from "./places.ts";
import { SchemeButton } from "./SchemeButton.tsx";
import { Who } from "./Who.tsx";

const Keys = lazy(() => import("./Keys.tsx"));

/** How long after "g" the letter of a page is waited for, in milliseconds. */
const SOON = 1_500;

/** What stands around every page: the way to the other pages, who is signed in, light or dark. */
export function Frame({ children }: { children: ReactNode }) {
  const [open, menu] = useDisclosure(false);
  const [help, keys] = useDisclosure(false);
  const [here, go] = useLocation();
  const main = useRef<HTMLElement>(null);
  const pressed = useRef(0);
  const before = useRef(here);
  useEffect(() => {
    if (before.current !== here) arrive(main.current);
    before.current = here;
  }, [here]);
  const places = usePlaces();
  useHotkeys([
    [
      "g",
      () => {
        pressed.current = Date.now();
      },
    ],
    ["shift+?", keys.toggle],
    ["Escape", menu.close],
    ...places.map(({ key, to }): [string, () => void] => [
      key,
      () => Date.now() - pressed.current < SOON && go(to),
    ]),
  ]);
  return (
    <div className={classes.shell}>
      <header className={classes.header}>
        <button type="button" className={classes.skip} onClick={() => main.current?.focus()}>
          Skip to the page
        </button>
        <ActionIcon
          className={classes.burger}
          variant="subtle"
          color="gray"
          size="lg"
          onClick={menu.toggle}
          aria-expanded={open}
          aria-controls="menu"
          aria-label={open ? "Close the menu" : "Open the menu"}
        >
          {open ? <CloseIcon size={20} aria-hidden /> : <MenuIcon size={20} aria-hidden />}
        </ActionIcon>
        <UnstyledButton
          component={Link}
          href="/"
          className={classes.brand}
          aria-label="Deskhand, ask a question"
        >
          <img src="/console/favicon.svg" alt="" width={24} height={24} />
          <Text fw={700}>Deskhand</Text>
        </UnstyledButton>
        <div className={classes.tools}>
          <ActionIcon
            className={classes.wide}
            variant="subtle"
            color="gray"
            size="lg"
            onClick={keys.open}
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
          >
            <KeyboardIcon size={18} aria-hidden />
          </ActionIcon>
          <SchemeButton />
        </div>
      </header>
      <div id="menu" className={classes.menu} data-open={open || undefined}>
        <nav aria-label="Pages">
          {places.map(({ to, name, Icon, here }) => (
            <Link
              key={to}
              href={to}
              className={classes.place}
              data-here={here || undefined}
              aria-current={here ? "page" : undefined}
              onClick={menu.close}
            >
              <Icon size={18} aria-hidden />
              {name}
            </Link>
          ))}
        </nav>
        <Who />
      </div>
      <main ref={main} id={MAIN} tabIndex={-1} className={classes.main}>
        {children}
      </main>
      {help && (
        <Suspense>
          <Keys onClose={keys.close} />
        </Suspense>
      )}
    </div>
  );
}
