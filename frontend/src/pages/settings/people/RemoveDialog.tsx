import { useQueryClient } from "@tanstack/react-query";
import { ADMIN, type Person, removePerson } from "../calls.ts";
import { Sure } from "../Sure.tsx";

/** Asks before somebody is taken out of the directory. */
export function RemoveDialog({ who, onClose }: { who: Person; onClose: () => void }) {
  const client = useQueryClient();
  return (
    <Sure
      title={`Remove ${who.id}?`}
      act="Remove"
      does={(sure) => removePerson(who.id, sure)}
      done={() =>
        client.invalidateQueries({
          queryKey: ADMIN,
          predicate: ({ queryKey }) => queryKey[1] !== "connections",
        })
      }
      onClose={onClose}
    >
      They are in no group from now on{who.groups.length > 0 && ` (now: ${who.groups.join(", ")})`}, and every
      token and session of theirs ends at once, for good. What they asked, own and handle stays.
    </Sure>
  );
}
