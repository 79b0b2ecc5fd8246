import { Badge, Text } from "@mantine/core";
import { count } from "../../parts/times.ts";
import classes from "./Library.module.css";
import { colorOf, nameOf, partsOf, type State } from "./words.ts";

export function StateBadge({ state }: { state: State }) {
  return (
    <Badge color={colorOf(state)} size="sm">
      {nameOf(state)}
    </Badge>
  );
}

/** How many documents are in each state, as a bar and in words. `choose` narrows a list to one of them. */
export function Counts({
  counts,
  chosen,
  choose,
}: {
  counts: Partial<Record<string, number>>;
  chosen?: string;
  choose?: (state: State | "") => void;
}) {
  const all = partsOf(counts);
  const inside = all.filter(({ state }) => state !== "deleted");
  const parts = choose ? all : inside;
  if (!parts.length) {
    return (
      <Text size="sm" c="dimmed">
        No documents yet
      </Text>
    );
  }
  return (
    <div>
      <div className={classes.bar} aria-hidden>
        {inside.map(({ state, count: many }) => (
          <span
            key={state}
            style={{ flexGrow: many, background: `var(--mantine-color-${colorOf(state)}-6)` }}
          />
        ))}
      </div>
      <ul className={classes.legend}>
        {parts.map(({ state, count: many }) => {
          const said = (
            <>
              <span
                className={classes.dot}
                style={{ background: `var(--mantine-color-${colorOf(state)}-6)` }}
                aria-hidden
              />
              {count(many)} {nameOf(state).toLowerCase()}
            </>
          );
          return (
            <li key={state}>
              {choose ? (
                <button
                  type="button"
                  className={classes.choice}
                  aria-pressed={chosen === state}
                  onClick={() => choose(chosen === state ? "" : state)}
                >
                  {said}
                </button>
              ) : (
                said
              )}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
