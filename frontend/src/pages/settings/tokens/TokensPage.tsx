import { Alert, Button, NativeSelect, TextInput } from "@mantine/core";
import { useDebouncedValue, useHotkeys } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { InfoIcon, PlusIcon, SearchIcon } from "../../../parts/icons.ts";
import { useMay, useMe } from "../../../session.tsx";
import { ADMIN, revokeToken, type Token, type TokenState } from "../calls.ts";
import { Section } from "../Section.tsx";
import classes from "../Settings.module.css";
import { Sure } from "../Sure.tsx";
import { NewTokenDialog } from "./NewTokenDialog.tsx";
import { Tokens } from "./Tokens.tsx";

const SLOWLY = 250;

/** What programs and browsers sign in with: everybody's for an administrator, one's own for all others. */
export default function TokensPage() {
  const admin = useMay("admin");
  const { principal } = useMe();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text.trim(), SLOWLY);
  const [state, setState] = useState<TokenState | "">("good");
  const [whose, setWhose] = useState<"all" | "own">("all");
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const box = useRef<HTMLInputElement>(null);
  useHotkeys([["/", () => box.current?.focus()]]);
  const own = !admin || whose === "own";
  return (
    <Section
      title="Tokens"
      fills
      actions={
        admin && (
          <Button leftSection={<PlusIcon size={16} aria-hidden />} onClick={() => setMaking(true)}>
            New token
          </Button>
        )
      }
    >
      {!admin && (
        <Alert role="note" color="gray" mb="sm" icon={<InfoIcon aria-hidden />}>
          These are your own tokens. An administrator makes new ones.
        </Alert>
      )}
      <div className={classes.bar}>
        <TextInput
          ref={box}
          className={classes.search}
          type="search"
          placeholder={admin ? "Search by label, id or owner" : "Search by label or id"}
          aria-label="Search tokens"
          leftSection={<SearchIcon size={16} aria-hidden />}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <NativeSelect
          aria-label="State"
          data={[
            { value: "good", label: "Valid" },
            { value: "expired", label: "Expired" },
            { value: "revoked", label: "Revoked" },
            { value: "", label: "Every state" },
          ]}
          value={state}
          onChange={(event) => setState(event.currentTarget.value as TokenState | "")}
        />
        {admin && (
          <NativeSelect
            aria-label="Whose"
            data={[
              { value: "all", label: "Everybody's" },
              { value: "own", label: "Mine" },
            ]}
            value={whose}
            onChange={(event) => setWhose(event.currentTarget.value as "all" | "own")}
          />
        )}
      </div>
      <Tokens
        wanted={{ q, state: state || undefined, principal: own ? principal.id : undefined }}
        withOwner={!own}
        onRevoke={setRevoking}
      />
      {making && <NewTokenDialog onClose={() => setMaking(false)} />}
      {revoking && (
        <Sure
          title={`Revoke ${revoking.label || revoking.id}?`}
          act="Revoke"
          does={(sure) => revokeToken(revoking.id, sure)}
          done={() => client.invalidateQueries({ queryKey: [...ADMIN, "tokens"] })}
          onClose={() => setRevoking(null)}
        >
          Whatever signs in with <code>{revoking.id}…</code>, of {revoking.principal}, is refused from now on,
          and sessions that it opened end. This cannot be undone.
        </Sure>
      )}
    </Section>
  );
}
