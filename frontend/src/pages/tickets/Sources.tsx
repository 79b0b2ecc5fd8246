import { Anchor, Badge, Group, Stack, Text } from "@mantine/core";
import { Link } from "wouter";
import type { Schema } from "../../api/client.ts";
import { OutIcon } from "../../parts/icons.ts";
import { passageAt } from "../../parts/passageAt.ts";
import { useMay } from "../../session.tsx";
import classes from "./ticket.module.css";
import { safeAddress } from "./words.ts";

/** What a reply rests on; those that no mark in its text names are paler. */
export function Sources({ sources, text }: { sources: Schema<"CitationOut">[]; text: string }) {
  const library = useMay("ask");
  if (!sources.length) return null;
  return (
    <Stack gap={6} component="section" aria-label="Sources">
      {sources.map((each) => {
        const out = safeAddress(each.url);
        const named = text.includes(`[${each.number}]`);
        return (
          <div key={each.number} className={classes.source} data-unnamed={named ? undefined : true}>
            <Group gap={8} wrap="nowrap" align="baseline">
              <Badge size="sm" miw={24} style={{ flexShrink: 0 }} color={named ? "indigo" : "gray"}>
                {each.number}
              </Badge>
              <Text size="sm" fw={550} className={classes.told}>
                {library ? (
                  <Anchor
                    component={Link}
                    href={passageAt(each.document, each.passage)}
                    inherit
                    underline="always"
                  >
                    {each.title}
                  </Anchor>
                ) : (
                  each.title
                )}
                {each.place && (
                  <Text span inherit c="dimmed" fw={400}>
                    , {each.place}
                  </Text>
                )}
              </Text>
              {out && (
                <Anchor
                  href={out}
                  target="_blank"
                  rel="noopener noreferrer"
                  size="xs"
                  ml="auto"
                  style={{ flexShrink: 0 }}
                >
                  Original <OutIcon size={12} aria-hidden />
                </Anchor>
              )}
            </Group>
            {each.quote && (
              <Text size="sm" c="dimmed" lineClamp={4} mt={4}>
                “{each.quote}”
              </Text>
            )}
          </div>
        );
      })}
    </Stack>
  );
}
