import { ActionIcon, Button, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "wouter";
import { DeleteIcon, PlusIcon, SearchIcon } from "../../parts/icons.ts";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { RowList } from "../../parts/RowList.tsx";
import { When } from "../../parts/When.tsx";
import { type Conversation, useConversations } from "./calls.ts";
import classes from "./History.module.css";

/** Where a conversation was begun, when that was not here. */
const DOORS: Record<string, string> = { slack: "Slack", contact: "phone", cli: "command line" };

/** One's conversations, found again by their questions. */
export function History({
  here,
  onPick,
  onDelete,
}: {
  here: string | null;
  /** Somewhere was gone to from here. */
  onPick: () => void;
  onDelete: (conversation: Conversation) => void;
}) {
  const [typed, setTyped] = useState("");
  const [search] = useDebouncedValue(typed.trim(), 250);
  const found = useConversations(search);
  const rows = found.data;
  return (
    <div className={classes.history}>
      <Button
        component={Link}
        href="/ask"
        variant="default"
        fullWidth
        onClick={onPick}
        leftSection={<PlusIcon size={16} aria-hidden />}
      >
        New question
      </Button>
      <TextInput
        type="search"
        size="sm"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        placeholder="Find a conversation"
        aria-label="Find a conversation"
        leftSection={<SearchIcon size={15} aria-hidden />}
      />
      {found.error && <ProblemNote error={found.error} again={() => found.refetch()} />}
      {found.isPending && <Waiting />}
      {rows?.length === 0 && (
        <Text size="sm" c="dimmed" ta="center" py="lg" px="sm">
          {search ? "No question of yours has these words." : "What you ask is kept here, for you alone."}
        </Text>
      )}
      {rows && rows.length > 0 && (
        <RowList
          rows={rows}
          keyOf={(row) => row.id}
          label="Your conversations"
          estimate={52}
          hasMore={found.hasNextPage}
          more={() => !found.isFetchingNextPage && found.fetchNextPage()}
          plain
        >
          {(row) => <Row row={row} here={row.id === here} onPick={onPick} onDelete={() => onDelete(row)} />}
        </RowList>
      )}
    </div>
  );
}

function Row({
  row,
  here,
  onPick,
  onDelete,
}: {
  row: Conversation;
  here: boolean;
  onPick: () => void;
  onDelete: () => void;
}) {
  const door = DOORS[row.door];
  const found = row.found && row.found !== row.title ? row.found : null;
  return (
    <div className={classes.row} data-here={here || undefined}>
      <Link
        href={`/ask/${encodeURIComponent(row.id)}`}
        className={classes.link}
        onClick={onPick}
        aria-current={here ? "page" : undefined}
      >
        <Text size="sm" truncate dir="auto" title={row.title}>
          {row.title}
        </Text>
        {found && (
          <Text size="xs" truncate dir="auto" title={found}>
            … {found}
          </Text>
        )}
        <Text size="xs" c="dimmed">
          <When at={row.changed} />
          {door && ` · ${door}`}
        </Text>
      </Link>
      <ActionIcon
        variant="subtle"
        color="gray"
        className={classes.delete}
        onClick={onDelete}
        aria-label={`Delete “${row.title.slice(0, 60)}”`}
        title="Delete this conversation"
      >
        <DeleteIcon size={15} aria-hidden />
      </ActionIcon>
    </div>
  );
}

function Waiting() {
  return (
    <Stack gap="sm" p="xs" aria-busy="true" aria-label="Loading your conversations">
      {[80, 65, 90, 55].map((width) => (
        <Skeleton key={width} height={14} width={`${width}%`} />
      ))}
    </Stack>
  );
}
