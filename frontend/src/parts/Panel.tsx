import { Group, Paper, type PaperProps, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A part of a page, with a heading of its own. */
export function Panel({
  title,
  actions,
  children,
  ...rest
}: { title?: ReactNode; actions?: ReactNode; children: ReactNode } & PaperProps) {
  return (
    <Paper p="md" withBorder bg="var(--desk-surface)" style={{ borderColor: "var(--desk-line)" }} {...rest}>
      {(title || actions) && (
        <Group justify="space-between" mb="sm" gap="xs">
          {title && (
            <Title order={2} size="h5">
              {title}
            </Title>
          )}
          {actions}
        </Group>
      )}
      {children}
    </Paper>
  );
}
