import { Anchor, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { useNothingToRead } from "./calls.ts";
import classes from "./Welcome.module.css";

/** What stands above the first question. */
export function Welcome() {
  const nothing = useNothingToRead(true);
  return (
    <div className={classes.welcome}>
      <Title order={1} size="h2" ta="center">
        What do you want to know?
      </Title>
      {nothing ? (
        <Text c="dimmed" ta="center" maw={460}>
          The library holds nothing that you may read yet.{" "}
          <Anchor component={Link} href="/library">
            Put documents into the library
          </Anchor>
          , or ask whoever runs this desk.
        </Text>
      ) : (
        <Text c="dimmed" ta="center" maw={460}>
          The answer comes from documents that you may read, and names a source for every sentence. Where they
          do not answer, it says so.
        </Text>
      )}
    </div>
  );
}
