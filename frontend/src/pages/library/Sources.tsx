import { Badge, Button, Text } from "@mantine/core";
import { Link } from "wouter";
import { DocumentIcon, FolderIcon, LibraryIcon, UploadIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { When } from "../../parts/When.tsx";
import { Counts } from "./Counts.tsx";
import type { Source } from "./calls.ts";
import classes from "./Library.module.css";
import { useProgress } from "./progress.ts";
import { SyncProgress } from "./SyncProgress.tsx";
import { accessInWords } from "./words.ts";

/** Each progress that is followed holds a connection, and a browser has six for a server. */
const FOLLOWED = 2;

/** The sources that somebody owns. */
export function Sources({ sources, upload }: { sources: Source[]; upload?: () => void }) {
  if (!sources.length) {
    return (
      <Nothing Icon={LibraryIcon} title="You own no sources">
        {upload ? (
          <>
            Drop files here, or upload them: they make a source of yours. Whole folders are taken in on the
            server with <code>deskhand ingest</code>.
            <div>
              <Button mt="md" onClick={upload} leftSection={<UploadIcon size={16} aria-hidden />}>
                Upload files
              </Button>
            </div>
          </>
        ) : (
          "What you may read of others' sources is under Documents."
        )}
      </Nothing>
    );
  }
  const syncing = sources.filter((source) => source.state === "syncing").slice(0, FOLLOWED);
  return (
    <ul className={classes.sources}>
      {sources.map((source) => (
        <Row key={source.id} source={source} followed={syncing.includes(source)} />
      ))}
    </ul>
  );
}

function Row({ source, followed }: { source: Source; followed: boolean }) {
  const progress = useProgress(followed ? source : undefined);
  const Icon = source.uploads ? DocumentIcon : FolderIcon;
  return (
    <li className={classes.source}>
      <div className={classes.name}>
        <Icon size={20} stroke={1.6} aria-hidden className={classes.icon} />
        <div className={classes.grows}>
          <Link href={`/library/sources/${encodeURIComponent(source.id)}`} className={classes.link}>
            {source.id}
          </Link>
          <Text size="xs" c="dimmed" truncate title={source.location}>
            {source.uploads ? "Uploaded files" : source.location}
          </Text>
          <Text size="xs" c="dimmed" truncate>
            {source.uploads ? "Open" : "By default open"} to {accessInWords(source.access)}
          </Text>
        </div>
      </div>
      <div className={classes.middle}>
        {source.state === "syncing" ? (
          <SyncProgress progress={progress} what={source.id} />
        ) : (
          <Counts counts={source.counts} />
        )}
      </div>
      <div className={classes.end}>
        <SourceState source={source} />
        {source.changed && (
          <Text size="xs" c="dimmed">
            Changed <When at={source.changed} />
          </Text>
        )}
      </div>
    </li>
  );
}

/** Whether a source is being read now, or was not read to the end. */
export function SourceState({ source }: { source: Source }) {
  if (source.state === "syncing") return <Badge color="blue">Being read</Badge>;
  if (source.state === "failed") return <Badge color="red">Not read to the end</Badge>;
  // Of files that are uploaded there is no place that they could differ from.
  return source.uploads ? null : <Badge color="gray">Up to date</Badge>;
}
