import { type RefObject, useEffect, useRef } from "react";

const ROOM = 12;

/**
 * Keeps what is being written in sight: `box` scrolls with it until the last question stands at its top, and not after
 * its reader has scrolled back. Anew for each `last`; null for none.
 */
export function useScroll(box: RefObject<HTMLElement | null>, last: string | null): void {
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another last question is followed anew
  useEffect(() => {
    const outer = box.current;
    const inner = outer?.firstElementChild;
    if (!outer || !inner) return;
    follows.current = true;
    const leave = (event: Event) => {
      const key = event instanceof KeyboardEvent ? event.key : "";
      if (key === "" || /^(Arrow|Page|Home|End)/.test(key)) follows.current = false;
    };
    const follow = () => {
      if (!follows.current) return;
      const exchanges = inner.querySelectorAll<HTMLElement>("[data-exchange]");
      const question = exchanges[exchanges.length - 1];
      const end = outer.scrollHeight - outer.clientHeight;
      outer.scrollTop = question ? Math.min(end, question.offsetTop - ROOM) : end;
    };
    const watch = new ResizeObserver(follow);
    watch.observe(inner);
    follow();
    const left = ["wheel", "touchmove", "keydown", "pointerdown"];
    for (const type of left) outer.addEventListener(type, leave, { passive: true });
    return () => {
      watch.disconnect();
      for (const type of left) outer.removeEventListener(type, leave);
    };
  }, [box, last]);
}
