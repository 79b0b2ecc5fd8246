import { memo, type ReactNode, useMemo } from "react";
import classes from "./AnswerText.module.css";
import { type Block, blocksOf, type Inline } from "./markdown.ts";

/** How the marks of sources are shown: those up to `most` are marks, others are text. */
interface Marks {
  most: number;
  /** Shows a source; without it the text is a draft, whose marks lead nowhere yet. */
  show?: ((number: number) => void) | undefined;
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
  const blocks = useMemo(() => blocksOf(text), [text]);
  return (
    <div className={classes.text} lang={lang} dir="auto">
      {drawn(blocks, { most: sources, show })}
    </div>
  );
});

function drawn(blocks: Block[], marks: Marks): ReactNode[] {
  return blocks.map((block, index) => <Drawn key={index} block={block} marks={marks} />);
}

function Drawn({ block, marks }: { block: Block; marks: Marks }) {
  switch (block.kind) {
    case "paragraph":
      return <p>{written(block.children, marks)}</p>;
    case "heading":
      // The page has headings of its own; those of an answer are only shown as such.
      return <p className={classes.heading}>{written(block.children, marks)}</p>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        <pre tabIndex={0}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote>{drawn(block.children, marks)}</blockquote>;
    case "rule":
      return <hr />;
    case "list": {
      const items = block.items.map((item, index) => <li key={index}>{drawn(item, marks)}</li>);
      return block.ordered ? <ol start={block.start}>{items}</ol> : <ul>{items}</ul>;
    }
    case "table":
      return <Table head={block.head} rows={block.rows} marks={marks} />;
  }
}

function Table({ head, rows, marks }: { head: Inline[][]; rows: Inline[][][]; marks: Marks }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <div className={classes.scrolling} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {head.map((cell, index) => (
              <th key={index}>{written(cell, marks)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, place) => (
                <td key={place}>{written(cell, marks)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function written(parts: Inline[], marks: Marks): ReactNode[] {
  return parts.map((part, index) =>
    typeof part === "string" ? part : <Written key={index} part={part} marks={marks} />,
  );
}

function Written({ part, marks }: { part: Exclude<Inline, string>; marks: Marks }) {
  switch (part.kind) {
    case "strong":
      return <strong>{written(part.children, marks)}</strong>;
    case "em":
      return <em>{written(part.children, marks)}</em>;
    case "del":
      return <del>{written(part.children, marks)}</del>;
    case "code":
      return <code>{part.text}</code>;
    case "break":
      return <br />;
    case "mark":
      return <Mark number={part.number} marks={marks} />;
    case "link":
      return <Out href={part.href}>{written(part.children, marks)}</Out>;
  }
}

function Mark({ number, marks: { most, show } }: { number: number; marks: Marks }) {
  if (number < 1 || number > most) return `[${number}]`;
  if (!show) return <sup className={classes.draft}>{number}</sup>;
  return (
    <button
      type="button"
      className={classes.mark}
      onClick={() => show(number)}
      aria-label={`Source ${number}`}
    >
      {number}
    </button>
  );
}

/** A link to another place; an address that a browser should not be sent to is only its words. */
function Out({ href, children }: { href: string; children: ReactNode }) {
  if (!/^(https?:\/\/|mailto:)/i.test(href)) return <span>{children}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  );
}
