import { Text, type TextProps } from "@mantine/core";
import { ago, moment } from "./times.ts";
import { useAging } from "./useNow.ts";

/** How long ago something was; the moment itself on hovering. */
export function When({ at, ...rest }: { at: string } & TextProps) {
  useAging();
  return (
    <Text span inherit {...rest}>
      <time dateTime={at} title={moment(at)}>
        {ago(at)}
      </time>
    </Text>
  );
}
