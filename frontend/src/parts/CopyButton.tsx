import { ActionIcon } from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { CheckIcon, CopyIcon } from "./icons.ts";

/** Puts `text` on the clipboard. */
export function CopyButton({ text, label = "Copy" }: { text: string; label?: string }) {
  const { copied, copy } = useClipboard({ timeout: 1500 });
  const says = copied ? "Copied" : label;
  return (
    <ActionIcon variant="subtle" color="gray" onClick={() => copy(text)} aria-label={says} title={says}>
      {copied ? <CheckIcon size={16} aria-hidden /> : <CopyIcon size={16} aria-hidden />}
    </ActionIcon>
  );
}
