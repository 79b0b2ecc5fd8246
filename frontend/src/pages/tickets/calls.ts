import { type QueryClient, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { api, asProblem, got } from "../../api/client.ts";
import { useListed } from "../../parts/list/useListed.ts";
import { useNews } from "../../parts/list/useNews.ts";
import { WAIT } from "../../parts/useLive.ts";
import type { Proposal, Seen, State, Ticket } from "./words.ts";

export const TICKETS = ["tickets"];
const PAGE = 200;
/** Characters of a ticket's text that a row of the list needs. */
const CUT = 240;
/** How often a ticket is looked at again while the agent has it, in milliseconds. */
const AGAIN = 1_000;

/** Which tickets are wanted. */
export interface Wanted {
  state: State[];
  assignee?: string;
  requester?: string;
  source?: string;
  q?: string;
  mine?: boolean;
}

const keyOf = (id: string) => [...TICKETS, "one", id];

/** The tickets that are wanted, and what changes among them. */
export function useTickets(wanted: Wanted) {
  const client = useQueryClient();
  const key = [...TICKETS, "list", wanted];
  const found = useListed<Ticket>({
    key,
    page: (after, signal) =>
      got(api.GET("/v1/tickets", { params: { query: { ...wanted, limit: PAGE, cut: CUT, after } }, signal })),
    size: PAGE,
    placeOf: (ticket) => ticket.place,
  });
  const news = useNews<Ticket>({
    key,
    found,
    ask: async (since, signal) => {
      const query = { ...wanted, cut: CUT, since, wait: WAIT };
      const { tickets, ...told } = await got(api.GET("/v1/tickets/changes", { params: { query }, signal }));
      return { ...told, wanted: tickets };
    },
    same: (one, other) => one.version === other.version,
    order,
    came: () => {
      for (const part of ["counts", "approvals", "proposals"]) {
        void client.invalidateQueries({ queryKey: [...TICKETS, part] });
      }
    },
  });
  return { found, news };
}

/** As the server lists them: the last changed first, those of the same moment by their ids. */
function order(one: Ticket, other: Ticket): number {
  const [moment, later] = [one, other].map(({ place }) => place.slice(0, place.indexOf("_"))) as [
    string,
    string,
  ];
  if (moment !== later) return moment > later ? -1 : 1;
  return one.id < other.id ? -1 : 1;
}

export function useCounts(wanted: Wanted = { state: [] }) {
  return useQuery({
    queryKey: [...TICKETS, "counts", wanted],
    queryFn: ({ signal }) => got(api.GET("/v1/tickets/counts", { params: { query: { ...wanted } }, signal })),
    placeholderData: (before) => before,
  });
}

export function useApprovals() {
  return useQuery({ queryKey: [...TICKETS, "approvals"], queryFn: () => got(api.GET("/v1/approvals")) });
}

export function useProposals() {
  return useQuery({
    queryKey: [...TICKETS, "proposals"],
    queryFn: () => got(api.GET("/v1/proposals", { params: { query: { limit: 200 } } })),
  });
}

const one = (id: string) => () =>
  got(api.GET("/v1/tickets/{id}", { params: { path: { id } } })) as Promise<Seen>;

/** A ticket, looked at again while the agent has it. */
export function useTicket(id: string) {
  return useQuery({
    queryKey: keyOf(id),
    queryFn: one(id),
    refetchInterval: ({ state }) => (state.data?.working ? AGAIN : false),
  });
}

/** Everything that was done for a ticket. It is `live` while the agent has it, and fetched once more after that. */
export function useTrace(id: string, live: boolean) {
  const trace = useQuery({
    queryKey: [...TICKETS, "trace", id],
    queryFn: () => got(api.GET("/v1/tickets/{id}/trace", { params: { path: { id } } })),
    refetchInterval: live ? AGAIN : false,
  });
  const was = useRef(live);
  const { refetch } = trace;
  useEffect(() => {
    if (was.current && !live) refetch();
    was.current = live;
  }, [live, refetch]);
  return trace;
}

/** The drafted reply to a ticket, where there is one that one may review. */
export function useProposal(id: string, there: boolean) {
  return useQuery({
    queryKey: [...TICKETS, "proposal", id],
    queryFn: () => got(api.GET("/v1/proposals/{ticket}", { params: { path: { ticket: id } } })),
    enabled: there,
    refetchInterval: ({ state }) => (state.data?.state === "drafting" ? AGAIN : false),
  });
}

export function usePolicy(wanted: boolean = true) {
  return useQuery({
    queryKey: [...TICKETS, "policy"],
    queryFn: () => got(api.GET("/v1/policy")),
    enabled: wanted,
    staleTime: 300_000,
  });
}

/** Whatever was fetched of tickets is looked at again. */
export function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: TICKETS });
}

