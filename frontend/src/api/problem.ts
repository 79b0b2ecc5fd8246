/** What to do about what the server says to programs as well, where a page has other means. */
const HERE: Record<string, string> = {
  "bad-input": "Change it, then send it again.",
  "not-allowed": "Ask whoever runs this desk to let you do it.",
  "not-found": "It may have been deleted, or it is not yours to see.",
};

/** What the server says when it cannot do what was asked, or what we say when it cannot be reached. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  /** What to do now. */
  readonly next: string;
  /** What to quote to an operator. */
  readonly reference: string | undefined;
  /** Seconds to wait before it is worth another try. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    code: string,
    detail: string,
    next: string,
    more: { reference?: string; retryAfter?: number } = {},
  ) {
    super(detail);
    this.name = "Problem";
    this.status = status;
    this.code = code;
    this.next = next;
    this.reference = more.reference;
    this.retryAfter = more.retryAfter;
  }
}

/** The problem that a response tells of (RFC 9457), whatever its body is. */
export async function problemOf(response: Response): Promise<Problem> {
  const wait = Number(response.headers.get("retry-after"));
  const retryAfter = Number.isFinite(wait) && wait > 0 ? wait : undefined;
  const said: unknown = await response.json().catch(() => null);
  const text = (name: string): string | undefined => {
    const value = said && typeof said === "object" ? (said as Record<string, unknown>)[name] : undefined;
    return typeof value === "string" ? value : undefined;
  };
  const code = text("code") ?? "http";
  return new Problem(
    response.status,
    code,
    text("detail") ?? `The server said ${response.status} ${response.statusText}`.trim(),
    HERE[code] ?? text("next") ?? "Try again in a moment.",
    { reference: text("reference"), retryAfter },
  );
}

/** Whether a part of the console itself could not be fetched, in the words of Vite, Chromium, Firefox and Safari. */
function isUnfetched(thrown: unknown): boolean {
  return (
    thrown instanceof Error && /preload CSS|dynamically imported|Importing a module/i.test(thrown.message)
  );
}

/** The problem in whatever was thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  if (thrown instanceof TypeError && !isUnfetched(thrown)) {
    return new Problem(
      0,
      "unreachable",
      "The server cannot be reached.",
      "Check the connection, then try again.",
    );
  }
  if (isUnfetched(thrown)) {
    return new Problem(
      0,
      "unfetched",
      "This page could not be fetched.",
      "The server is away, or was brought up to date meanwhile. Load the page again.",
    );
  }
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem(0, "console", detail, "Load the page again; if it persists, report what stands here.");
}
