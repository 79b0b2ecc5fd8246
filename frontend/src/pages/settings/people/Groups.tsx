import { Skeleton, Stack, Text, UnstyledButton } from "@mantine/core";
import { PeopleIcon, SearchIcon } from "../../../parts/icons.ts";
import { Nothing } from "../../../parts/Nothing.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { VirtualList } from "../../../parts/VirtualList.tsx";
import { type GroupSize, useGroupPages } from "../calls.ts";
import classes from "./People.module.css";

/** The groups that somebody is in, with how many; a group is there as long as somebody is in it. */
export function Groups({ q, onOpen }: { q: string; onOpen: (name: string) => void }) {
  const found = useGroupPages(q);
  const rows = found.data?.pages.flat() ?? [];
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (!found.data) {
    return (
      <Stack gap={10} aria-busy="true" aria-label="Loading">
        {["a", "b", "c"].map((key) => (
          <Skeleton key={key} height={36} />
        ))}
      </Stack>
    );
  }
  if (!rows.length) {
    return q ? (
      <Nothing Icon={SearchIcon} title="No group is like that">
        Take fewer letters.
      </Nothing>
    ) : (
      <Nothing Icon={PeopleIcon} title="No groups yet">
        A group is there as soon as somebody is in it.
      </Nothing>
    );
  }
  return (
    <VirtualList
      rows={rows}
      keyOf={({ name }) => name}
      label="Groups"
      estimate={41}
      hasMore={found.hasNextPage}
      more={() => !found.isFetchingNextPage && found.fetchNextPage()}
    >
      {(row) => (
        <UnstyledButton className={classes.group} onClick={() => onOpen(row.name)}>
          <Text size="sm" fw={550} className={classes.name}>
            <bdi>{row.name}</bdi>
          </Text>
          <Text size="sm" c="dimmed">
            {sized(row)}
          </Text>
        </UnstyledButton>
      )}
    </VirtualList>
  );
}

function sized({ people, services }: GroupSize): string {
  const parts = [
    people ? `${people} ${people === 1 ? "person" : "people"}` : "",
    services ? `${services} ${services === 1 ? "service" : "services"}` : "",
  ];
  return parts.filter(Boolean).join(", ");
}
