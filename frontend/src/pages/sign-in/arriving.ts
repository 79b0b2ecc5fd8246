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

/** The code of the link that led here. It leaves the address at once: neither history nor a bookmark keeps it. */
export function useCode(): [code: string | null, used: () => void] {
  const [code, setCode] = useState(taken);
  useEffect(() => {
    const arrived = () => setCode((before) => taken() ?? before);
    addEventListener("hashchange", arrived);
    return () => removeEventListener("hashchange", arrived);
  }, []);
  return [code, useCallback(() => setCode(null), [])];
}

function taken(): string | null {
  const code = codeIn(location.hash);
  if (code) history.replaceState(history.state, "", location.pathname + location.search);
  return code;
}
