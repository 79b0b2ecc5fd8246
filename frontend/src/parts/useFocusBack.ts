import { useEffect, useState } from "react";
import { arrive, MAIN } from "./arriving.ts";

/**
 * What had the keyboard before this came has it again when this has gone; where that is gone too, the page's title.
 * Mantine gives it back only where a dialog stays in the page while it is closed.
 */
export function useFocusBack(): void {
  const [before] = useState(() => document.activeElement);
  useEffect(
    () => () => {
      // Later, so that whatever takes the keyboard by itself (a page that was gone to) has it.
      setTimeout(() => {
        const at = document.activeElement;
        if (at !== null && at !== document.body) return;
        if (before instanceof HTMLElement && before !== document.body) before.focus({ preventScroll: true });
        if (document.activeElement !== before) arrive(document.getElementById(MAIN));
      });
    },
    [before],
  );
}
