import { ActionIcon, Badge, Group, Skeleton, Stack, Text } from "@mantine/core";
import { DeleteIcon, EditIcon, KeyIcon, PeopleIcon, PersonIcon, SearchIcon } from "../../../parts/icons.ts";
import { Nothing } from "../../../parts/Nothing.tsx";
import { ProblemNote } from "../../../parts/ProblemNote.tsx";
import { VirtualList } from "../../../parts/VirtualList.tsx";
import { useMe } from "../../../session.tsx";
import { type Person, usePeople, type WantedPeople } from "../calls.ts";
import classes from "./People.module.css";

/** How many groups are named in a row; the others are counted. */
const NAMED = 6;

interface Acts {
  onEdit: (who: Person) => void;
  onRemove: (who: Person) => void;
}

/** People and services, as many as there are. */
export function People({ wanted, ...acts }: { wanted: WantedPeople } & Acts) {
  const found = usePeople(wanted);
  const rows = found.data?.pages.flat() ?? [];
  if (found.error) return <ProblemNote error={found.error} again={() => found.refetch()} />;
  if (found.isPending) return <Waiting />;
  if (!rows.length) {
    return wanted.q || wanted.group || wanted.kind ? (
      <Nothing Icon={SearchIcon} title="Nobody is like that">
        Take fewer letters, or another group.
      </Nothing>
    ) : (
      <Nothing Icon={PeopleIcon} title="Nobody yet">
        Add people by their e-mail addresses and services by name. Access lists name them and their groups.
      </Nothing>
    );
  }
  return (
    <VirtualList
      rows={rows}
      keyOf={(row) => `${row.kind}:${row.id}`}
      label="People and services"
      estimate={53}
      hasMore={found.hasNextPage}
      more={() => !found.isFetchingNextPage && found.fetchNextPage()}
    >
      {(row) => <Row who={row} {...acts} />}
    </VirtualList>
  );
}

function Row({ who, onEdit, onRemove }: { who: Person } & Acts) {
  const { principal } = useMe();
  const own = principal.id === who.id && principal.kind === who.kind;
  const Icon = who.kind === "person" ? PersonIcon : KeyIcon;
  return (
    <div className={classes.row}>
      <Icon size={16} aria-hidden color="var(--mantine-color-dimmed)" />
      <div className={classes.who}>
        <Text size="sm" fw={550} className={classes.name}>
          <bdi>{who.id}</bdi>
          {own && (
            <Text span c="dimmed" fw={400}>
              {" "}
              (you)
            </Text>
          )}
        </Text>
        <Text size="xs" c="dimmed">
          {who.kind === "service" && "Service, "}
          {who.tokens === 1 ? "1 token" : `${who.tokens || "no"} tokens`}
        </Text>
      </div>
      <Group gap={4} className={classes.groups}>
        {who.groups.slice(0, NAMED).map((name) => (
          <Badge key={name} color="gray" maw={180}>
            {name}
          </Badge>
        ))}
        {who.groups.length > NAMED && (
          <Text span size="xs" c="dimmed">
            and {who.groups.length - NAMED} more
          </Text>
        )}
        {!who.groups.length && (
          <Text span size="xs" c="dimmed">
            in no group
          </Text>
        )}
      </Group>
      <Group gap={2} wrap="nowrap">
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => onEdit(who)}
          aria-label={`Change the groups of ${who.id}`}
          title="Change the groups"
        >
          <EditIcon size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon
          variant="subtle"
          color="gray"
          onClick={() => onRemove(who)}
          aria-label={`Remove ${who.id}`}
          title="Remove"
        >
          <DeleteIcon size={16} aria-hidden />
        </ActionIcon>
      </Group>
    </div>
  );
}

function Waiting() {
  return (
    <Stack gap={10} aria-busy="true" aria-label="Loading">
      {["a", "b", "c", "d", "e"].map((key) => (
        <Skeleton key={key} height={42} />
      ))}
    </Stack>
  );
}
