import classes from "./ticket.module.css";
import { valueInWords } from "./words.ts";

/** Facts with their values, by name. */
export function Facts({ facts }: { facts: Record<string, unknown> }) {
  const names = Object.keys(facts).sort();
  if (!names.length) return null;
  return (
    <dl className={classes.facts}>
      {names.map((name) => (
        <Fact key={name} name={name} value={facts[name]} />
      ))}
    </dl>
  );
}

function Fact({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{valueInWords(value)}</dd>
    </>
  );
}
