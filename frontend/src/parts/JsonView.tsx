import { Box, Button } from "@mantine/core";
import { useState } from "react";
import classes from "./JsonView.module.css";

const MOST = 4_000;

/** A value as JSON, cut where it is long until one asks for all of it. */
export function JsonView({ value, label }: { value: unknown; label: string }) {
  const [all, setAll] = useState(false);
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const cut = !all && text.length > MOST;
  return (
    <Box>
      {/* It scrolls by itself, so it takes the focus. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className={classes.json} tabIndex={0} aria-label={label}>
        {cut ? `${text.slice(0, MOST)}…` : text}
      </section>
      {cut && (
        <Button size="compact-xs" variant="subtle" onClick={() => setAll(true)}>
          Show all {text.length.toLocaleString("en")} characters
        </Button>
      )}
    </Box>
  );
}
