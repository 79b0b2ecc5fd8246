import { Skeleton, Table, Text } from "@mantine/core";
import { PolicyIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { count } from "../../parts/times.ts";
import { useRedactions } from "./calls.ts";
import { Kinds } from "./Kinds.tsx";
import { many } from "./words.ts";

/** What was taken out of a source's documents before anything of them was stored, and what was not looked for. */
export function RedactionReport({ source }: { source: string }) {
  const { data, error, refetch } = useRedactions(source);
  if (error) return <ProblemNote error={error} again={() => refetch()} />;
  if (!data) return <Skeleton height={200} />;
  const kinds = Object.keys(data.counts).length;
  return (
    <>
      <Panel title="What was taken out" mb="md">
        <Text size="sm" mb="md">
          Something was taken out of {count(data.redacted)} of {many(data.documents, "document")}.
          {data.blocked > 0 &&
            ` ${many(data.blocked, "document")} ${data.blocked === 1 ? "was" : "were"} kept out for what they hold.`}
        </Text>
        {kinds ? (
          <Kinds counts={data.counts} />
        ) : (
          <Nothing Icon={PolicyIcon} title="Nothing had to be taken out">
            None of what is looked for stands in these documents.
          </Nothing>
        )}
      </Panel>
      {data.unchecked.length > 0 && (
        <Panel title="What is not looked for">
          <Text size="sm" c="dimmed" mb="sm">
            Finding these takes a recogniser, and none is set up.
          </Text>
          <Table verticalSpacing={4}>
            <Table.Tbody>
              {data.unchecked.map(({ kind, what }) => (
                <Table.Tr key={kind}>
                  <Table.Td>{kind}</Table.Td>
                  <Table.Td c="dimmed">{what}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
    </>
  );
}
