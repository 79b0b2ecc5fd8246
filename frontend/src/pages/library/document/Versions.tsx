import { Badge, Skeleton, Table, Text } from "@mantine/core";
import { HistoryIcon } from "../../../parts/icons.ts";
import { MoreButton } from "../../../parts/MoreButton.tsx";
import { Nothing } from "../../../parts/Nothing.tsx";
import { Panel } from "../../../parts/Panel.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { bytes, count } from "../../../parts/times.ts";
import { When } from "../../../parts/When.tsx";
import { type Doc, useVersions } from "../calls.ts";
import classes from "../Library.module.css";

/** The versions that a document had, the newest first. */
export function Versions({ document, owned }: { document: Doc; owned: boolean }) {
  const found = useVersions(document.id);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (found.isPending) return <Skeleton height={120} />;
  const versions = found.data.pages.flat();
  if (!versions.length) {
    return (
      <Nothing Icon={HistoryIcon} title="No version is in the library">
        The first one is put here when the document has been read.
      </Nothing>
    );
  }
  return (
    <Panel>
      <Table verticalSpacing="xs" className={classes.versions}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Version</Table.Th>
            <Table.Th>Title</Table.Th>
            <Table.Th>Since</Table.Th>
            <Table.Th className={classes.wideCell}>Size</Table.Th>
            <Table.Th className={classes.wideCell}>Passages</Table.Th>
            <Table.Th className={classes.wideCell}>Taken out</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {versions.map(({ version, title, at, size, passages, redactions, present }) => (
            <Table.Tr key={version}>
              <Table.Td>
                {version} {present && <Badge size="xs">Searched</Badge>}
              </Table.Td>
              <Table.Td className={classes.reason}>
                <bdi>{title}</bdi>
              </Table.Td>
              <Table.Td>
                <When at={at} />
              </Table.Td>
              <Table.Td className={classes.wideCell}>{bytes(size)}</Table.Td>
              <Table.Td className={classes.wideCell}>{count(passages)}</Table.Td>
              <Table.Td className={classes.wideCell}>{count(sum(redactions))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <MoreButton found={found}>Show older ones</MoreButton>
      <Text size="xs" c="dimmed" mt="sm">
        {owned
          ? "The text of a version is kept as long as it is the one that is searched."
          : "Earlier versions are shown to the owner of the source."}
      </Text>
    </Panel>
  );
}

function sum(counts: Record<string, number>): number {
  return Object.values(counts).reduce((whole, times) => whole + times, 0);
}
