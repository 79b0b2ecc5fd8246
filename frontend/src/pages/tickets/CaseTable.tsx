import { Text } from "@mantine/core";
import { Fragment } from "react";
import type { Schema } from "../../api/client.ts";
import classes from "./policy.module.css";

type Policy = Schema<"PolicyOut">;
type Case = Policy["table"]["cases"][number];

const SIGNS = { yes: "✓", no: "✗", any: "–" };

/** The policy as a decision table: conditions in rows, cases in columns, what is done below. */
export function CaseTable({ policy }: { policy: Policy }) {
  const { conditions, cases, cut } = policy.table;
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Decision table">
        <table className={classes.cases}>
          <thead>
            <tr>
              <th scope="col">Condition</th>
              {cases.map((_, index) => (
                <th key={index} scope="col">
                  {index + 1}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {conditions.map((condition) => (
              <tr key={condition.text}>
                <th scope="row" title={condition.text}>
                  {condition.clause}
                </th>
                {cases.map((each, index) => (
                  <Cell key={index} holds={each.holds[condition.text]} />
                ))}
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">What is done</th>
              {cases.map((each, index) => (
                <td key={index}>
                  <Done done={each.done} />
                </td>
              ))}
            </tr>
          </tfoot>
        </table>
      </section>
      {cut && (
        <Text size="sm" c="dimmed" mt="xs">
          There are more than these {cases.length} cases.
        </Text>
      )}
    </>
  );
}

function Cell({ holds }: { holds: boolean | undefined }) {
  const is = holds === undefined ? "any" : holds ? "yes" : "no";
  const said = { yes: "yes", no: "no, or it cannot be told", any: "it does not matter" }[is];
  return (
    <td data-is={is} title={said}>
      <span aria-hidden>{SIGNS[is]}</span>
      <span className={classes.hidden}>{said}</span>
    </td>
  );
}

function Done({ done }: { done: Case["done"] }) {
  if (!done.length) return <Text size="xs">goes to a person</Text>;
  return done.map((each, index) => (
    <Text key={index} size="xs" title={`By rule ${each.rule}`}>
      {each.verdict === "ask" && "asks: "}
      {each.verdict === "deny" && "denies "}
      <Name name={each.action} />
    </Text>
  ));
}

/** A tool's name, which may be broken between its words: "assignTicketToOwner" has no blanks. */
function Name({ name }: { name: string }) {
  return name.split(/(?<=[a-z0-9_.-])(?=[A-Z])/).map((word, index) => (
    <Fragment key={index}>
      {index > 0 && <wbr />}
      {word}
    </Fragment>
  ));
}
