import { Alert, TagsInput, Text } from "@mantine/core";
import { useMe } from "../../session.tsx";
import { entriesOf } from "./words.ts";

interface AccessEntriesProps {
  label: string;
  value: string[];
  onChange: (entries: string[]) => void;
}

/** The entries of an access list, to be changed: a plain address is a person's, another plain word a group's. */
export function AccessEntries({ label, value, onChange }: AccessEntriesProps) {
  const { principal } = useMe();
  const known = [
    "everyone",
    ...principal.groups.map((name) => `group:${name}`),
    `${principal.kind}:${principal.id}`,
  ];
  return (
    <>
      <TagsInput
        label={label}
        description="Groups as group:support, people by their address, or everyone. Backspace takes the last one off."
        placeholder={value.length ? "" : "group:support"}
        data={known}
        value={value}
        onChange={(entries) => onChange(entriesOf(entries))}
        acceptValueOnBlur
        openOnFocus={false}
        splitChars={[",", ";", " "]}
        clearable
      />
      {value.includes("everyone") && (
        <Alert color="yellow" p="sm" mt={4}>
          <Text size="sm">Everybody who can sign in may read it, and whoever asks in an open channel.</Text>
        </Alert>
      )}
    </>
  );
}
