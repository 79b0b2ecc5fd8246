import { useCallback, useEffect, useState } from "react";

/** The code in what stands after "#", if there is one. */
export function codeIn(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("code");
}

/** Where to go once somebody is signed in: the page that they came for, which is one of ours and not this one. */
export function goesTo(search: string): string {
  const then = new URLSearchParams(search).get("then") ?? "/";
  const ours = /^\/(?![/\\])/.test(then) && !/^\/sign-in(?![^/?#])/.test(then);
  return ours ? then : "/";
}

/**
 * A code that was taken for a page that is not there yet: React may begin to draw it, drop that and begin again, and the
 * address has no code any more by then.
 */
let onItsWay: string | null = null;

/** The code of the link that led here. It leaves the address at once: neither history nor a bookmark keeps it. */
export function useCode(): [code: string | null, used: () => void] {
  const [code, setCode] = useState(() => taken() ?? onItsWay);
  useEffect(() => {
    onItsWay = null;
    const arrived = () => {
      const another = taken();
      onItsWay = null;
      if (another) setCode(another);
    };
    addEventListener("hashchange", arrived);
    return () => removeEventListener("hashchange", arrived);
  }, []);
  return [code, useCallback(() => setCode(null), [])];
}

function taken(): string | null {
  const code = codeIn(location.hash);
  if (code) {
    onItsWay = code;
    history.replaceState(history.state, "", location.pathname + location.search);
  }
  return code;
}
