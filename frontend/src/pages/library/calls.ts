import { type QueryClient, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { call, type Schema } from "../../api/client.ts";

export type Source = Schema<"SourceOut">;
export type Doc = Schema<"DocumentOut">;

const LIBRARY = ["library"];
const PAGE = 100;
/** How often what goes on is looked at again, in milliseconds. */
const AGAIN = 3_000;

async function json<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await call(path, init)).json()) as T;
}

/** A path with its parameters; those without a value are left out. */
export function at(
  path: string,
  parameters: Record<string, string | number | null | undefined> = {},
): string {
  const given = Object.entries(parameters).filter(
    ([, value]) => value !== undefined && value !== null && value !== "",
  );
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  return query ? `${path}?${query}` : path;
}

const id = encodeURIComponent;

/** Whatever was fetched of the library is looked at again. */
export function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: LIBRARY });
}

export function useSources() {
  return useQuery({
    queryKey: [...LIBRARY, "sources"],
    queryFn: () => json<Source[]>("/v1/sources"),
    refetchInterval: ({ state }) =>
      state.data?.some((source) => source.state === "syncing") ? AGAIN : false,
  });
}

export function useSource(source: string) {
  return useQuery({
    queryKey: [...LIBRARY, "source", source],
    queryFn: () => json<Source>(`/v1/sources/${id(source)}`),
    refetchInterval: ({ state }) => (state.data?.state === "syncing" ? AGAIN : false),
  });
}

export interface Wanted {
  source?: string;
  state?: string;
  q?: string;
}

export function useDocuments(wanted: Wanted) {
  return useInfiniteQuery({
    queryKey: [...LIBRARY, "documents", wanted],
    queryFn: ({ pageParam }) =>
      json<Doc[]>(at("/v1/documents", { ...wanted, limit: PAGE, after: pageParam })),
    initialPageParam: "",
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
  });
}

export function useDocument(document: string) {
  return useQuery({
    queryKey: [...LIBRARY, "document", document],
    queryFn: () => json<Doc>(`/v1/documents/${id(document)}`),
  });
}

type Part = { after?: number | null; before?: number | null; around?: number | undefined };

/** A document's text from its beginning, or from the passage `around`, both ways. */
export function useText(document: string, around?: number) {
  return useInfiniteQuery({
    queryKey: [...LIBRARY, "text", document, around],
    queryFn: ({ pageParam }) =>
      json<Schema<"TextOut">>(at(`/v1/documents/${id(document)}/passages`, { limit: PAGE, ...pageParam })),
    initialPageParam: { around } as Part,
    getNextPageParam: ({ after }): Part | undefined => (after === null ? undefined : { after }),
    getPreviousPageParam: ({ before }): Part | undefined => (before === null ? undefined : { before }),
  });
}

/** What an answer cites; nothing of one that is somebody else's. */
export function useCited(run: string | undefined) {
  return useQuery({
    queryKey: [...LIBRARY, "cited", run],
    queryFn: async () =>
      (await json<Schema<"TraceOut">>(`/v1/runs/${id(run ?? "")}`)).answer?.citations ?? [],
    enabled: run !== undefined,
    retry: false,
  });
}

/** What a document has sealed that one may have revealed. The values themselves are never fetched by a query. */
export function useSealed(document: string) {
  return useInfiniteQuery({
    queryKey: [...LIBRARY, "sealed", document],
    queryFn: ({ pageParam }) =>
      json<Schema<"SealedOut">[]>(
        at(`/v1/documents/${id(document)}/sealed`, { limit: PAGE, after: pageParam }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.token),
  });
}

/** What stood where there is a placeholder now. Whoever is told is put on record. */
export async function reveal(placeholder: string): Promise<string> {
  const { value } = await json<Schema<"RevealedOut">>("/v1/redactions/reveal", {
    method: "POST",
    body: JSON.stringify({ placeholder }),
    headers: { "Content-Type": "application/json" },
  });
  return value;
}

export function useVersions(document: string) {
  return useInfiniteQuery({
    queryKey: [...LIBRARY, "versions", document],
    queryFn: ({ pageParam }) =>
      json<Schema<"VersionOut">[]>(
        at(`/v1/documents/${id(document)}/versions`, { limit: PAGE, before: pageParam }),
      ),
    initialPageParam: null as number | null,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.version),
  });
}

export function useReaders(document: string, q: string) {
  return useInfiniteQuery({
    queryKey: [...LIBRARY, "readers", document, q],
    queryFn: ({ pageParam }) =>
      json<Schema<"ReadersOut">>(
        at(`/v1/documents/${id(document)}/readers`, { q, limit: PAGE, after: pageParam }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ people }) => {
      const last = people.at(-1);
      return last && people.length === PAGE ? `${last.kind}:${last.id}` : undefined;
    },
    placeholderData: (before) => before,
  });
}

export function useUses(document: string) {
  return useInfiniteQuery({
    queryKey: [...LIBRARY, "answers", document],
    queryFn: ({ pageParam }) =>
      json<Schema<"UseOut">[]>(
        at(`/v1/documents/${id(document)}/answers`, { limit: PAGE, after: pageParam }),
      ),
    initialPageParam: "",
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.run),
  });
}

export function useRedactions(source: string) {
  return useQuery({
    queryKey: [...LIBRARY, "redactions", source],
    queryFn: () => json<Schema<"RedactionsOut">>(`/v1/sources/${id(source)}/redactions`),
  });
}

export function sync(source: string): Promise<Schema<"Syncing">> {
  return json(`/v1/sources/${id(source)}/sync`, { method: "POST" });
}

export function retry(source: string): Promise<Schema<"Retrying">> {
  return json(`/v1/sources/${id(source)}/retry`, { method: "POST" });
}

/** Changes who may read a source, unless somebody else changed what it `was`. */
export function openTo(source: string, access: string[], was: string[]): Promise<Source> {
  return json(`/v1/sources/${id(source)}`, {
    method: "PATCH",
    body: JSON.stringify({ access, was }),
    headers: { "Content-Type": "application/json" },
  });
}

export async function takeOut(document: string): Promise<void> {
  await call(`/v1/documents/${id(document)}`, { method: "DELETE" });
}

export function reportOf(run: string): Promise<Schema<"Report">> {
  return json(`/v1/ingest/${id(run)}`);
}

/** Why a source's newest ingestion failed as a whole. */
export function useWhy(run: string | undefined) {
  return useQuery({
    queryKey: [...LIBRARY, "why", run],
    queryFn: () => reportOf(run ?? ""),
    enabled: run !== undefined,
    retry: false,
  });
}
