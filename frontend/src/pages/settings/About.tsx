import { Badge, Button, Group, SegmentedControl, Stack, Text, useMantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { SignOutIcon } from "../../parts/icons.ts";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { moment } from "../../parts/times.ts";
import { useMay, useMe } from "../../session.tsx";
import { useSignOut } from "../../signOut.ts";
import { useSetup } from "./calls.ts";
import { Section } from "./Section.tsx";
import { allowed } from "./scopes.ts";

/** Who one is here, until when, how it looks, and what this desk is made of. */
export function About() {
  return (
    <Section title="You and this desk">
      <Stack gap="md">
        <Session />
        <Looks />
        <Versions />
      </Stack>
    </Section>
  );
}

function Session() {
  const { principal, scopes, expires } = useMe();
  const leave = useSignOut();
  return (
    <Panel
      title="This session"
      actions={
        <Button
          variant="default"
          leftSection={<SignOutIcon size={16} aria-hidden />}
          loading={leave.isPending}
          onClick={() => leave.mutate()}
        >
          Sign out here
        </Button>
      }
    >
      {leave.error && <ProblemNote error={leave.error} />}
      <Fact name="Signed in as">{principal.id}</Fact>
      <Fact name="Groups">
        {principal.groups.length ? (
          <Group gap={4}>
            {principal.groups.map((name) => (
              <Badge key={name} color="gray" style={{ textTransform: "none" }}>
                {name}
              </Badge>
            ))}
          </Group>
        ) : (
          "none; you read what everyone may"
        )}
      </Fact>
      <Fact name="May">{allowed(scopes)}</Fact>
      <Fact name="Ends">{moment(expires)}, or when its token is revoked</Fact>
    </Panel>
  );
}

function Looks() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Panel title="Colours">
      <SegmentedControl
        aria-label="Colours"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as "auto" | "light" | "dark")}
        data={[
          { value: "auto", label: "As the system" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
      />
    </Panel>
  );
}

function Versions() {
  const { version } = useMe();
  const { data } = useSetup(useMay("admin"));
  const versions = data?.versions ?? [{ name: "Deskhand", value: version }];
  return (
    <Panel title="Versions">
      {versions.map((each) => (
        <Fact key={each.name} name={each.name}>
          {each.value}
        </Fact>
      ))}
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Group gap="xs" align="baseline" py={3}>
      <Text size="sm" c="dimmed" w={110} style={{ flex: "none" }}>
        {name}
      </Text>
      <Text size="sm" component="div" flex="1 1 9rem" miw={0} style={{ overflowWrap: "anywhere" }}>
        {children}
      </Text>
    </Group>
  );
}
