import type { Nodes, Table as Rows, TableCell } from "mdast";
import { toString as wordsOf } from "mdast-util-to-string";
import { type ReactNode, useDeferredValue, useMemo } from "react";
import classes from "./AnswerText.module.css";
import { partsOf, treeOf } from "./markdown.ts";

/** How sources' marks are shown: those up to `most` are marks, others are text. */
export interface Marks {
  most: number;
  /** Shows a source; without it the text is a draft, whose marks lead nowhere yet. */
  show?: ((number: number) => void) | undefined;
}

const NO_MARKS: Marks = { most: 0 };
/** How deep what is marked is shown inside of what is marked; below that there are only words. */
const DEEPEST = 24;

/** A text with its Markdown drawn; `plain` stands for what is better not read as such. */
export default function Marked({ text, marks, plain }: { text: string; marks: Marks; plain: ReactNode }) {
  // While an answer comes in, its reader's keys and clicks come first.
  const read = useDeferredValue(text);
  const tree = useMemo(() => treeOf(read), [read]);
  return tree ? inside(tree, marks, 0) : plain;
}

function inside(node: Nodes, marks: Marks, deep: number): ReactNode {
  if (!("children" in node)) return null;
  if (deep > DEEPEST) return wordsOf(node);
  return node.children.map((child, index) => (
    <Drawn key={index} node={child} marks={marks} deep={deep + 1} />
  ));
}

function Drawn({ node, marks, deep }: { node: Nodes; marks: Marks; deep: number }) {
  switch (node.type) {
    case "text":
      return partsOf(node.value).map((part, index) => <Part key={index} part={part} marks={marks} />);
    case "paragraph":
      return <p>{inside(node, marks, deep)}</p>;
    case "heading":
      // The page has headings of its own; those of an answer are only shown as such.
      return <p className={classes.heading}>{inside(node, marks, deep)}</p>;
    case "code":
      return (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
        <pre tabIndex={0}>
          <code>{node.value}</code>
        </pre>
      );
    case "blockquote":
      return <blockquote>{inside(node, marks, deep)}</blockquote>;
    case "thematicBreak":
      return <hr />;
    case "list":
      return node.ordered ? (
        <ol start={node.start ?? 1}>{inside(node, marks, deep)}</ol>
      ) : (
        <ul>{inside(node, marks, deep)}</ul>
      );
    case "listItem":
      return <li>{inside(node, marks, deep)}</li>;
    case "table":
      return <Table rows={node} marks={marks} deep={deep} />;
    case "strong":
      return <strong>{inside(node, marks, deep)}</strong>;
    case "emphasis":
      return <em>{inside(node, marks, deep)}</em>;
    case "delete":
      return <del>{inside(node, marks, deep)}</del>;
    case "inlineCode":
      return <code>{node.value}</code>;
    case "break":
      return <br />;
    case "link":
      return <Out href={node.url}>{inside(node, NO_MARKS, deep)}</Out>;
    default:
      return wordsOf(node);
  }
}

function Table({ rows, marks, deep }: { rows: Rows; marks: Marks; deep: number }) {
  const [head, ...body] = rows.children;
  const cells = (row: TableCell[] = []) => row.map((cell) => inside(cell, marks, deep));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard
    <div className={classes.scrolling} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {cells(head?.children).map((cell, index) => (
              <th key={index}>{cell}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.map((row, index) => (
            <tr key={index}>
              {cells(row.children).map((cell, place) => (
                <td key={place}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Part({ part, marks: { most, show } }: { part: string | number; marks: Marks }) {
  if (part === "\n") return <br />;
  if (typeof part === "string") return part;
  if (part < 1 || part > most) return `[${part}]`;
  if (!show) return <sup className={classes.draft}>{part}</sup>;
  return (
    <button type="button" className={classes.mark} onClick={() => show(part)} aria-label={`Source ${part}`}>
      {part}
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
