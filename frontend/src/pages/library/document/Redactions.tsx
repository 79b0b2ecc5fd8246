import { Text } from "@mantine/core";
import { PolicyIcon } from "../../../parts/icons.ts";
import { Nothing } from "../../../parts/Nothing.tsx";
import { Panel } from "../../../parts/Panel.tsx";
import type { Doc } from "../calls.ts";
import { Kinds } from "../Kinds.tsx";
import { Sealed, type Seen } from "./Sealed.tsx";

/** What was taken out of a document before anything of it was stored. */
export function Redactions({ document, seen }: { document: Doc; seen: Seen }) {
  if (!Object.keys(document.redactions).length) {
    return (
      <Nothing Icon={PolicyIcon} title="Nothing was taken out">
        {document.version > 0 ? "None of what is looked for stands in it." : "It has not been read yet."}
      </Nothing>
    );
  }
  return (
    <>
      <Panel title="What was taken out">
        <Text size="sm" c="dimmed" mb="sm">
          In the text there are placeholders in its place.
        </Text>
        <Kinds counts={document.redactions} />
      </Panel>
      <Sealed document={document} seen={seen} />
    </>
  );
}
