import { Center, Stack, Text } from "@mantine/core";
import type { ComponentType, ReactNode } from "react";
import type { IconProps } from "./icons.ts";

/** What stands where there is nothing to show: why, and what to do about it. */
export function Nothing({
  Icon,
  title,
  children,
}: {
  Icon?: ComponentType<IconProps>;
  title: string;
  children?: ReactNode;
}) {
  return (
    <Center py={48} px="md">
      <Stack align="center" gap={6} maw={440}>
        {Icon && <Icon size={32} stroke={1.4} aria-hidden color="var(--mantine-color-dimmed)" />}
        <Text fw={600} ta="center">
          {title}
        </Text>
        <Text c="dimmed" size="sm" ta="center" component="div">
          {children}
        </Text>
      </Stack>
    </Center>
  );
}
