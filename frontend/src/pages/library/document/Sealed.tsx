import { Button, Table, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { MoreButton } from "../../../parts/MoreButton.tsx";
import { Panel } from "../../../parts/Panel.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { type Doc, reveal, useSealed } from "../calls.ts";
import classes from "./Sealed.module.css";

/** Values that were revealed, by token: in the page's own memory and nowhere else, until it is left. */
export interface Seen {
  values: Record<string, string>;
  see: (token: string, value: string) => void;
}

/** What was revealed on this page. A page that the browser keeps to go back to forgets it, too. */
export function useSeen(): Seen {
  const [values, setValues] = useState<Record<string, string>>({});
  useEffect(() => {
    const forget = () => setValues({});
    addEventListener("pagehide", forget);
    return () => removeEventListener("pagehide", forget);
  }, []);
  return { values, see: (token, value) => setValues((before) => ({ ...before, [token]: value })) };
}

/** The values that the vault keeps of a document, for who may have them revealed; nothing for anybody else. */
export function Sealed({ document, seen }: { document: Doc; seen: Seen }) {
  const found = useSealed(document.id);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  const sealed = found.data?.pages.flat() ?? [];
  if (!sealed.length) return null;
  return (
    <Panel title="What is sealed" mt="md">
      <Text size="sm" c="dimmed" mb="sm">
        You may have these values revealed, one at a time. Who looked at which is on record; what you see is
        gone when you leave this page.
      </Text>
      <Table verticalSpacing={6} className={classes.sealed}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Kind</Table.Th>
            <Table.Th>In the text</Table.Th>
            <Table.Th>Value</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sealed.map(({ token, kind }) => (
            <Table.Tr key={token}>
              <Table.Td>{kind}</Table.Td>
              <Table.Td className={classes.token}>{token}</Table.Td>
              <Table.Td>
                <Value token={token} kind={kind} seen={seen} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <MoreButton found={found}>Show more</MoreButton>
    </Panel>
  );
}

function Value({ token, kind, seen }: { token: string; kind: string; seen: Seen }) {
  const [asks, setAsks] = useState(false);
  const [mine, setMine] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const value = seen.values[token];
  // Not by the query client: it keeps what it was given.
  const show = async () => {
    setAsks(true);
    setError(null);
    try {
      seen.see(token, await reveal(token));
      setMine(true);
    } catch (problem) {
      setError(problem);
    } finally {
      setAsks(false);
    }
  };
  if (value !== undefined) {
    return (
      <bdi ref={mine ? toIt : null} tabIndex={-1} className={classes.value}>
        {value}
      </bdi>
    );
  }
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={asks}
        onClick={show}
        aria-label={`Reveal ${kind} ${token}`}
      >
        Reveal
      </Button>
      {error !== null && <ProblemNote error={error} />}
    </>
  );
}

/** The button that was pressed is gone; who pressed it is at what took its place. */
function toIt(value: HTMLElement | null): void {
  value?.focus();
}
