import { Button, VisuallyHidden } from "@mantine/core";
import { type ReactNode, useCallback, useMemo } from "react";
import { SendIcon } from "../icons.ts";
import { ListLoading } from "../ListWaiting.tsx";
import { ProblemNote } from "../ProblemNote.tsx";
import { count } from "../times.ts";
import { VirtualList } from "../VirtualList.tsx";
import classes from "./list.module.css";
import { type Rowed, rowsOf } from "./merging.ts";
import type { Listed } from "./useListed.ts";
import type { Lively } from "./useNews.ts";

interface ListProps<Row> {
  found: Listed<Row>;
  news: Lively;
  /** What a row is called, one and several of them: "ticket", "tickets". */
  words: [string, string];
  /** What a screen reader calls the list. */
  label: string;
  head: ReactNode;
  /** What stands there where there is no row. */
  none: ReactNode;
  /** As of `VirtualList`. */
  remember: string;
  children: (row: Row) => ReactNode;
}

/** A list from the server, page by page, with what changes in it while it is looked at. */
export function List<Row extends Rowed>(props: ListProps<Row>) {
  const { found, news, words, label, head, none, remember, children } = props;
  const rows = useMemo(() => rowsOf(found.data?.pages ?? []), [found.data]);
  const { fetchNextPage, isFetchingNextPage, hasNextPage } = found;
  const more = useCallback(() => {
    if (!isFetchingNextPage) fetchNextPage();
  }, [isFetchingNextPage, fetchNextPage]);
  if (found.error && !found.data) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (!found.data) return <ListLoading />;
  if (!rows.length) return none;
  return (
    <>
      {found.error && <ProblemNote error={found.error} again={() => found.refetch()} />}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: it is only heard when somebody has left the list */}
      <div
        ref={news.around}
        className={classes.around}
        onPointerLeave={news.settleIfCalm}
        // The focus is elsewhere a moment later.
        onBlur={() => setTimeout(news.settleIfCalm)}
      >
        <VirtualList
          rows={rows}
          keyOf={(row) => row.id}
          label={label}
          estimate={57}
          hasMore={hasNextPage && !found.error}
          more={more}
          head={head}
          remember={remember}
        >
          {(row) => <div data-fresh={news.fresh.has(row.id) || undefined}>{children(row)}</div>}
        </VirtualList>
        <Newer news={news} words={words} />
      </div>
    </>
  );
}

/** A bar that says what waits to be put in, and does it. It lies over the list: nothing moves when it comes. */
function Newer({ news, words }: { news: Lively; words: [string, string] }) {
  const said = (number: number) => `${count(number)} newer ${number === 1 ? words[0] : words[1]}`;
  const waits = news.missed ? `Newer ${words[1]}` : news.waiting ? said(news.waiting) : "";
  return (
    <>
      {waits && (
        <Button
          className={classes.newer}
          size="xs"
          radius="xl"
          onClick={news.settle}
          leftSection={<SendIcon size={14} aria-hidden />}
        >
          {waits}
        </Button>
      )}
      <VisuallyHidden role="status" aria-live="polite">
        {waits || (news.put ? `${said(news.put)} at the top` : "")}
      </VisuallyHidden>
    </>
  );
}
