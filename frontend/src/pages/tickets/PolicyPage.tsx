import { Badge, Code, ScrollArea, Skeleton, Stack, Table, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { asProblem, type Schema } from "../../api/client.ts";
import { Back } from "../../parts/Back.tsx";
import { PolicyIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { Page } from "../../parts/Page.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { CaseTable } from "./CaseTable.tsx";
import { usePolicy } from "./calls.ts";
import classes from "./policy.module.css";
import { VERDICTS } from "./words.ts";

type Policy = Schema<"PolicyOut">;

/** The policy in force: its rules in their order, what follows from them, and what they look at. */
export default function PolicyPage() {
  const { data, error, refetch } = usePolicy();
  return (
    <Page title="Policy" above={<Back to="/tickets">Tickets</Back>}>
      {data ? (
        <Shown policy={data} />
      ) : error ? (
        <Refused error={error} again={refetch} />
      ) : (
        <Skeleton height={300} role="status" aria-label="Loading" />
      )}
    </Page>
  );
}

function Refused({ error, again }: { error: unknown; again: () => void }) {
  const problem = asProblem(error);
  if (problem.status !== 403) return <ProblemNote error={error} again={again} />;
  return (
    <Nothing Icon={PolicyIcon} title="The policy is for who handles tickets">
      {problem.message}
    </Nothing>
  );
}

function Shown({ policy }: { policy: Policy }) {
  return (
    <Stack gap="md">
      <div>
        <Text>{policy.about}</Text>
        <Text size="sm" c="dimmed">
          {policy.name}, version {policy.version}, <Code>{policy.hash}</Code>. Every decision on record names
          it.
        </Text>
      </div>
      <Panel title="Rules">
        <Text size="sm" c="dimmed" mb="sm">
          Tried in this order for the action that is proposed; the first one whose conditions all hold
          decides. What is not known never makes an action allowed.
        </Text>
        <ol className={classes.rules}>
          {policy.rules.map((rule, index) => (
            <Rule key={rule.name} rule={rule} number={index + 1} />
          ))}
          <Default policy={policy} />
        </ol>
      </Panel>
      <Panel title="What follows from them">
        <Text size="sm" c="dimmed" mb="sm">
          Each column is one way in which the conditions can fall out, and what is then done.
        </Text>
        <CaseTable policy={policy} />
      </Panel>
      <Columns title="What is read from a ticket" heads={["Name", "Labels", "Is"]}>
        {policy.fields.map((field) => (
          <Table.Tr key={field.name}>
            <Table.Td className={classes.mono}>{field.name}</Table.Td>
            <Table.Td>{field.labels.join(", ")}</Table.Td>
            <Table.Td>
              {field.of.length ? field.of.join(", ") : field.kind}
              {field.default !== null && field.default !== undefined && (
                <Text span inherit c="dimmed">{` (otherwise ${String(field.default)})`}</Text>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Columns>
      <Columns title="What tools find out" heads={["Fact", "Called", "From"]}>
        {policy.facts.map((fact) => (
          <Table.Tr key={fact.name}>
            <Table.Td className={classes.mono}>{fact.name}</Table.Td>
            <Table.Td>{fact.called}</Table.Td>
            <Table.Td className={classes.mono}>
              {fact.tool} → {fact.takes}
            </Table.Td>
          </Table.Tr>
        ))}
      </Columns>
    </Stack>
  );
}

function Columns({ title, heads, children }: { title: string; heads: string[]; children: ReactNode }) {
  return (
    <Panel title={title}>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: "region", "aria-label": title }}>
        <Table verticalSpacing={6} className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              {heads.map((head) => (
                <Table.Th key={head}>{head}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>{children}</Table.Tbody>
        </Table>
      </ScrollArea>
    </Panel>
  );
}

function Rule({ rule, number }: { rule: Policy["rules"][number]; number: number }) {
  const verdict = VERDICTS[rule.then];
  return (
    <li className={classes.rule}>
      <div className={classes.name}>
        <Text size="xs" c="dimmed">
          {number}
        </Text>
        <div>
          <Text size="sm" fw={600}>
            {rule.name}
          </Text>
          <Text className={classes.mono}>{rule.action}</Text>
        </div>
      </div>
      <div>
        <Text size="xs" c="dimmed" className={classes.label}>
          When all of this is so
        </Text>
        <ul className={classes.clauses}>
          {rule.when.map((each) => (
            <li key={each.text} title={each.text}>
              {each.clause}
            </li>
          ))}
          {!rule.when.length && <li>always</li>}
        </ul>
      </div>
      <div>
        <Badge color={verdict?.color}>{rule.then === "ask" ? `Asks ${rule.asks}` : verdict?.name}</Badge>
        <Text size="sm" mt={6} className={classes.any}>
          {rule.because}
        </Text>
      </div>
    </li>
  );
}

function Default({ policy }: { policy: Policy }) {
  return (
    <li className={classes.rule}>
      <div className={classes.name}>
        <Text size="xs" c="dimmed">
          {policy.rules.length + 1}
        </Text>
        <Text size="sm" fw={600}>
          Everything else
        </Text>
      </div>
      <Text size="sm">Any other action, and any of these where no rule before decides.</Text>
      <div>
        <Badge color="red">Denied</Badge>
        <Text size="sm" mt={6}>
          The ticket goes to{" "}
          {policy.owner ? `${policy.owner}, or to ${policy.person} where that is nobody` : policy.person}.
        </Text>
      </div>
    </li>
  );
}
