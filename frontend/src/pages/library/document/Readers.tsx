import { Alert, Badge, Group, Skeleton, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { PeopleIcon, SearchIcon, WarningIcon } from "../../../parts/icons.ts";
import { MoreButton } from "../../../parts/MoreButton.tsx";
import { Nothing } from "../../../parts/Nothing.tsx";
import { Panel } from "../../../parts/Panel.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { type Doc, useReaders } from "../calls.ts";
import classes from "../Library.module.css";
import { accessInWords, entryInWords, many } from "../words.ts";

/** Who can read a document now, by name, and through which entry of its access list. */
export function Readers({ document }: { document: Doc }) {
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), 250);
  const found = useReaders(document.id, q);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  const [first] = found.data?.pages ?? [];
  if (!first) return <Skeleton height={160} />;
  const people = found.data?.pages.flatMap((page) => page.people) ?? [];
  return (
    <Stack>
      {!first.searched && (
        <Alert color="gray" p="sm">
          <Text size="sm">It is not in the library, so nobody can read it. This is who could.</Text>
        </Alert>
      )}
      <Panel title="Access list">
        <Group gap={6} mb={6}>
          {first.entries.map((entry) => (
            <Badge key={entry} size="lg" color="gray" className={classes.entry}>
              {entryInWords(entry)}
            </Badge>
          ))}
          {!first.entries.length && <Text size="sm">It admits nobody.</Text>}
        </Group>
        <Text size="xs" c="dimmed">
          {first.own ? "The document has a list of its own." : "It follows the list of its source."}
        </Text>
        {first.nobody.length > 0 && (
          <Alert color="yellow" mt="sm" p="sm" icon={<WarningIcon aria-hidden />}>
            <Text size="sm">
              Nobody in the directory is reached by {accessInWords(first.nobody)}: a group without members, or
              somebody who is not there.
            </Text>
          </Alert>
        )}
      </Panel>
      <Panel title={q ? `${many(first.total, "match", "matches")}` : `${many(first.total, "reader")}`}>
        {first.everyone && (
          <Text size="sm" mb="sm">
            Everybody who is identified can read it; these are in the directory.
          </Text>
        )}
        <TextInput
          type="search"
          maw={360}
          mb="sm"
          placeholder="Can somebody in particular?"
          aria-label="Search who can read this"
          leftSection={<SearchIcon size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {people.length ? <People people={people} /> : <NoReader q={q} />}
        <MoreButton found={found}>Show more</MoreButton>
      </Panel>
    </Stack>
  );
}

function People({ people }: { people: { id: string; kind: string; through: string[] }[] }) {
  return (
    <Table verticalSpacing={6}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>Who</Table.Th>
          <Table.Th>Through</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {people.map(({ id, kind, through }) => (
          <Table.Tr key={`${kind}:${id}`}>
            <Table.Td className={classes.reason}>
              {id}
              {kind === "service" && (
                <Text span size="xs" c="dimmed">
                  {" "}
                  service
                </Text>
              )}
            </Table.Td>
            <Table.Td c="dimmed" className={classes.reason}>
              {through
                .map((entry) => (entry.endsWith(`:${id}`) ? "named on the list" : entryInWords(entry)))
                .join(", ")}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function NoReader({ q }: { q: string }) {
  return q ? (
    <Nothing Icon={PeopleIcon} title={`Nobody like “${q}” can read it`}>
      Whoever you look for is on no entry of the list, or is not in the directory.
    </Nothing>
  ) : (
    <Nothing Icon={PeopleIcon} title="Nobody can read it">
      No person or service of the directory is on its access list.
    </Nothing>
  );
}
