import { Alert, Anchor, Grid, Group, Skeleton, Stack, Tabs, Text } from "@mantine/core";
import { Link } from "wouter";
import { Absent } from "../../parts/Absent.tsx";
import { Back } from "../../parts/Back.tsx";
import { InfoIcon, RunsIcon, WarningIcon } from "../../parts/icons.ts";
import { Page } from "../../parts/Page.tsx";
import { Panel } from "../../parts/Panel.tsx";
import { ProblemNote } from "../../parts/ProblemNote.tsx";
import { useMay } from "../../session.tsx";
import { Acts } from "./Acts.tsx";
import { Citations } from "./Citations.tsx";
import { Content } from "./Content.tsx";
import { useAnswerTrace, useRun } from "./calls.ts";
import { Facts } from "./Facts.tsx";
import { Passages } from "./Passages.tsx";
import { StateBadge } from "./RunRow.tsx";
import classes from "./run.module.css";
import { Steps } from "./Steps.tsx";
import { Written } from "./Written.tsx";
import { kindOf, type Whole } from "./words.ts";

/** One run: when each step was, what it was given and made, and what may be done with the run now. */
export default function RunPage({ id }: { id: string }) {
  const run = useRun(id);
  if (run.data) return <Shown run={run.data} stale={run.error} />;
  return (
    <Page title="Run" above={<Back to="/runs">Runs</Back>}>
      {run.error ? (
        <Absent
          error={run.error}
          again={() => run.refetch()}
          Icon={RunsIcon}
          title="There is no such run that you may see"
        >
          It is another's, or it ended so long ago that it was deleted.
        </Absent>
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Shown({ run, stale }: { run: Whole; stale: unknown }) {
  return (
    <Page title={run.about ?? kindOf(run)} above={<Back to="/runs">Runs</Back>} actions={<Acts run={run} />}>
      <Group gap="xs" mb="md">
        <StateBadge state={run.state} />
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {run.about ? `${kindOf(run)} · ${run.id}` : run.id}
        </Text>
      </Group>
      {Boolean(stale) && <ProblemNote error={stale} />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            {run.error && <Ended run={run} />}
            {run.withheld && <Withheld run={run} />}
            <Panel>
              <Tabs defaultValue="steps" keepMounted={false}>
                <Parts run={run} />
              </Tabs>
            </Panel>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <Facts run={run} />
        </Grid.Col>
      </Grid>
    </Page>
  );
}

/** The steps; of a question also how its answer was made; and what the run was given and made as a whole. */
function Parts({ run }: { run: Whole }) {
  const trace = useAnswerTrace(run.id, `${run.state} ${run.steps.length}`, run.question);
  return (
    <>
      <Tabs.List mb="sm" className={classes.parts}>
        <Tabs.Tab value="steps">Steps</Tabs.Tab>
        {run.question && <Tabs.Tab value="passages">Passages</Tabs.Tab>}
        {run.question && <Tabs.Tab value="written">Prompt and draft</Tabs.Tab>}
        {run.question && <Tabs.Tab value="citations">Citations</Tabs.Tab>}
        {!run.withheld && <Tabs.Tab value="content">Input and output</Tabs.Tab>}
      </Tabs.List>
      <Tabs.Panel value="steps">
        <Steps run={run} />
      </Tabs.Panel>
      {(["passages", "written", "citations"] as const).map((part) => (
        <Tabs.Panel key={part} value={part}>
          {trace.error ? <ProblemNote error={trace.error} again={() => trace.refetch()} /> : null}
          {!trace.data && !trace.error && <Skeleton height={120} aria-label="Loading" />}
          {trace.data && part === "passages" && <Passages trace={trace.data} />}
          {trace.data && part === "written" && <Written trace={trace.data} />}
          {trace.data && part === "citations" && <Citations trace={trace.data} />}
        </Tabs.Panel>
      ))}
      <Tabs.Panel value="content">
        <Content run={run} />
      </Tabs.Panel>
    </>
  );
}

function Ended({ run }: { run: Whole }) {
  const runs = useMay("admin");
  return (
    <Alert color="red" icon={<WarningIcon aria-hidden />} title={`Failed: ${run.error}`}>
      {run.message && run.message !== run.error ? (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {run.message.replace(`${run.error}: `, "")}
        </Text>
      ) : (
        <Text size="sm">The log of the server says more.</Text>
      )}
      {runs && run.error?.startsWith("model") && (
        <Text size="sm" mt={4}>
          <Anchor component={Link} href="/settings" inherit>
            Check the models
          </Anchor>
          , then resume it.
        </Text>
      )}
    </Alert>
  );
}

function Withheld({ run }: { run: Whole }) {
  const why = run.question
    ? "It rests on a source that you may not read any more."
    : "You see that it ran and how it went. What was asked and read is for who may read all that it rests on.";
  return (
    <Alert
      color="gray"
      icon={<InfoIcon aria-hidden />}
      title="What it was given and made is not shown to you"
    >
      {why}
    </Alert>
  );
}

function Loading() {
  return (
    <Stack aria-busy="true" aria-label="Loading">
      <Skeleton height={28} width={220} />
      <Skeleton height={220} />
    </Stack>
  );
}
