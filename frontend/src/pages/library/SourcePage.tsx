import { Anchor, Box, Button, FileButton, Group, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { Absent } from "../../parts/Absent.tsx";
import { EditIcon, RetryIcon, UploadIcon } from "../../parts/icons.ts";
import { Page } from "../../parts/Page.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { When } from "../../parts/When.tsx";
import { useMay } from "../../session.tsx";
import { Counts } from "./Counts.tsx";
import { refresh, retry, type Source, sync, useSource, useWhy } from "./calls.ts";
import { Documents, useSaid } from "./Documents.tsx";
import { DropHere } from "./DropHere.tsx";
import classes from "./Library.module.css";
import { useProgress } from "./progress.ts";
import { RedactionReport } from "./RedactionReport.tsx";
import { SourceState } from "./Sources.tsx";
import { SyncProgress } from "./SyncProgress.tsx";
import { upload } from "./uploading.ts";
import { accessInWords, many } from "./words.ts";

const AccessDialog = lazy(() => import("./AccessDialog.tsx"));

/** One source of one's own: what is in it, how it is kept up to date, who may read it. */
export function SourcePage({ id }: { id: string }) {
  const source = useSource(id);
  if (source.error) {
    return (
      <Page title={id} above={<Back />}>
        <Absent error={source.error} again={() => source.refetch()} title="There is no such source of yours">
          It is another's, or it was never there.
        </Absent>
      </Page>
    );
  }
  if (!source.data) {
    return (
      <Page title={id} above={<Back />}>
        <Stack aria-busy="true" aria-label="Loading">
          <Skeleton height={110} />
          <Skeleton height={300} />
        </Stack>
      </Page>
    );
  }
  return <Shown source={source.data} />;
}

export function Back() {
  return (
    <Text size="sm" mb={4}>
      <Anchor component={Link} href="/library" inherit>
        Library
      </Anchor>
    </Text>
  );
}

function Shown({ source }: { source: Source }) {
  const [query, setQuery] = useSearchParams();
  const [said, say] = useSaid();
  const may = useMay("ingest");
  const upkeep = useUpkeep(source);
  const tab = query.get("tab") ?? "documents";
  return (
    <Page
      title={source.id}
      above={<Back />}
      fills
      actions={may && <Actions source={source} upkeep={upkeep} />}
    >
      <DropHere
        to={may && source.uploads ? `upload them to ${source.id}` : null}
        onFiles={(files) => upload(files, source.id)}
      >
        {upkeep.problem && <ProblemNote error={upkeep.problem} />}
        <Facts source={source} state={said("state")} setState={(state) => say("state", state)} />
        <Tabs
          value={tab}
          onChange={(chosen) => setQuery(chosen ? { tab: chosen } : {}, { replace: true })}
          keepMounted={false}
          className={classes.tabs}
        >
          <Tabs.List mb="md">
            <Tabs.Tab value="documents">Documents</Tabs.Tab>
            <Tabs.Tab value="redactions">Redactions</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="documents" className={classes.fills}>
            <Documents source={source.id} />
          </Tabs.Panel>
          <Tabs.Panel value="redactions" className={classes.scrolls} tabIndex={0}>
            <RedactionReport source={source.id} />
          </Tabs.Panel>
        </Tabs>
      </DropHere>
    </Page>
  );
}

function Facts({
  source,
  state,
  setState,
}: {
  source: Source;
  state: string;
  setState: (state: string) => void;
}) {
  const progress = useProgress(source);
  const why = useWhy(source.state === "failed" ? source.run?.run : undefined);
  const [opening, setOpening] = useState(false);
  const may = useMay("ingest");
  return (
    <Panel mb="md">
      <div className={classes.facts}>
        <dl>
          <dt>From</dt>
          <dd>{source.uploads ? "Uploaded files" : source.location}</dd>
          <dt>Read by</dt>
          <dd>
            {accessInWords(source.access)}{" "}
            {may && (
              <Button
                variant="subtle"
                size="compact-xs"
                onClick={() => setOpening(true)}
                leftSection={<EditIcon size={13} aria-hidden />}
                aria-label="Change who may read it"
              >
                Change
              </Button>
            )}
          </dd>
          <dt>State</dt>
          <dd>
            <Group gap="xs">
              <SourceState source={source} />
              {source.changed && (
                <Text span size="xs" c="dimmed">
                  changed <When at={source.changed} />
                </Text>
              )}
              {source.run && (
                <Text span size="xs">
                  <Anchor component={Link} href={`/runs/${encodeURIComponent(source.run.run)}`} inherit>
                    Latest run
                  </Anchor>
                </Text>
              )}
            </Group>
            {why.data?.error && (
              <Text size="sm" c="var(--mantine-color-error)">
                {why.data.error}
              </Text>
            )}
          </dd>
        </dl>
        <div>
          {source.state === "syncing" && (
            <Box mb="sm">
              <SyncProgress progress={progress} what={source.id} />
            </Box>
          )}
          <Counts counts={source.counts} chosen={state} choose={setState} />
        </div>
      </div>
      {opening && (
        <Suspense>
          <AccessDialog source={source} onClose={() => setOpening(false)} />
        </Suspense>
      )}
    </Panel>
  );
}

/** What can be done to bring a source up to date. */
function useUpkeep(source: Source) {
  const client = useQueryClient();
  const settled = { onSettled: () => refresh(client) };
  const syncing = useMutation({ mutationFn: () => sync(source.id), ...settled });
  const retrying = useMutation({ mutationFn: () => retry(source.id), ...settled });
  return {
    syncing,
    retrying,
    busy: source.state === "syncing" || syncing.isPending || retrying.isPending,
    problem: syncing.error ?? retrying.error,
  };
}

function Actions({ source, upkeep }: { source: Source; upkeep: ReturnType<typeof useUpkeep> }) {
  const { syncing, retrying, busy } = upkeep;
  const failed = source.counts.failed ?? 0;
  if (source.uploads) {
    return (
      <FileButton multiple onChange={(files) => upload(files, source.id)}>
        {(props) => (
          <Button {...props} leftSection={<UploadIcon size={16} aria-hidden />}>
            Upload
          </Button>
        )}
      </FileButton>
    );
  }
  return (
    <>
      <Button
        leftSection={<RetryIcon size={16} aria-hidden />}
        loading={syncing.isPending}
        disabled={busy}
        onClick={() => syncing.mutate()}
      >
        Sync now
      </Button>
      {failed > 0 && (
        <Button
          variant="default"
          loading={retrying.isPending}
          disabled={busy}
          onClick={() => retrying.mutate()}
        >
          Try {many(failed, "failed document")} again
        </Button>
      )}
    </>
  );
}
