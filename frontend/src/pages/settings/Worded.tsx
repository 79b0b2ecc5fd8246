/** A text of the server's, in which what is to be typed stands between backticks. */
export function Worded({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part));
}
