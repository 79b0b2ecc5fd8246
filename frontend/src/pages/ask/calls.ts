import {
  type InfiniteData,
  infiniteQueryOptions,
  keepPreviousData,
  type QueryClient,
  useInfiniteQuery,
  useQuery,
} from "@tanstack/react-query";
import { api, asProblem, got, type Schema } from "../../api/client.ts";
import type { Sending } from "./pending.ts";

export type Conversation = Schema<"ConversationOut">;
export type Question = Schema<"QuestionOut">;
export type Labels = Schema<"LabelsOut">;
export type Asked = Schema<"Asking">;

/** Questions of a conversation that are fetched at once. */
const PLACES = 20;
/** Conversations that are fetched at once. */
const PAGE = 50;

export function useLabels() {
  return useQuery({
    queryKey: ["ask", "labels"],
    queryFn: () => got(api.GET("/v1/labels")),
    staleTime: 300_000,
  });
}

/** Whether there is nothing in the library that one may read. */
export function useNothingToRead(looks: boolean): boolean {
  const { data } = useQuery({
    queryKey: ["ask", "library"],
    queryFn: () => got(api.GET("/v1/documents", { params: { query: { limit: 1 } } })),
    enabled: looks,
    staleTime: 60_000,
  });
  return data?.length === 0;
}

export function useConversations(q: string) {
  return useInfiniteQuery({
    queryKey: ["ask", "conversations", q],
    queryFn: ({ pageParam }) =>
      got(api.GET("/v1/conversations", { params: { query: { q, limit: PAGE, after: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
    placeholderData: keepPreviousData,
    select: (data) => {
      // One that was continued meanwhile has moved to the front, and is met a second time.
      const seen = new Map(data.pages.flat().map((each) => [each.id, each]));
      return [...seen.values()];
    },
  });
}

const oneOf = (id: string) => ["ask", "conversation", id];

function conversation(id: string) {
  return infiniteQueryOptions({
    queryKey: oneOf(id),
    queryFn: ({ pageParam }) =>
      got(
        api.GET("/v1/conversations/{id}", {
          params: { path: { id }, query: { limit: PLACES, before: pageParam } },
        }),
      ),
    initialPageParam: null as number | null,
    // Pages go back in time.
    getNextPageParam: (page) => {
      const first = page.questions[0]?.position ?? 1;
      return first > 1 ? first : undefined;
    },
    staleTime: 2_000,
  });
}

/** A conversation from its end: its questions, oldest first, and whether there are earlier ones. */
export function useConversation(id: string | null) {
  return useInfiniteQuery({
    ...conversation(id ?? ""),
    enabled: id !== null,
    select: (data: InfiniteData<Conversation>) => ({
      title: data.pages[0]?.title ?? "",
      questions: data.pages.toReversed().flatMap((page) => page.questions),
    }),
  });
}

/** Puts the question on record; sent again, it is the same question. */
export async function put({ key, question, conversation, ...named }: Sending): Promise<Asked> {
  const body = { question, ...named, ...(conversation ? { conversation } : {}), wait: 0 };
  return got(api.POST("/v1/ask", { params: { header: { "Idempotency-Key": key } }, body }));
}

/** Whether it is worth sending the same again: it may not have come through. */
export function mayNotHaveCome(error: unknown): boolean {
  const { status } = asProblem(error);
  return status === 0 || status === 429 || status >= 500;
}

/** Fetches a conversation before it is shown, or anew. */
export async function refresh(client: QueryClient, id: string): Promise<void> {
  void client.invalidateQueries({ queryKey: ["ask", "conversations"] });
  if (client.getQueryState(oneOf(id))) await client.invalidateQueries({ queryKey: oneOf(id) });
  else await client.fetchInfiniteQuery(conversation(id));
}

export async function remove(client: QueryClient, id: string): Promise<void> {
  await api.DELETE("/v1/conversations/{id}", { params: { path: { id } } });
  client.removeQueries({ queryKey: oneOf(id) });
  await client.invalidateQueries({ queryKey: ["ask", "conversations"] });
}

export async function cancel(runs: string[]): Promise<void> {
  await Promise.all(runs.map((id) => api.POST("/v1/runs/{id}/cancel", { params: { path: { id } } })));
}

export async function resume(id: string): Promise<void> {
  await api.POST("/v1/runs/{id}/resume", { params: { path: { id } } });
}

export async function unsay(id: string): Promise<void> {
  await api.DELETE("/v1/runs/{id}/verdict", { params: { path: { id } } });
}

export async function say(id: string, body: Schema<"VerdictIn">): Promise<void> {
  await api.POST("/v1/runs/{id}/verdict", { params: { path: { id } }, body });
}
