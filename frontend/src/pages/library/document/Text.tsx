import { Skeleton, Stack, Text } from "@mantine/core";
import { Fragment, type ReactNode, useEffect, useRef } from "react";
import type { Schema } from "../../../api/client.ts";
import { DocumentIcon } from "../../../parts/icons.ts";
import { Nothing } from "../../../parts/Nothing.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { VirtualList } from "../../../parts/VirtualList.tsx";
import { type Doc, useCited, useText } from "../calls.ts";
import { placeholders } from "../placeholders.ts";
import { quotesIn } from "../quotes.ts";
import classes from "./Text.module.css";

type Passage = Schema<"PassageOut">;

export interface DocumentTextProps {
  document: Doc;
  owned: boolean;
  /** The passage to begin at. */
  passage?: number | undefined;
  /** The run of the answer that cites it, of which the quotes are marked. */
  answer?: string | undefined;
}

/** The text of a document as it is searched: what was taken out of it is marked. */
export function DocumentText({ document, owned, passage, answer }: DocumentTextProps) {
  const found = useText(document.id, passage);
  const cited = useCited(passage === undefined ? undefined : answer);
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
  const citations = cited.data?.filter((each) => each.passage === passage) ?? [];
  const earlier = () => {
    if (found.hasPreviousPage && !found.isFetchingPreviousPage) void found.fetchPreviousPage();
  };
  const gone = passage !== undefined && !passages.some(({ id }) => id === passage);
  return (
    <>
      {gone && <Gone version={first?.version ?? document.version} cited={citations[0]?.version} />}
      <VirtualList
        rows={passages}
        keyOf={(each) => String(each.id)}
        label="Text of the document"
        estimate={140}
        at={passage === undefined ? undefined : String(passage)}
        offset={passages[0]?.position ?? 0}
        earlier={passage === undefined ? undefined : earlier}
        hasMore={found.hasNextPage}
        more={() => !found.isFetchingNextPage && found.fetchNextPage()}
      >
        {(each, index) => (
          <Piece
            passage={each}
            before={passages[index - 1]}
            sought={each.id === passage}
            quotes={each.id === passage ? citations.map(({ quote }) => quote) : []}
          />
        )}
      </VirtualList>
    </>
  );
}

function Gone({ version, cited }: { version: number; cited: number | undefined }) {
  return (
    <Text size="sm" mb="sm" role="status" className={classes.gone}>
      The passage that the link leads to is not in version {version}, which is shown here
      {cited !== undefined && cited !== version && `; the answer cites version ${cited}`}.
    </Text>
  );
}

interface PieceProps {
  passage: Passage;
  before: Passage | undefined;
  sought: boolean;
  quotes: string[];
}

function Piece({ passage, before, sought, quotes }: PieceProps) {
  const { heading, page, text } = passage;
  const piece = useRef<HTMLElement>(null);
  const some = quotes.length > 0;
  useEffect(() => {
    if (!some) return undefined;
    // A passage may be longer than the window.
    return soon(() => piece.current?.querySelector("mark")?.scrollIntoView({ block: "nearest" }));
  }, [some]);
  return (
    <article
      ref={piece}
      className={classes.piece}
      id={`passage-${passage.id}`}
      data-sought={sought || undefined}
    >
      <div>
        {heading && heading !== before?.heading && (
          <Text size="sm" fw={650} mb={4} className={classes.text}>
            {heading}
          </Text>
        )}
        <div className={classes.text} dir="auto">
          {quotesIn(text, quotes).map(({ at, part, quoted }) =>
            quoted ? <mark key={at}>{marked(part)}</mark> : <Fragment key={at}>{marked(part)}</Fragment>,
          )}
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

/** Once the rows around it have been measured. Gives what to do when it is not wanted any more. */
function soon(act: () => void): () => void {
  const then = setTimeout(act, SETTLES);
  return () => clearTimeout(then);
}

const SETTLES = 150;

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
