import { Anchor, Text, Title } from "@mantine/core";
import { lazy, Suspense } from "react";
import { Link } from "wouter";
import { useMay } from "../../session.tsx";
import { useNothingToRead } from "./calls.ts";
import classes from "./Welcome.module.css";

const Setup = lazy(() => import("./Setup.tsx"));

/** What stands above the first question. */
export function Welcome() {
  const nothing = useNothingToRead(true);
  const runs = useMay("admin");
  return (
    <div className={classes.welcome}>
      <Title order={1} size="h2" ta="center">
        What do you want to know?
      </Title>
      <Text c="dimmed" ta="center" maw={460}>
        {nothing ? (
          <NothingYet />
        ) : (
          "The answer comes from documents that you may read, and names a source for every sentence. Where they do not answer, it says so."
        )}
      </Text>
      {nothing && runs && (
        <Suspense>
          <Setup />
        </Suspense>
      )}
    </div>
  );
}

/** That there is nothing to ask about, and what the one who looks can do about it. */
function NothingYet() {
  const runs = useMay("admin");
  const adds = useMay("ingest");
  if (runs) return "The library holds nothing that you may read yet. Three steps, in any order:";
  return (
    <>
      The library holds nothing that you may read yet.{" "}
      {adds ? (
        <>
          <Anchor component={Link} href="/library">
            Put documents into the library
          </Anchor>
          , or ask whoever runs this desk.
        </>
      ) : (
        "Whoever runs this desk can open documents to you."
      )}
    </>
  );
}
