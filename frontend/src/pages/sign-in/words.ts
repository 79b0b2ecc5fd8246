import type { Problem } from "../../api/problem.ts";

/** What somebody who could not sign in is told: the server speaks to operators, too. */
export function saidOf(problem: Problem): { title: string; next: string } {
  if (problem.code === "busy") {
    const seconds = Math.ceil(problem.retryAfter ?? 60);
    return {
      title: "Too many tries failed.",
      next: `Wait ${seconds === 1 ? "a second" : `${seconds} seconds`}, then try again.`,
    };
  }
  const detail = problem.message;
  return { title: `${detail.charAt(0).toUpperCase()}${detail.slice(1)}`, next: problem.next };
}

/** A text cut where it names commands: these stand between backticks. */
export function spans(text: string): { text: string; code: boolean }[] {
  return text.split("`").flatMap((part, index) => (part ? [{ text: part, code: index % 2 === 1 }] : []));
}
