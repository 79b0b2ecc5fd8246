import { Anchor, Code, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "wouter";
import classes from "./Welcome.module.css";

/** What an administrator does first on a desk that knows nothing yet. */
export default function Setup() {
  return (
    <ol className={classes.setup} aria-label="How to begin">
      <Step to="/library" name="Put documents into the library">
        Upload files, or have the server read a folder: <Code>deskhand ingest FOLDER</Code>
      </Step>
      <Step to="/settings/people" name="Add the people who may ask">
        With the groups that documents are open to, yourself among them
      </Step>
      <Step to="/settings" name="Connect a model">
        It can wait: until then, answers quote the sentences that answer
      </Step>
    </ol>
  );
}

function Step({ to, name, children }: { to: string; name: string; children: ReactNode }) {
  return (
    <li>
      <Anchor component={Link} href={to} fw={600} size="sm">
        {name}
      </Anchor>
      <Text size="sm" c="dimmed">
        {children}
      </Text>
    </li>
  );
}
