import { Anchor, Button, Group, Modal, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { Absent } from "../../../parts/Absent.tsx";
import { asLeft } from "../../../parts/address.ts";
import { DeleteIcon, OutIcon } from "../../../parts/icons.ts";
import { Page } from "../../../parts/Page.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { bytes } from "../../../parts/times.ts";
import { When } from "../../../parts/When.tsx";
import { useMay } from "../../../session.tsx";
import { StateBadge } from "../Counts.tsx";
import { type Doc, refresh, takeOut, useDocument, useSource } from "../calls.ts";
import classes from "../Library.module.css";
import { lastPart, many, safeAddress } from "../words.ts";
import { Answers } from "./Answers.tsx";
import { Readers } from "./Readers.tsx";
import { Redactions } from "./Redactions.tsx";
import { useSeen } from "./Sealed.tsx";
import { DocumentText } from "./Text.tsx";
import { Versions } from "./Versions.tsx";

/** One document: its text, its versions, who can read it, what was taken out of it, which answers used it. */
export default function DocumentPage({ id }: { id: string }) {
  const { data, error, refetch } = useDocument(id);
  if (error) {
    return (
      <Page title="Document" above={<Way />}>
        <Absent error={error} again={() => refetch()} title="There is no such document that you may read">
          It was taken out, or it is not open to you.
        </Absent>
      </Page>
    );
  }
  if (!data) {
    return (
      <Page title="Document" above={<Way />}>
        <Stack aria-busy="true" aria-label="Loading">
          <Skeleton height={24} width={300} />
          <Skeleton height={300} />
        </Stack>
      </Page>
    );
  }
  return <Shown document={data} />;
}

/** The way back; to the source only for who owns it. */
function Way({ source }: { source?: string }) {
  return (
    <Text size="sm" mb={4}>
      <Anchor component={Link} href={asLeft("/library")} inherit>
        Library
      </Anchor>
      {source && (
        <>
          {" / "}
          <Anchor component={Link} href={`/library/sources/${encodeURIComponent(source)}`} inherit>
            {source}
          </Anchor>
        </>
      )}
    </Text>
  );
}

function Shown({ document }: { document: Doc }) {
  const [query, setQuery] = useSearchParams();
  const admin = useMay("admin");
  const owned = document.access !== null;
  const hidden = [...(owned ? [] : ["answers"]), ...(owned || admin ? [] : ["readers"])];
  const wanted = query.get("tab") ?? "text";
  const tab = hidden.includes(wanted) ? "text" : wanted;
  const passage = numberIn(query.get("passage"));
  const seen = useSeen();
  const choose = (chosen: string | null) =>
    setQuery(chosen && chosen !== "text" ? { tab: chosen } : {}, { replace: true });
  return (
    <Page
      title={document.title || lastPart(document.item)}
      above={<Way source={owned ? document.source : undefined} />}
      fills
      actions={<Actions document={document} owned={owned} />}
    >
      <Facts document={document} />
      <Tabs value={tab} onChange={choose} keepMounted={false} className={classes.tabs}>
        <Tabs.List mb="md" className={classes.strip}>
          <Tabs.Tab value="text">Text</Tabs.Tab>
          <Tabs.Tab value="versions">Versions</Tabs.Tab>
          {!hidden.includes("readers") && <Tabs.Tab value="readers">Who can read this</Tabs.Tab>}
          <Tabs.Tab value="redactions">Redactions</Tabs.Tab>
          {!hidden.includes("answers") && <Tabs.Tab value="answers">Answers</Tabs.Tab>}
        </Tabs.List>
        <Tabs.Panel value="text" className={classes.fills}>
          <DocumentText
            key={passage}
            document={document}
            owned={owned}
            passage={passage}
            answer={query.get("answer") ?? undefined}
          />
        </Tabs.Panel>
        <Tabs.Panel value="versions" className={classes.scrolls} tabIndex={0}>
          <Versions document={document} owned={owned} />
        </Tabs.Panel>
        <Tabs.Panel value="readers" className={classes.scrolls} tabIndex={0}>
          <Readers document={document} />
        </Tabs.Panel>
        <Tabs.Panel value="redactions" className={classes.scrolls} tabIndex={0}>
          <Redactions document={document} seen={seen} />
        </Tabs.Panel>
        <Tabs.Panel value="answers" className={classes.scrolls} tabIndex={0}>
          <Answers document={document} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** A passage's number in an address; what is no number leads to no passage. */
function numberIn(given: string | null): number | undefined {
  return given && /^\d{1,15}$/.test(given) ? Number(given) : undefined;
}

function Facts({ document }: { document: Doc }) {
  const { state, reason, version, size, passages, changed, item, source } = document;
  return (
    <Stack gap={6} mb="md" mt={-8}>
      <Group gap="xs">
        <StateBadge state={state} />
        <Text size="sm" c="dimmed">
          {version > 0 && `Version ${version} · `}
          {size > 0 && `${bytes(size)} · `}
          {many(passages, "passage")} · changed <When at={changed} />
        </Text>
      </Group>
      <Text size="sm" c="dimmed" className={classes.reason}>
        <bdi>{item}</bdi> in {source}
      </Text>
      {reason && (
        <Text size="sm" c="var(--mantine-color-error)" className={classes.reason}>
          {reason}
        </Text>
      )}
    </Stack>
  );
}

function Actions({ document, owned }: { document: Doc; owned: boolean }) {
  const address = safeAddress(document.url);
  return (
    <>
      {address && (
        <Button
          component="a"
          href={address}
          target="_blank"
          rel="noopener noreferrer"
          variant="default"
          leftSection={<OutIcon size={16} aria-hidden />}
        >
          Open the original
        </Button>
      )}
      {owned && document.state !== "deleted" && <TakeOut document={document} />}
    </>
  );
}

/** Taking out what was uploaded; a document of a folder goes when its file does. */
function TakeOut({ document }: { document: Doc }) {
  const client = useQueryClient();
  const [, go] = useLocation();
  const [asking, setAsking] = useState(false);
  const may = useMay("ingest");
  const source = useSource(document.source);
  const taking = useMutation({
    mutationFn: () => takeOut(document.id),
    onSuccess: async () => {
      await refresh(client);
      go(`/library/sources/${encodeURIComponent(document.source)}`);
    },
  });
  if (!may || !source.data?.uploads) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<DeleteIcon size={16} aria-hidden />}
        onClick={() => setAsking(true)}
      >
        Take out
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Take this document out?">
        <Text size="sm">
          “{document.title || document.item}” is no longer found, and answers that rest on it are no longer
          shown. The file was not kept: to have it back, upload it again.
        </Text>
        {taking.error && <ProblemNote error={taking.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
            Keep it
          </Button>
          <Button color="red" loading={taking.isPending} onClick={() => taking.mutate()}>
            Take it out
          </Button>
        </Group>
      </Modal>
    </>
  );
}
