import { Alert, Button, FileButton, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "../../parts/Dialog.tsx";
import { DeleteIcon, UploadIcon } from "../../parts/icons.ts";
import { bytes } from "../../parts/times.ts";
import { useMe } from "../../session.tsx";
import { AccessEntries } from "./AccessEntries.tsx";
import type { Source } from "./calls.ts";
import { useDrop } from "./DropHere.tsx";
import classes from "./Library.module.css";
import { upload } from "./uploading.ts";
import { many } from "./words.ts";

const NEW = "\0new";
const SHOWN = 6;

/** Which files go into which source; for a new one, its name and who may read it. */
export default function UploadDialog({
  sources,
  given,
  onClose,
}: {
  sources: Source[];
  given: File[];
  onClose: () => void;
}) {
  const { principal } = useMe();
  const known = sources.filter((source) => source.uploads);
  const [files, setFiles] = useState(given);
  const [into, setInto] = useState(known[0]?.id ?? NEW);
  const [name, setName] = useState("");
  const [read, setRead] = useState<string[]>([]);
  const source = into === NEW ? name.trim() : into;
  const add = (more: File[]) => setFiles((before) => [...before, ...more]);
  return (
    <Dialog onClose={onClose} title="Upload files" size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          upload(files, source, into === NEW ? read : []);
          onClose();
        }}
      >
        <Stack gap="md">
          <Well onFiles={add} />
          <Chosen
            files={files}
            drop={(index) => setFiles((before) => before.filter((_, at) => at !== index))}
          />
          {known.length > 0 && (
            <Select
              label="Into"
              data={[
                ...known.map(({ id }) => ({ value: id, label: id })),
                { value: NEW, label: "A new source" },
              ]}
              value={into}
              onChange={(chosen) => setInto(chosen ?? NEW)}
              allowDeselect={false}
            />
          )}
          {into === NEW && (
            <>
              <TextInput
                label="Name of the new source"
                description="Its documents are found under this name; it stays."
                placeholder="handbook"
                required
                maxLength={200}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
              />
              <AccessEntries label="Who may read it" value={read} onChange={setRead} />
              {read.length === 0 && (
                <Text size="xs" c="dimmed">
                  Left empty, only you ({principal.id}) may read it. You can open it later.
                </Text>
              )}
            </>
          )}
          <Alert color="gray" p="sm">
            <Text size="sm">
              Files are read, sensitive data is taken out, and the file itself is not kept.
            </Text>
          </Alert>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!files.length || !source}>
              {files.length ? `Upload ${many(files.length, "file")}` : "Upload"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function Well({ onFiles }: { onFiles: (files: File[]) => void }) {
  const { over, handlers } = useDrop(onFiles);
  return (
    <div className={classes.well} data-over={over || undefined} {...handlers}>
      <UploadIcon size={24} stroke={1.5} aria-hidden />
      <Text size="sm">Drop files here, or</Text>
      <FileButton multiple onChange={onFiles}>
        {(props) => (
          <Button {...props} variant="default" size="xs" data-autofocus>
            Choose files
          </Button>
        )}
      </FileButton>
      <Text size="xs" c="dimmed">
        PDF, Word, PowerPoint, Excel, Markdown, HTML, text, mail, CSV and JSON exports
      </Text>
    </div>
  );
}

function Chosen({ files, drop }: { files: File[]; drop: (index: number) => void }) {
  if (!files.length) return null;
  return (
    <Stack gap={2}>
      {files.slice(0, SHOWN).map((file, index) => (
        <Group key={`${index}-${file.name}`} justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" truncate>
            <bdi>{file.name}</bdi>{" "}
            <Text span size="xs" c="dimmed">
              {bytes(file.size)}
            </Text>
          </Text>
          <Button
            variant="subtle"
            color="gray"
            size="compact-xs"
            flex="none"
            onClick={() => drop(index)}
            aria-label={`Leave out ${file.name}`}
          >
            <DeleteIcon size={14} aria-hidden />
          </Button>
        </Group>
      ))}
      {files.length > SHOWN && (
        <Text size="xs" c="dimmed">
          and {files.length - SHOWN} more
        </Text>
      )}
    </Stack>
  );
}
