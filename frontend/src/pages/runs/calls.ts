import {
  type InfiniteData,
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { api, got } from "../../api/client.ts";
import { merged } from "./merging.ts";
import type { Wanted } from "./wanted.ts";
import { goesOn, type Run } from "./words.ts";

export const RUNS = ["runs"];
const PAGE = 100;
/** How many runs that go on are looked at again at once. */
const MOST = 50;
/** How often a list is looked at again while a run in it goes on, and a run while it does, in milliseconds. */
const AGAIN = { list: 2_000, one: 1_000 };

type Pages = InfiniteData<Run[], string | undefined>;

const listKey = (wanted: Wanted) => [...RUNS, "list", wanted];

/** What the call takes of what is wanted. */
function queryOf({ kind, ...rest }: Wanted) {
  return { ...rest, kind: kind ? [kind] : undefined };
}

export function useRuns(wanted: Wanted) {
  return useInfiniteQuery({
    queryKey: listKey(wanted),
    queryFn: ({ pageParam, signal }) =>
      got(
        api.GET("/v1/engine/runs", {
          params: { query: { ...queryOf(wanted), limit: PAGE, after: pageParam } },
          signal,
        }),
      ) as Promise<Run[]>,
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => (last.length < PAGE ? undefined : last.at(-1)?.id),
    placeholderData: (before) => before,
    staleTime: 30_000,
  });
}

/** Looks again at the runs of a list that go on, and for newer ones, as long as there are any that go on. */
export function useLiveRuns(wanted: Wanted, rows: Run[]): void {
  const client = useQueryClient();
  const going = rows.filter(goesOn).map((run) => run.id);
  useQuery({
    queryKey: [...RUNS, "live", wanted],
    queryFn: async ({ signal }) => {
      const query = { ...queryOf(wanted), limit: PAGE };
      const newest = (await got(api.GET("/v1/engine/runs", { params: { query }, signal }))) as Run[];
      const there = new Set(newest.map((run) => run.id));
      const id = going.filter((each) => !there.has(each)).slice(0, MOST);
      const again = id.length
        ? ((await got(
            api.GET("/v1/engine/runs", { params: { query: { id, limit: MOST } }, signal }),
          )) as Run[])
        : [];
      await putIn(client, wanted, newest, again);
      return newest.length;
    },
    enabled: going.length > 0,
    refetchInterval: AGAIN.list,
    staleTime: AGAIN.list,
  });
}

async function putIn(client: QueryClient, wanted: Wanted, newest: Run[], again: Run[]): Promise<void> {
  const before = client.getQueryData<Pages>(listKey(wanted));
  if (!before) return;
  const pages = merged(before.pages, newest, again);
  if (pages) client.setQueryData<Pages>(listKey(wanted), { ...before, pages });
  else await client.resetQueries({ queryKey: listKey(wanted) });
}

const at = (id: string) => ({ params: { path: { id } } });

/** A run without what its steps hold, looked at again while it goes on. */
export function useRun(id: string) {
  return useQuery({
    queryKey: [...RUNS, "one", id],
    queryFn: ({ signal }) =>
      got(api.GET("/v1/engine/runs/{id}", { params: { path: { id }, query: { content: false } }, signal })),
    refetchInterval: ({ state }) => (state.data && goesOn(state.data) ? AGAIN.one : false),
  });
}

/** What a run was given and what it made; `ended` because the second is there then only. */
export function useContent(id: string, ended: boolean, wanted: boolean) {
  return useQuery({
    queryKey: [...RUNS, "content", id, ended],
    queryFn: ({ signal }) => got(api.GET("/v1/engine/runs/{id}", { ...at(id), signal })),
    enabled: wanted,
    staleTime: 60_000,
  });
}

/** One step with its input and output. */
export function useStep(id: string, number: number, attempt: number) {
  return useQuery({
    queryKey: [...RUNS, "step", id, number, attempt],
    queryFn: ({ signal }) =>
      got(api.GET("/v1/engine/runs/{id}/steps/{number}", { params: { path: { id, number } }, signal })),
    staleTime: 60_000,
  });
}

/** How a question was answered: passages, prompt, draft, citations. */
export function useAnswerTrace(id: string, state: string, wanted: boolean) {
  return useQuery({
    queryKey: [...RUNS, "trace", id, state],
    queryFn: ({ signal }) => got(api.GET("/v1/runs/{id}", { ...at(id), signal })),
    enabled: wanted,
    placeholderData: (before) => before,
    staleTime: 30_000,
  });
}

export const acts = {
  cancel: (id: string) => got(api.POST("/v1/engine/runs/{id}/cancel", at(id))),
  resume: (id: string) => got(api.POST("/v1/engine/runs/{id}/resume", at(id))),
};

/** Something that is done with a run; what is shown of runs is fetched anew after it. */
export function useAct(act: (id: string) => Promise<unknown>, done?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: act,
    onSuccess: done,
    onSettled: () => client.invalidateQueries({ queryKey: RUNS }),
  });
}
