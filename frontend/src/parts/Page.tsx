import { Box, Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { type ReactNode, useLayoutEffect, useRef } from "react";
import { arrived } from "./arriving.ts";
import classes from "./Page.module.css";

export interface PageProps {
  title: string;
  /** Beside the title: what one may do here. */
  actions?: ReactNode;
  /** Above the title: the way back. */
  above?: ReactNode;
  /** The page is as high as the window, and what is in it scrolls by itself (a `VirtualList` needs that). */
  fills?: boolean;
  children: ReactNode;
}

/** A page with its title, which is the window's too. */
export function Page({ title, actions, above, fills = false, children }: PageProps) {
  useDocumentTitle(`${title} · Deskhand`);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => arrived(heading.current), []);
  return (
    <Box className={classes.page} data-fills={fills || undefined}>
      {above}
      <Group className={classes.head} justify="space-between" gap="sm">
        <Title ref={heading} tabIndex={-1} order={1} size="h3" className={classes.title}>
          {title}
        </Title>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Box>
  );
}
