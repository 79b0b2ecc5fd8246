import { ActionIcon, Button, Collapse, Group, Progress, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "wouter";
import { CheckIcon, CloseIcon, DownIcon, RetryIcon, RightIcon, WarningIcon } from "../../parts/icons.ts";
import { bytes } from "../../parts/times.ts";
import { refresh } from "./calls.ts";
import classes from "./Library.module.css";
import { clearEnded, leave, type Upload, underway, uploadAgain, useUploads } from "./uploading.ts";
import { many, sentence } from "./words.ts";

/** The files that are on their way, in a corner of every page of the library, each with how far it is. */
export function Uploads() {
  const client = useQueryClient();
  const uploads = useUploads();
  const [open, setOpen] = useState(true);
  const ended = uploads.filter((upload) => !underway(upload)).length;
  const going = uploads.length - ended;
  useEffect(() => {
    if (ended) void refresh(client);
  }, [ended, client]);
  useEffect(() => {
    if (!going) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", ask);
    return () => removeEventListener("beforeunload", ask);
  }, [going]);
  if (!uploads.length) return null;
  const failed = uploads.filter((upload) => upload.state === "failed").length;
  const Arrow = open ? DownIcon : RightIcon;
  return (
    <section className={classes.tray} aria-label="Uploads">
      <div className={classes.trayHead}>
        <Text size="sm" fw={600} role="status">
          {going ? `Uploading ${many(going, "file")}` : `${many(ended - failed, "file")} uploaded`}
          {failed > 0 && `, ${failed} failed`}
        </Text>
        <Group gap={2}>
          {!going && (
            <Button variant="subtle" color="gray" size="compact-xs" onClick={clearEnded}>
              Clear
            </Button>
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => setOpen(!open)}
            aria-expanded={open}
            aria-label={open ? "Hide the files" : "Show the files"}
          >
            <Arrow size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </div>
      <Collapse expanded={open}>
        <ul className={classes.files}>
          {uploads.map((upload) => (
            <Row key={upload.key} upload={upload} />
          ))}
        </ul>
      </Collapse>
    </section>
  );
}

function Row({ upload }: { upload: Upload }) {
  const { key, file, state, document } = upload;
  return (
    <li data-state={state}>
      <Text size="sm" truncate title={file.name}>
        {state === "done" && document ? (
          <Link href={`/library/documents/${document}`} className={classes.link}>
            <bdi>{file.name}</bdi>
          </Link>
        ) : (
          <bdi>{file.name}</bdi>
        )}{" "}
        <Text span size="xs" c="dimmed">
          {bytes(file.size)}
        </Text>
      </Text>
      <Group gap={2} wrap="nowrap">
        {state === "failed" && (
          <ActionIcon
            variant="subtle"
            color="gray"
            onClick={() => uploadAgain(key)}
            aria-label={`Upload ${file.name} again`}
          >
            <RetryIcon size={15} aria-hidden />
          </ActionIcon>
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => leave(key)}
          aria-label={underway(upload) ? `Stop ${file.name}` : `Take ${file.name} off the list`}
        >
          <CloseIcon size={15} aria-hidden />
        </ActionIcon>
      </Group>
      <Said upload={upload} />
    </li>
  );
}

function Said({ upload }: { upload: Upload }) {
  const { file, state, sent, said, next, source } = upload;
  switch (state) {
    case "waiting":
      return (
        <Text size="xs" c="dimmed">
          Waits for its turn, into {source}
        </Text>
      );
    case "sending":
      return <Progress value={100 * sent} size="sm" aria-label={`How much of ${file.name} was sent`} />;
    case "reading":
      return <Progress value={100} size="sm" animated aria-label={`${file.name} is being read`} />;
    case "done":
      return (
        <Text size="xs" c="dimmed">
          <CheckIcon size={12} aria-hidden /> {said}
        </Text>
      );
    case "failed":
      return (
        <Text size="xs" c="var(--mantine-color-error)" className={classes.reason}>
          <WarningIcon size={12} aria-hidden /> {sentence(said)} {next}
        </Text>
      );
  }
}
