import { ActionIcon, Select, Stack, Switch, TextInput } from "@mantine/core";
import { useHotkeys } from "@mantine/hooks";
import { useRef, useState } from "react";
import type { Schema } from "../../api/client.ts";
import { CloseIcon, FilterIcon, SearchIcon } from "../../parts/icons.ts";
import { StateButton, useTyped } from "../../parts/list/Filters.tsx";
import shared from "../../parts/list/list.module.css";
import { count } from "../../parts/times.ts";
import type { Wanted } from "./calls.ts";
import classes from "./list.module.css";
import { STATE_NAMES, STATES, type State } from "./words.ts";

type Counts = Schema<"CountsOut">;

interface FiltersProps {
  wanted: Wanted;
  want: (change: Partial<Wanted>) => void;
  counts: Counts | undefined;
}

/** What narrows the list: the states with how many tickets are in each, words, people, and where they came from. */
export function Filters({ wanted, want, counts }: FiltersProps) {
  const [open, setOpen] = useState(false);
  const you = counts?.you;
  return (
    <Stack gap="xs" mb="sm">
      <States wanted={wanted} want={want} counts={counts} />
      <search className={classes.filters} data-shut={open ? undefined : true}>
        <Words wanted={wanted} want={want} />
        <Who
          label="Assignee"
          value={wanted.assignee}
          found={counts?.assignees}
          you={you?.id}
          nobody
          set={(assignee) => want({ assignee })}
        />
        <Who
          label="Requester"
          value={wanted.requester}
          found={counts?.requesters}
          you={you?.id}
          set={(requester) => want({ requester })}
        />
        <Who
          label="Source"
          value={wanted.source}
          found={counts?.sources}
          set={(source) => want({ source })}
        />
        {you?.handles && (
          <Switch
            className={classes.more}
            label="Mine"
            title="Only those that concern you yourself"
            checked={wanted.mine ?? false}
            onChange={(event) => want({ mine: event.currentTarget.checked || undefined })}
          />
        )}
        <ActionIcon
          className={classes.opener}
          variant="default"
          size={36}
          onClick={() => setOpen(!open)}
          aria-expanded={open}
          aria-label={open ? "Fewer filters" : "More filters"}
        >
          <FilterIcon size={18} aria-hidden />
        </ActionIcon>
      </search>
    </Stack>
  );
}

function States({ wanted, want, counts }: FiltersProps) {
  const all = counts ? Object.values(counts.states).reduce((sum, each) => sum + each, 0) : undefined;
  const toggle = (state: State) =>
    want({
      state: wanted.state.includes(state)
        ? wanted.state.filter((each) => each !== state)
        : [...wanted.state, state],
    });
  return (
    <fieldset className={shared.states} aria-label="States">
      <StateButton name="All" number={all} pressed={!wanted.state.length} press={() => want({ state: [] })} />
      {STATE_NAMES.map((state) => (
        <StateButton
          key={state}
          name={STATES[state].name}
          number={counts?.states[state]}
          pressed={wanted.state.includes(state)}
          press={() => toggle(state)}
        />
      ))}
    </fieldset>
  );
}

/** Words that a ticket has. */
function Words({ wanted, want }: Pick<FiltersProps, "wanted" | "want">) {
  const { text, put, box } = useTyped(wanted.q, (q) => want({ q }));
  const input = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => input.current?.focus()]]);
  return (
    <TextInput
      {...box}
      ref={input}
      className={classes.search}
      aria-label="Search in tickets"
      placeholder="Search in tickets"
      maxLength={200}
      leftSection={<SearchIcon size={16} aria-hidden />}
      rightSection={
        text && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            onClick={() => put("")}
            aria-label="Clear the search"
          >
            <CloseIcon size={14} aria-hidden />
          </ActionIcon>
        )
      }
    />
  );
}

interface WhoProps {
  label: string;
  value: string | undefined;
  found: Record<string, number> | undefined;
  you?: string;
  /** Whether "nobody" is one of them. */
  nobody?: boolean;
  set: (value: string | undefined) => void;
}

const NOBODY = "nobody";

/** One of those that there are, with how many tickets are theirs. */
function Who({ label, value, found = {}, you, nobody = false, set }: WhoProps) {
  const names = Object.keys(found).filter((name) => name !== "" || nobody);
  if (value !== undefined && !names.includes(value)) names.push(value);
  const data = names.map((name) => ({
    value: name || NOBODY,
    label: `${name === "" ? "Nobody" : name === you ? `${name} (you)` : name} · ${count(found[name] ?? 0)}`,
  }));
  return (
    <Select
      className={classes.more}
      aria-label={label}
      placeholder={label}
      data={data}
      value={value === undefined ? null : value || NOBODY}
      onChange={(chosen) => set(chosen === null ? undefined : chosen === NOBODY ? "" : chosen)}
      searchable
      clearable
      clearButtonProps={{ "aria-label": `Any ${label.toLowerCase()}` }}
      nothingFoundMessage="None"
      limit={50}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}
