import { Select, Stack, Switch, TextInput } from "@mantine/core";
import { StateButton, useTyped } from "../../parts/list/Filters.tsx";
import shared from "../../parts/list/list.module.css";
import { useMay, useMe } from "../../session.tsx";
import classes from "./list.module.css";
import type { Wanted } from "./wanted.ts";
import { DOORS, DURATIONS, KINDS, kindsFor, STATE_NAMES, STATES } from "./words.ts";

interface FiltersProps {
  wanted: Wanted;
  want: (change: Partial<Wanted>) => void;
}

/** What narrows the list: the state, what was done, where it came in, whose it is, and how long it took. */
export function Filters({ wanted, want }: FiltersProps) {
  const { scopes } = useMe();
  const everybodys = useMay("admin");
  const kinds = Object.fromEntries(kindsFor(scopes).map((kind) => [kind, KINDS[kind] ?? kind]));
  return (
    <Stack gap="xs" mb="sm">
      <fieldset className={shared.states} aria-label="States">
        <StateButton name="All" pressed={!wanted.state} press={() => want({ state: undefined })} />
        {STATE_NAMES.map((state) => (
          <StateButton
            key={state}
            name={STATES[state].name}
            pressed={wanted.state === state}
            press={() => want({ state: wanted.state === state ? undefined : state })}
          />
        ))}
      </fieldset>
      <search className={classes.filters}>
        <Choice label="Kind" of={kinds} value={wanted.kind} set={(kind) => want({ kind })} />
        <Choice label="Came in by" of={DOORS} value={wanted.door} set={(door) => want({ door })} />
        <Choice
          label="Duration"
          of={DURATIONS}
          value={wanted.longer === undefined ? undefined : String(wanted.longer)}
          set={(longer) => want({ longer: longer === undefined ? undefined : Number(longer) })}
        />
        {everybodys && <Whose wanted={wanted} want={want} />}
        {everybodys && (
          <Switch
            className={classes.house}
            label="The desk's own"
            title="What the desk does by itself, by the clock"
            checked={wanted.house === true}
            onChange={(event) => want({ house: event.currentTarget.checked ? true : undefined })}
          />
        )}
      </search>
    </Stack>
  );
}

interface ChoiceProps {
  label: string;
  of: Record<string, string>;
  value: string | undefined;
  set: (value: string | undefined) => void;
}

function Choice({ label, of, value, set }: ChoiceProps) {
  const data = Object.entries(of).map(([name, said]) => ({ value: name, label: said }));
  // An address may ask for one that is not known here.
  if (value !== undefined && !Object.hasOwn(of, value)) data.push({ value, label: value });
  return (
    <Select
      aria-label={label}
      placeholder={label}
      data={data}
      value={value ?? null}
      onChange={(chosen) => set(chosen ?? undefined)}
      clearable
      clearButtonProps={{ "aria-label": `Any ${label.toLowerCase()}` }}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}

/** Whose runs are looked for. */
function Whose({ wanted, want }: FiltersProps) {
  const { box } = useTyped(wanted.by, (by) => want({ by }));
  return (
    <TextInput
      {...box}
      type="search"
      aria-label="Whose, by address"
      placeholder="Whose, by address"
      maxLength={300}
    />
  );
}
