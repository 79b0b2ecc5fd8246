import { Badge, Checkbox, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useRef, useState } from "react";
import { SearchIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { type Setup, useSetup } from "./calls.ts";
import { Section } from "./Section.tsx";
import classes from "./Settings.module.css";
import { Worded } from "./Worded.tsx";

type Setting = Setup["settings"][number];

/** Every setting as it holds, and where it is set. They are changed where they are set, and hold from the next start. */
export default function Values() {
  const { data, error, refetch } = useSetup();
  const [text, setText] = useState("");
  const [changed, setChanged] = useState(false);
  const box = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => box.current?.focus()]]);
  const wanted = text.trim().toLowerCase();
  const shown = data?.settings.filter(
    ({ name, help, source }) =>
      (!changed || source !== "default") && `${name} ${help}`.toLowerCase().includes(wanted),
  );
  return (
    <Section title="Settings">
      <Text size="sm" c="dimmed" mb="md">
        They are set in {data?.file ? <code>{data.file}</code> : <code>deskhand.toml</code>} or as{" "}
        <code>DESKHAND_…</code> variables, and hold from the next start of the server. Secrets are not shown.
      </Text>
      <div className={classes.bar}>
        <TextInput
          ref={box}
          className={classes.search}
          type="search"
          placeholder="Search by name or meaning"
          aria-label="Search settings by name or meaning"
          leftSection={<SearchIcon size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Checkbox
          label="Only what is set here"
          checked={changed}
          onChange={(event) => setChanged(event.currentTarget.checked)}
          style={{ alignSelf: "center" }}
        />
      </div>
      {error ? (
        <ProblemNote error={error} again={() => refetch()} />
      ) : !shown ? (
        <Stack aria-busy="true" aria-label="Loading">
          {["a", "b", "c", "d"].map((key) => (
            <Skeleton key={key} height={54} />
          ))}
        </Stack>
      ) : shown.length ? (
        <Panel p={0}>
          <ul className={classes.values} aria-label="Settings">
            {shown.map((setting) => (
              <Row key={setting.name} setting={setting} />
            ))}
          </ul>
        </Panel>
      ) : (
        <Nothing Icon={SearchIcon} title="No setting is like that">
          Take other letters, or show those that are not set here too.
        </Nothing>
      )}
    </Section>
  );
}

function Row({ setting: { name, value, source, help } }: { setting: Setting }) {
  return (
    <li className={classes.value}>
      <div>
        <span className={classes.code}>{name}</span>
        {source !== "default" && (
          <Badge size="sm" ml={8} color={source === "file" ? "indigo" : "grape"}>
            {source}
          </Badge>
        )}
        <Text size="xs" c="dimmed">
          <Worded text={help} />
        </Text>
      </div>
      <span className={classes.code} data-default={source === "default" || undefined}>
        {written(value)}
      </span>
    </li>
  );
}

/** A value as a person would write it down. */
function written(value: unknown): string {
  if (value === null || value === undefined || value === "") return "not set";
  if (typeof value === "string") return value;
  if (Array.isArray(value) && value.length === 0) return "none";
  if (typeof value === "object" && Object.keys(value).length === 0) return "none";
  return typeof value === "object" ? JSON.stringify(value, withoutGaps, 2) : String(value);
}

/** Of a part with many settings, those that are not set say nothing. */
function withoutGaps(_name: string, value: unknown): unknown {
  return value === null ? undefined : value;
}
