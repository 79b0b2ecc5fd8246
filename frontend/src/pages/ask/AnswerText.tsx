import { lazy, memo, Suspense } from "react";
import classes from "./AnswerText.module.css";

// What reads Markdown weighs more than the page. Where it cannot be fetched, the words are there all the same.
const fetched = () => import("./Marked.tsx").catch(() => ({ default: Unmarked }));
const Marked = lazy(fetched);

/** Fetches what reads Markdown, for an answer that is to come. */
export function expectAnswers(): void {
  void fetched();
}

/** An answer's text with its marks as buttons, or a draft's, whose marks are only shown. */
export const AnswerText = memo(function AnswerText({
  text,
  sources,
  show,
  lang,
}: {
  text: string;
  sources: number;
  show?: (number: number) => void;
  lang?: string;
}) {
  const plain = <p className={classes.plain}>{text}</p>;
  return (
    <div className={classes.text} lang={lang} dir="auto">
      <Suspense fallback={plain}>
        <Marked text={text} marks={{ most: sources, show }} plain={plain} />
      </Suspense>
    </div>
  );
});

function Unmarked({ text }: { text: string }) {
  return <p className={classes.plain}>{text}</p>;
}
