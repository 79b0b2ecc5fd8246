import { Button, Textarea } from "@mantine/core";
import { useState } from "react";
import { Panel } from "../../parts/Panel.tsx";
import { Actions } from "./Acts.tsx";
import { ChangeProblem, useSeenVersion } from "./ConflictNote.tsx";
import { acts, isConflict, useChange } from "./calls.ts";
import type { Seen } from "./words.ts";

/** Tells all whom the ticket concerns something. */
export function Comment({ seen }: { seen: Seen }) {
  const [text, setText] = useState("");
  const send = useChange(
    (version: number) => acts.comment(seen.id, version, text),
    () => setText(""),
  );
  const version = useSeenVersion(seen.version, text !== "", isConflict(send.error));
  return (
    <Panel title="Comment">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) send.mutate(version);
        }}
      >
        <Textarea
          aria-label="Comment"
          placeholder="Everybody whom the ticket concerns is told."
          autosize
          minRows={2}
          maxRows={12}
          maxLength={20_000}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          mb="xs"
        />
        <ChangeProblem error={send.error} seen={seen} />
        <Actions>
          <Button type="submit" size="xs" loading={send.isPending} disabled={!text.trim()}>
            {isConflict(send.error) ? "Send again" : "Comment"}
          </Button>
        </Actions>
      </form>
    </Panel>
  );
}
