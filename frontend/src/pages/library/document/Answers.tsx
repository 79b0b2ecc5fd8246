import { Anchor, Badge, Group, Skeleton, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Schema } from "../../../api/client.ts";
import { AskIcon, BadIcon, GoodIcon } from "../../../parts/icons.ts";
import { MoreButton } from "../../../parts/MoreButton.tsx";
import { Nothing } from "../../../parts/Nothing.tsx";
import { Panel } from "../../../parts/Panel.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { When } from "../../../parts/When.tsx";
import { type Doc, useUses } from "../calls.ts";
import classes from "./Answers.module.css";

/** The answers that cite a document; what was asked is shown to whoever asked it. */
export function Answers({ document }: { document: Doc }) {
  const found = useUses(document.id);
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (found.isPending) return <Skeleton height={160} />;
  const uses = found.data.pages.flat();
  if (!uses.length) {
    return (
      <Nothing Icon={AskIcon} title="No answer used it yet">
        Each answer that cites this document is listed here.
      </Nothing>
    );
  }
  return (
    <Panel>
      <Text size="sm" c="dimmed" mb="sm">
        What others asked is theirs and not shown; that they were answered with this document is.
      </Text>
      <ul className={classes.uses}>
        {uses.map((use) => (
          <Use key={use.run} use={use} now={document.version} />
        ))}
      </ul>
      <MoreButton found={found}>Show older ones</MoreButton>
    </Panel>
  );
}

function Use({ use, now }: { use: Schema<"UseOut">; now: number }) {
  return (
    <li className={classes.use}>
      <div className={classes.what}>
        {use.question ? (
          <Link href={`/ask/${encodeURIComponent(use.conversation ?? "")}`} className={classes.question}>
            {use.question}
          </Link>
        ) : (
          <Text size="sm" c="dimmed">
            Somebody’s question
          </Text>
        )}
        <Text size="xs" c="dimmed">
          <When at={use.asked} /> · {use.door} · {use.label}
          {use.kept && " · kept answer"}
          {use.mine && (
            <>
              {" · "}
              <Anchor
                component={Link}
                href={`/runs/${encodeURIComponent(use.run)}`}
                inherit
                underline="always"
              >
                trace
              </Anchor>
            </>
          )}
        </Text>
      </div>
      <Group gap={8} wrap="nowrap">
        {use.good > 0 && <Said Icon={GoodIcon} times={use.good} what="good" />}
        {use.bad > 0 && <Said Icon={BadIcon} times={use.bad} what="bad" />}
        <Badge color={use.version === now ? "green" : "gray"} size="sm">
          Version {use.version}
        </Badge>
      </Group>
    </li>
  );
}

function Said({ Icon, times, what }: { Icon: typeof GoodIcon; times: number; what: string }) {
  return (
    <Text span size="sm" c="dimmed" className={classes.said} title={`${times} called it ${what}`}>
      <Icon size={14} aria-hidden /> {times}
      <span className={classes.hidden}> called it {what}</span>
    </Text>
  );
}
