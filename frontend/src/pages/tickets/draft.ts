/** A ticket that is being written. `key` makes it one ticket, however often it is sent. */
export interface Draft {
  text: string;
  requester: string;
  id: string;
  key: string;
}

const KEPT = "deskhand-new-ticket";

function empty(): Draft {
  const random = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { text: "", requester: "", id: "", key };
}

export function readDraft(): Draft {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
    if (kept && typeof kept === "object" && "key" in kept) return { ...empty(), ...(kept as Partial<Draft>) };
  } catch {
    // Nothing that can be read was kept.
  }
  return empty();
}

export function writeDraft(draft: Draft): void {
  sessionStorage.setItem(KEPT, JSON.stringify(draft));
}

export function clearDraft(): Draft {
  sessionStorage.removeItem(KEPT);
  return empty();
}
