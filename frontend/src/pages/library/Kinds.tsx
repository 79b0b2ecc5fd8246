import { Table } from "@mantine/core";
import { count } from "../../parts/times.ts";
import classes from "./Kinds.module.css";

/** How much was taken out of each kind, the most first, with bars to compare them. */
export function Kinds({ counts }: { counts: Record<string, number> }) {
  const kinds = Object.entries(counts).sort(([, one], [, other]) => other - one);
  const most = kinds[0]?.[1] ?? 1;
  return (
    <Table verticalSpacing={5} className={classes.kinds}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Kind</Table.Th>
          <Table.Th className={classes.number}>Times</Table.Th>
          <Table.Th aria-hidden />
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {kinds.map(([kind, times]) => (
          <Table.Tr key={kind}>
            <Table.Td>{kind}</Table.Td>
            <Table.Td className={classes.number}>{count(times)}</Table.Td>
            <Table.Td aria-hidden className={classes.share}>
              <span style={{ width: `${(100 * times) / most}%` }} />
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
