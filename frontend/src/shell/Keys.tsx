import { Kbd, Table } from "@mantine/core";
import { Dialog } from "../parts/Dialog.tsx";
import { usePlaces } from "./places.ts";

/** The keyboard shortcuts, listed. */
export default function Keys({ onClose }: { onClose: () => void }) {
  const places = usePlaces();
  return (
    <Dialog onClose={onClose} title="Keyboard shortcuts">
      <Table>
        <Table.Tbody>
          {places.map(({ to, name, key }) => (
            <Row key={to} keys={["g", key]} does={`Go to ${name}`} />
          ))}
          <Row keys={["/"]} does="To the question, or to the search of a list" />
          <Row keys={["Enter"]} does="Send the question" />
          <Row keys={["Shift", "Enter"]} does="A new line in the question" />
          <Row keys={["Esc"]} does="Stop the answer, close a dialog" />
          <Row keys={["?"]} does="This list" />
        </Table.Tbody>
      </Table>
    </Dialog>
  );
}

function Row({ keys, does }: { keys: string[]; does: string }) {
  return (
    <Table.Tr>
      <Table.Td w={140}>
        {keys.map((key) => (
          <Kbd key={key} mr={4}>
            {key}
          </Kbd>
        ))}
      </Table.Td>
      <Table.Td>{does}</Table.Td>
    </Table.Tr>
  );
}
