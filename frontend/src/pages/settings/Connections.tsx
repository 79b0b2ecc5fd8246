import { Button, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useEffect, useRef } from "react";
import { RetryIcon } from "../../parts/icons.ts";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { ConnectionRow } from "./ConnectionRow.tsx";
import { type Connection, useConnections } from "./calls.ts";
import { Section } from "./Section.tsx";
import classes from "./Settings.module.css";
import { type Standing, useChecks } from "./useChecks.ts";

const KINDS: Record<string, string> = {
  inside: "This desk",
  models: "Models",
  guards: "What guards texts",
  doors: "Doors",
  tickets: "Where tickets come from",
  notices: "Who is told of tickets",
  tools: "Tools of the agent",
};

/** What the desk works with, and whether it works: what costs nothing is tried when the page is opened. */
export function Connections() {
  const { data, error, refetch } = useConnections();
  const { standings, check } = useChecks();
  const begun = useRef(false);
  useEffect(() => {
    if (!data || begun.current) return;
    begun.current = true;
    check(data.filter((each) => each.on && each.checkable && each.free).map(({ name }) => name));
  }, [data, check]);
  const triable = data?.filter((each) => each.on && each.checkable).map(({ name }) => name) ?? [];
  const busy = triable.some((name) => standings[name]?.checking);
  return (
    <Section
      title="Connections"
      actions={
        <Button
          variant="default"
          leftSection={<RetryIcon size={16} aria-hidden />}
          loading={busy}
          disabled={!triable.length}
          onClick={() => check(triable)}
        >
          Check all
        </Button>
      }
    >
      {error ? (
        <ProblemNote error={error} again={() => refetch()} />
      ) : data ? (
        <>
          <Summary connections={data} standings={standings} />
          <Stack gap="md">
            {Object.entries(KINDS).map(([kind, name]) => {
              const some = data.filter((each) => each.kind === kind);
              return some.length ? (
                <Panel key={kind} p={0}>
                  <Title order={2} size="h6" px="md" pt="sm" c="dimmed">
                    {name}
                  </Title>
                  <ul className={classes.connections}>
                    {some.map((each) => (
                      <ConnectionRow
                        key={each.name}
                        connection={each}
                        standing={standings[each.name]}
                        check={() => check([each.name])}
                      />
                    ))}
                  </ul>
                </Panel>
              ) : null;
            })}
          </Stack>
        </>
      ) : (
        <Stack aria-busy="true" aria-label="Loading">
          {["a", "b", "c"].map((key) => (
            <Skeleton key={key} height={130} />
          ))}
        </Stack>
      )}
    </Section>
  );
}

/** How many work, in a sentence. */
function Summary({
  connections,
  standings,
}: {
  connections: Connection[];
  standings: Record<string, Standing>;
}) {
  const on = connections.filter((each) => each.on && each.checkable);
  const said = on.flatMap(({ name, title }) => {
    const last = standings[name]?.said;
    return last ? [{ title, ok: last.ok }] : [];
  });
  const failing = said.filter(({ ok }) => !ok).map(({ title }) => title);
  const unknown = on.length - said.length;
  const works = said.length - failing.length;
  return (
    <Text size="sm" mb="md" aria-live="polite">
      {works} of {on.length} connections work
      {failing.length > 0 && (
        <>
          ,{" "}
          <Text span inherit fw={600} c="var(--mantine-color-error)">
            {failing.join(", ")} {failing.length === 1 ? "fails" : "fail"}
          </Text>
        </>
      )}
      {unknown > 0 && <>; {unknown} not checked yet</>}.
    </Text>
  );
}
