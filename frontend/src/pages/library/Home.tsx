import { Button, Skeleton, Stack, Tabs } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useSearchParams } from "wouter";
import { useLeft } from "../../parts/address.ts";
import { UploadIcon } from "../../parts/icons.ts";
import { Page } from "../../parts/Page.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { useMay } from "../../session.tsx";
import { useSources } from "./calls.ts";
import { Documents } from "./Documents.tsx";
import { DropHere } from "./DropHere.tsx";
import classes from "./Library.module.css";
import { Sources } from "./Sources.tsx";

const UploadDialog = lazy(() => import("./UploadDialog.tsx"));

/** The library as somebody sees it: the sources that are theirs, and every document that they may read. */
export function Home() {
  const [query, setQuery] = useSearchParams();
  useLeft();
  const mayUpload = useMay("ingest");
  const [dropped, setDropped] = useState<File[] | null>(null);
  const sources = useSources();
  if (sources.error) return <ProblemNote error={sources.error} again={() => sources.refetch()} />;
  const owns = (sources.data?.length ?? 0) > 0;
  const view = owns || mayUpload ? (query.get("view") ?? "sources") : "documents";
  const actions = mayUpload && (
    <Button leftSection={<UploadIcon size={16} aria-hidden />} onClick={() => setDropped([])}>
      Upload
    </Button>
  );
  return (
    <Page title="Library" fills actions={actions}>
      <DropHere to={mayUpload ? "upload them" : null} onFiles={setDropped}>
        {sources.isPending ? (
          <Waiting />
        ) : (
          <Tabs
            value={view}
            onChange={(chosen) => setQuery(chosen ? { view: chosen } : {}, { replace: true })}
            keepMounted={false}
            className={classes.tabs}
          >
            {(owns || mayUpload) && (
              <Tabs.List mb="md">
                <Tabs.Tab value="sources">Your sources</Tabs.Tab>
                <Tabs.Tab value="documents">Documents</Tabs.Tab>
              </Tabs.List>
            )}
            <Tabs.Panel value="sources" className={classes.scrolls} tabIndex={0}>
              <Sources sources={sources.data} upload={mayUpload ? () => setDropped([]) : undefined} />
            </Tabs.Panel>
            <Tabs.Panel value="documents" className={classes.fills}>
              <Documents sources={sources.data} />
            </Tabs.Panel>
          </Tabs>
        )}
      </DropHere>
      {dropped && (
        <Suspense>
          <UploadDialog sources={sources.data ?? []} given={dropped} onClose={() => setDropped(null)} />
        </Suspense>
      )}
    </Page>
  );
}

function Waiting() {
  return (
    <Stack aria-busy="true" aria-label="Loading">
      <Skeleton height={32} width={240} />
      <Skeleton height={84} />
      <Skeleton height={84} />
    </Stack>
  );
}
