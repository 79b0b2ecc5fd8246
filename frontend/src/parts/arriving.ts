/** The id of what stands on every page but its frame. */
export const MAIN = "main";

/** After somebody went to another page: they are at its title, unless something there is theirs to type in. */
export function arrive(main: HTMLElement | null): void {
  const at = document.activeElement;
  if (at !== null && at !== document.body && !at.closest("header, #menu")) return;
  const title = main?.querySelector<HTMLElement>("h1[tabindex]") ?? main;
  title?.focus({ preventScroll: true });
}

/** Whether somebody who came to a page has not gone to anything in it: what they came for may have the keyboard. */
export function atHand(): boolean {
  const at = document.activeElement;
  return at === null || at === document.body || at.id === MAIN || at.matches("h1");
}

/** A title that comes late, or another in its place, is read to who waits for it. Gives what to do when it goes. */
export function arrived(title: HTMLElement | null): () => void {
  if (document.activeElement?.id === MAIN) title?.focus({ preventScroll: true });
  return () => {
    if (title && document.activeElement === title) {
      document.getElementById(MAIN)?.focus({ preventScroll: true });
    }
  };
}
