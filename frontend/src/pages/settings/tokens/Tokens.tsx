import { Badge, Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { KeyIcon, SearchIcon } from "../../../parts/icons.ts";
import { Nothing } from "../../../parts/Nothing.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { VirtualList } from "../../../parts/VirtualList.tsx";
import { When } from "../../../parts/When.tsx";
import { type Token, useTokens, type WantedTokens } from "../calls.ts";
import classes from "./Tokens.module.css";

interface TokensProps {
  wanted: WantedTokens;
  withOwner: boolean;
  onRevoke: (token: Token) => void;
}

/** Tokens, the newest first, as many as there are. */
export function Tokens({ wanted, withOwner, onRevoke }: TokensProps) {
  const found = useTokens(wanted);
  const rows = found.data?.pages.flat() ?? [];
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (found.isPending) {
    return (
      <Stack gap={10} aria-busy="true" aria-label="Loading">
        {["a", "b", "c", "d"].map((key) => (
          <Skeleton key={key} height={46} />
        ))}
      </Stack>
    );
  }
  if (!rows.length) {
    return wanted.q || wanted.state !== "good" ? (
      <Nothing Icon={SearchIcon} title="No token is like that">
        Take fewer letters, or another state.
      </Nothing>
    ) : (
      <Nothing Icon={KeyIcon} title="No valid tokens">
        Programs need one to call this desk. You are signed in by a link.
      </Nothing>
    );
  }
  return (
    <VirtualList
      rows={rows}
      keyOf={({ id }) => id}
      label="Tokens"
      estimate={62}
      hasMore={found.hasNextPage}
      more={() => !found.isFetchingNextPage && found.fetchNextPage()}
    >
      {(row) => <Row token={row} withOwner={withOwner} onRevoke={onRevoke} />}
    </VirtualList>
  );
}

function Row({ token, withOwner, onRevoke }: { token: Token } & Omit<TokensProps, "wanted">) {
  const { id, label, principal, scopes, state, made_by, current } = token;
  return (
    <div className={classes.row} data-state={state}>
      <div className={classes.named}>
        <Text size="sm" fw={550} className={classes.text} c={label ? undefined : "dimmed"}>
          <bdi>{label || "Without a label"}</bdi>
          {current && (
            <Badge ml={8} size="sm" color="teal">
              in use here
            </Badge>
          )}
        </Text>
        <Text size="xs" c="dimmed" className={classes.text}>
          <code>{id}…</code>
          {withOwner && <> of {principal}</>}
          {made_by && made_by !== principal && <>, made by {made_by}</>}
        </Text>
      </div>
      <Group gap={4} className={classes.scopes}>
        {scopes.map((scope) => (
          <Badge key={scope} color={scope === "admin" ? "orange" : "gray"}>
            {scope}
          </Badge>
        ))}
      </Group>
      <Text size="xs" c="dimmed" component="div" className={classes.times}>
        <Ends token={token} />
        <div>
          {token.used ? (
            <>
              used <When at={token.used} />
            </>
          ) : (
            "never used"
          )}
        </div>
      </Text>
      {state === "good" ? (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => onRevoke(token)}
          aria-label={`Revoke ${label || id}`}
        >
          Revoke
        </Button>
      ) : (
        <span />
      )}
    </div>
  );
}

function Ends({ token: { state, expires, revoked } }: { token: Token }) {
  if (state === "revoked" && revoked) {
    return (
      <div>
        revoked <When at={revoked} />
      </div>
    );
  }
  if (!expires) return <div>until it is revoked</div>;
  return (
    <div>
      {state === "expired" ? "expired" : "expires"} <When at={expires} />
    </div>
  );
}
