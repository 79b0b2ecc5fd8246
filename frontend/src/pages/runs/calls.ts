import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { api, got } from "../../api/client.ts";
import { useListed } from "../../parts/list/useListed.ts";
import { useNews } from "../../parts/list/useNews.ts";
import { useLive, WAIT } from "../../parts/useLive.ts";
import type { Wanted } from "./wanted.ts";
import { goesOn, type Run, type Whole } from "./words.ts";

export const RUNS = ["runs"];
const PAGE = 100;
/** How many runs that go on are followed at once. */
const MOST = 50;
/** Milliseconds between two looks at a run that goes on, at least. */
const APART = 300;

const listKey = (wanted: Wanted) => [...RUNS, "list", wanted];

/** What the call takes of what is wanted. */
function queryOf({ kind, house, ...rest }: Wanted) {
  // A kind of the desk's own may be asked for by name.
  return { ...rest, kind: kind ? [kind] : undefined, house: house === true || kind !== undefined };
}

/** The runs that are wanted, and what changes among them. */
export function useRuns(wanted: Wanted) {
  const key = listKey(wanted);
  const found = useListed<Run>({
    key,
    page: (after, signal) =>
      got(
        api.GET("/v1/engine/runs", { params: { query: { ...queryOf(wanted), limit: PAGE, after } }, signal }),
      ),
    size: PAGE,
    placeOf: (run) => run.id,
  });
  // Of those that are not wanted now, the ones that go on: when they end, they may be.
  const aside = useRef(new Set<string>());
  const news = useNews<Run>({
    key,
    found,
    ask: async (since, signal, rows) => {
      const loaded = rows.filter(goesOn).map(({ id }) => id);
      const going = [...new Set([...loaded, ...aside.current])].slice(0, MOST);
      const query = { ...queryOf(wanted), going, since, wait: WAIT };
      const { runs, ...told } = await got(api.GET("/v1/engine/runs/changes", { params: { query }, signal }));
      for (const run of [...runs, ...told.others]) {
        if (goesOn(run)) aside.current.add(run.id);
        else aside.current.delete(run.id);
      }
      return { ...told, wanted: runs };
    },
    same: (one, other) => one.state === other.state && one.attempts === other.attempts,
    order: (one, other) => Date.parse(other.began) - Date.parse(one.began),
  });
  return { found, news };
}

const at = (id: string) => ({ params: { path: { id } } });

/** A run without what its steps hold, followed while it goes on. */
export function useRun(id: string) {
  const client = useQueryClient();
  const queryKey = [...RUNS, "one", id];
  const look = (signal: AbortSignal, waiting?: { since: string; wait: number }): Promise<Whole> =>
    got(
      api.GET("/v1/engine/runs/{id}", {
        params: { path: { id }, query: { content: false, ...waiting } },
        signal,
      }),
    );
  const run = useQuery({ queryKey, queryFn: ({ signal }) => look(signal) });
  const follow = async (signal: AbortSignal) => {
    const since = client.getQueryData<Whole>(queryKey)?.mark ?? "";
    const now = await look(signal, { since, wait: WAIT });
    client.setQueryData(queryKey, now);
    return goesOn(now);
  };
  useLive(run.data && goesOn(run.data) ? id : undefined, follow, APART);
  return run;
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
