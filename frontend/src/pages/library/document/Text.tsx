import { Skeleton, Stack, Text } from "@mantine/core";
import { Fragment, type ReactNode } from "react";
import type { Schema } from "../../../api/client.ts";
import { DocumentIcon } from "../../../parts/icons.ts";
import { Nothing } from "../../../parts/Nothing.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { VirtualList } from "../../../parts/VirtualList.tsx";
import { type Doc, useText } from "../calls.ts";
import { placeholders } from "../placeholders.ts";
import classes from "./Text.module.css";

type Passage = Schema<"PassageOut">;

/** The text of a document as it is searched: what was taken out of it is marked. */
export function DocumentText({ document, owned }: { document: Doc; owned: boolean }) {
  const found = useText(document.id);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (found.isPending) {
    return (
      <Stack aria-busy="true" aria-label="Loading">
        <Skeleton height={18} width="40%" />
        <Skeleton height={70} />
        <Skeleton height={70} />
      </Stack>
    );
  }
  const [first] = found.data.pages;
  const passages = found.data.pages.flatMap((page) => page.passages);
  if (!passages.length) return <NoText document={document} closed={owned && first?.readable === false} />;
  return (
    <VirtualList
      rows={passages}
      keyOf={(passage) => String(passage.id)}
      label="Text of the document"
      estimate={140}
      hasMore={found.hasNextPage}
      more={() => !found.isFetchingNextPage && found.fetchNextPage()}
    >
      {(passage, index) => <Piece passage={passage} before={passages[index - 1]} />}
    </VirtualList>
  );
}

function Piece({ passage, before }: { passage: Passage; before: Passage | undefined }) {
  const { heading, page, text } = passage;
  return (
    <article className={classes.piece} id={`passage-${passage.id}`}>
      <div>
        {heading && heading !== before?.heading && (
          <Text size="sm" fw={650} mb={4} className={classes.text}>
            {heading}
          </Text>
        )}
        <div className={classes.text} dir="auto">
          {marked(text)}
        </div>
      </div>
      {page !== null && page !== before?.page && (
        <Text size="xs" c="dimmed" className={classes.page}>
          Page {page}
        </Text>
      )}
    </article>
  );
}

/** The text with its placeholders marked. */
function marked(text: string): ReactNode {
  return placeholders(text).map(({ at, part, taken }) => (
    <Fragment key={at}>{taken ? <span className={classes.taken}>{part}</span> : part}</Fragment>
  ));
}

function NoText({ document, closed }: { document: Doc; closed: boolean }) {
  if (document.passages > 0 && closed) {
    return (
      <Nothing Icon={DocumentIcon} title="You are not among its readers">
        You own the source of this document, but its access list does not name you, so its text is not shown
        to you. Put yourself on the list to read it.
      </Nothing>
    );
  }
  return (
    <Nothing Icon={DocumentIcon} title="No text">
      {document.state === "deleted"
        ? "It was taken out of the library."
        : document.state === "indexed"
          ? "There is no text in this document."
          : "It is not in the library yet."}
    </Nothing>
  );
}
