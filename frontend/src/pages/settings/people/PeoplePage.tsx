import { Button, NativeSelect, SegmentedControl, TextInput } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { useRef, useState } from "react";
import { PlusIcon, SearchIcon } from "../../../parts/icons.ts";
import type { Person } from "../calls.ts";
import { useGroups } from "../calls.ts";
import { Section } from "../Section.tsx";
import classes from "../Settings.module.css";
import { Groups } from "./Groups.tsx";
import { People } from "./People.tsx";
import { PersonDialog } from "./PersonDialog.tsx";
import { RemoveDialog } from "./RemoveDialog.tsx";

const SLOWLY = 250;

type Shown = "people" | "groups";
type Open = { what: "add" } | { what: "edit" | "remove"; who: Person } | null;

/** Who there is, and in which groups: what access lists go by. */
export default function PeoplePage() {
  const [shown, show] = useState<Shown>("people");
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), SLOWLY);
  const [kind, setKind] = useState("");
  const [group, setGroup] = useState("");
  const [open, setOpen] = useState<Open>(null);
  const box = useRef<HTMLInputElement>(null);
  const groups = useGroups();
  useHotkeys([["/", () => box.current?.focus()]]);
  const narrowed = { q, kind: (kind || undefined) as Person["kind"] | undefined, group: group || undefined };
  return (
    <Section
      title="People"
      fills
      actions={
        <Button leftSection={<PlusIcon size={16} aria-hidden />} onClick={() => setOpen({ what: "add" })}>
          Add
        </Button>
      }
    >
      <div className={classes.bar}>
        <SegmentedControl
          aria-label="Shown"
          value={shown}
          onChange={(value) => show(value as Shown)}
          data={[
            { value: "people", label: "People" },
            { value: "groups", label: "Groups" },
          ]}
        />
        <TextInput
          ref={box}
          className={classes.search}
          type="search"
          placeholder={shown === "people" ? "Search by address or name" : "Search by name"}
          aria-label={shown === "people" ? "Search people" : "Search groups"}
          leftSection={<SearchIcon size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        {shown === "people" && (
          <>
            <NativeSelect
              aria-label="Kind"
              data={[
                { value: "", label: "People and services" },
                { value: "person", label: "People" },
                { value: "service", label: "Services" },
              ]}
              value={kind}
              onChange={(event) => setKind(event.currentTarget.value)}
            />
            <NativeSelect
              aria-label="Group"
              maw={200}
              data={[
                { value: "", label: "Every group" },
                ...(groups.data ?? []).map(({ name }) => ({ value: name, label: name })),
              ]}
              value={group}
              onChange={(event) => setGroup(event.currentTarget.value)}
            />
          </>
        )}
      </div>
      {shown === "people" ? (
        <People
          wanted={narrowed}
          onEdit={(who) => setOpen({ what: "edit", who })}
          onRemove={(who) => setOpen({ what: "remove", who })}
        />
      ) : (
        <Groups
          q={q}
          onOpen={(name) => {
            setGroup(name);
            setText("");
            show("people");
          }}
        />
      )}
      {open?.what === "remove" && <RemoveDialog who={open.who} onClose={() => setOpen(null)} />}
      {open && open.what !== "remove" && (
        <PersonDialog who={open.what === "edit" ? open.who : null} onClose={() => setOpen(null)} />
      )}
    </Section>
  );
}
