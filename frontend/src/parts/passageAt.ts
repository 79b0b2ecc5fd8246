/** Where a document is shown at one of its passages, with what an answer quotes of it marked. */
export function passageAt(document: string, passage: number | null, answer?: string): string {
  const query = new URLSearchParams();
  if (passage !== null) query.set("passage", String(passage));
  if (passage !== null && answer) query.set("answer", answer);
  const there = `/library/documents/${encodeURIComponent(document)}`;
  return query.size ? `${there}?${query}` : there;
}
