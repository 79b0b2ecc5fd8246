import { Group, NativeSelect, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { useCallback, useEffect, useRef, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { DocumentIcon, SearchIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { bytes } from "../../parts/times.ts";
import { VirtualList } from "../../parts/VirtualList.tsx";
import { When } from "../../parts/When.tsx";
import { StateBadge } from "./Counts.tsx";
import { type Doc, type Source, useDocuments } from "./calls.ts";
import classes from "./Library.module.css";
import { FILTERS, lastPart, nameOf } from "./words.ts";

const STATES = [
  { value: "", label: "All documents" },
  ...FILTERS.map((value) => ({ value, label: nameOf(value) })),
];
const SLOWLY = 250;
/** Rows that fill a window. */
const FEW = 20;

interface DocumentsProps {
  /** The sources that can be chosen from; of one of them alone when `source` is given. */
  sources?: Source[];
  source?: string;
}

/** What the address says of the documents that are wanted, so that who comes back finds them; and how to change it. */
export function useSaid(): [(name: string) => string, (name: string, value: string) => void] {
  const [query, setQuery] = useSearchParams();
  const say = useCallback(
    (name: string, value: string) =>
      setQuery(
        (before) => {
          const next = new URLSearchParams(before);
          if (next.get(name) === value) return before;
          if (value) next.set(name, value);
          else next.delete(name);
          return next;
        },
        { replace: true },
      ),
    [setQuery],
  );
  return [(name) => query.get(name) ?? "", say];
}

/** Documents by name and state: as many as there are, fetched as they come into sight. */
export function Documents({ sources = [], source }: DocumentsProps) {
  const box = useRef<HTMLInputElement>(null);
  const [said, say] = useSaid();
  const [text, setText] = useState(said("q"));
  const [q] = useDebouncedValue(text.trim(), SLOWLY);
  useEffect(() => say("q", q), [say, q]);
  const chosen = sources.some(({ id }) => id === said("source")) ? said("source") : "";
  const state = FILTERS.find((each) => each === said("state")) ?? "";
  const found = useDocuments({ source: source ?? chosen, state, q });
  useHotkeys([["/", () => box.current?.focus()]]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = found;
  const every = found.data?.pages.flat() ?? [];
  // What was taken out is of interest to who looks for it.
  const rows = state === "deleted" ? every : every.filter((row) => row.state !== "deleted");
  const few = rows.length < FEW && hasNextPage && !isFetchingNextPage;
  useEffect(() => {
    if (few) void fetchNextPage();
  }, [few, fetchNextPage]);
  return (
    <div className={classes.fills}>
      <Group gap="xs" mb="sm">
        <TextInput
          ref={box}
          className={classes.search}
          type="search"
          placeholder="Search by title or file name"
          aria-label="Search documents by title or file name"
          leftSection={<SearchIcon size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {(source || sources.length > 0) && (
          <NativeSelect
            className={classes.narrows}
            aria-label="State"
            data={STATES}
            value={state}
            onChange={(event) => say("state", event.currentTarget.value)}
          />
        )}
        {!source && sources.length > 1 && (
          <NativeSelect
            className={classes.narrows}
            aria-label="Source"
            data={[
              { value: "", label: "Every source" },
              ...sources.map(({ id }) => ({ value: id, label: id })),
            ]}
            value={chosen}
            onChange={(event) => say("source", event.currentTarget.value)}
          />
        )}
      </Group>
      {found.error ? (
        <ProblemNote error={found.error} again={() => found.refetch()} />
      ) : found.isPending || few ? (
        <Waiting />
      ) : rows.length ? (
        <VirtualList
          rows={rows}
          keyOf={(row) => row.id}
          label="Documents"
          estimate={57}
          hasMore={hasNextPage}
          more={() => !isFetchingNextPage && fetchNextPage()}
          head={<Head withSource={!source} />}
        >
          {(row) => <Row document={row} withSource={!source} />}
        </VirtualList>
      ) : (
        <NoneFound narrowed={Boolean(q || state || chosen)} />
      )}
    </div>
  );
}

function NoneFound({ narrowed }: { narrowed: boolean }) {
  return narrowed ? (
    <Nothing Icon={SearchIcon} title="No document is like that">
      Take fewer letters of its name, or another state.
    </Nothing>
  ) : (
    <Nothing Icon={DocumentIcon} title="No documents yet">
      There is nothing here that you may read. Ask the owner of a source to open it to you, or to one of your
      groups.
    </Nothing>
  );
}

function Head({ withSource }: { withSource: boolean }) {
  return (
    <div className={classes.head} data-source={withSource || undefined} aria-hidden>
      <span>Document</span>
      {withSource && <span className={classes.wide}>Source</span>}
      <span>State</span>
      <span className={classes.wide}>Size</span>
      <span className={classes.wide}>Changed</span>
    </div>
  );
}

function Row({ document, withSource }: { document: Doc; withSource: boolean }) {
  const { id, title, item, state, reason, size, changed, source } = document;
  return (
    <div className={classes.row} data-source={withSource || undefined}>
      <div className={classes.cell}>
        <Link href={`/library/documents/${encodeURIComponent(id)}`} className={classes.link}>
          <bdi>{title || lastPart(item)}</bdi>
        </Link>
        <Text size="xs" c="dimmed" truncate title={item}>
          <bdi>{item}</bdi>
        </Text>
        {reason && (
          <Text size="xs" c="var(--mantine-color-error)" className={classes.reason}>
            {reason}
          </Text>
        )}
      </div>
      {withSource && (
        <Text size="sm" c="dimmed" truncate className={classes.wide}>
          {source}
        </Text>
      )}
      <StateBadge state={state} />
      <Text size="sm" c="dimmed" className={classes.wide}>
        {size ? bytes(size) : ""}
      </Text>
      <Text size="sm" c="dimmed" className={classes.wide}>
        <When at={changed} />
      </Text>
    </div>
  );
}

function Waiting() {
  return (
    <Stack gap={10} aria-busy="true" aria-label="Loading">
      {["a", "b", "c", "d", "e", "f"].map((key) => (
        <Skeleton key={key} height={46} />
      ))}
    </Stack>
  );
}