/** A change that somebody makes. What is shown is fetched anew when it was made, and when it could not be: a conflict
 * means that there is a newer state. It is `done` once that is there, or the next change would be of the old one. */
export function useChange<Given = void>(
  change: (given: Given) => Promise<unknown>,
  done?: () => void,
  failed?: (error: Error) => void,
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: change,
    // Told before what is shown is fetched anew: what was pressed may be gone after that.
    onError: failed,
    onSettled: async (_made, error) => {
      await refresh(client);
      if (!error) done?.();
    },
  });
}

export function isConflict(error: unknown): boolean {
  return error !== null && asProblem(error).status === 409;
}

const at = (id: string) => ({ params: { path: { id } } });

/** What can be done with a ticket; each gives the ticket after it. */
export const acts = {
  edit: (id: string, version: number, text: string) =>
    got(api.PATCH("/v1/tickets/{id}", { ...at(id), body: { version, text } })),
  comment: (id: string, version: number, text: string) =>
    got(api.POST("/v1/tickets/{id}/comments", { ...at(id), body: { version, text } })),
  assign: (id: string, version: number, to: string, instructions: string) =>
    got(api.POST("/v1/tickets/{id}/assign", { ...at(id), body: { version, to, instructions } })),
  resolve: (id: string, version: number, communication: string) =>
    got(api.POST("/v1/tickets/{id}/resolve", { ...at(id), body: { version, communication } })),
  reopen: (id: string, version: number, reason: string) =>
    got(api.POST("/v1/tickets/{id}/reopen", { ...at(id), body: { version, reason } })),
  retry: (id: string) => got(api.POST("/v1/tickets/{id}/retry", at(id))),
  subscribe: (id: string, employee: string | null) =>
    got(api.POST("/v1/tickets/{id}/subscribers", { ...at(id), body: { employee } })),
  unsubscribe: (id: string, employee?: string) =>
    got(api.DELETE("/v1/tickets/{id}/subscribers", { params: { path: { id }, query: { employee } } })),
};

/** What can be said of an action that waits for a person. */
export const decide = {
  approve: (id: string, note: string) =>
    got(api.POST("/v1/approvals/{id}/approve", { ...at(id), body: { note } })),
  deny: (id: string, note: string) => got(api.POST("/v1/approvals/{id}/deny", { ...at(id), body: { note } })),
};

const to = (ticket: string) => ({ params: { path: { ticket } } });

/** What can be done with a drafted reply; each gives the reply after it. */
export const replies = {
  edit: (ticket: string, version: number, text: string) =>
    got(api.PATCH("/v1/proposals/{ticket}", { ...to(ticket), body: { version, text } })) as Promise<Proposal>,
  approve: (ticket: string, version: number) =>
    got(api.POST("/v1/proposals/{ticket}/approve", { ...to(ticket), body: { version } })),
  send: (ticket: string, version: number, ticket_version: number | null) =>
    got(api.POST("/v1/proposals/{ticket}/send", { ...to(ticket), body: { version, ticket_version } })),
  reject: (ticket: string, version: number, reason: string, given: string | null) =>
    got(api.POST("/v1/proposals/{ticket}/reject", { ...to(ticket), body: { version, reason, to: given } })),
};

export function submit(text: string, key: string, requester?: string, id?: string) {
  return got(
    api.POST("/v1/tickets", {
      params: { header: { "Idempotency-Key": key } },
      body: { text, requester: requester || null, id: id || null, wait: 0 },
    }),
  );
}
