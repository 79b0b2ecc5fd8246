import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { api, got, type Schema } from "../../api/client.ts";

export type Connection = Schema<"ConnectionOut">;
export type Check = Schema<"CheckOut">;
export type Setup = Schema<"SetupOut">;
export type Person = Schema<"PersonOut">;
export type GroupSize = Schema<"GroupOut">;
export type Token = Schema<"TokenOut">;
export type NewToken = Schema<"NewTokenOut">;
export type TokenState = Token["state"];

/** The first part of every key of what is fetched here. */
export const ADMIN = ["admin"];
const PAGE = 100;
const MOST_GROUPS = 200;

export function useConnections() {
  return useQuery({
    queryKey: [...ADMIN, "connections"],
    queryFn: () => got(api.GET("/v1/connections")),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function checked(name: string): Promise<Check> {
  return got(api.POST("/v1/connections/{name}/check", { params: { path: { name } } }));
}

export function useSetup(enabled = true) {
  return useQuery({
    queryKey: [...ADMIN, "settings"],
    queryFn: () => got(api.GET("/v1/settings")),
    staleTime: Number.POSITIVE_INFINITY,
    enabled,
  });
}

/** What the server has after the last of a full page. */
function after<Row>(idOf: (row: Row) => string) {
  return (page: Row[]): string | undefined => {
    const last = page.at(-1);
    return page.length === PAGE && last ? idOf(last) : undefined;
  };
}

export interface WantedPeople {
  q: string;
  kind?: "person" | "service";
  group?: string;
}

export function usePeople(wanted: WantedPeople) {
  return useInfiniteQuery({
    queryKey: [...ADMIN, "people", wanted],
    queryFn: ({ pageParam }) =>
      got(api.GET("/v1/people", { params: { query: { ...wanted, after: pageParam, limit: PAGE } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: after<Person>((person) => person.id),
  });
}

/** The first groups, to choose from. */
export function useGroups() {
  return useQuery({
    queryKey: [...ADMIN, "groups"],
    queryFn: () => got(api.GET("/v1/groups", { params: { query: { limit: MOST_GROUPS } } })),
  });
}

export function useGroupPages(q: string) {
  return useInfiniteQuery({
    queryKey: [...ADMIN, "groups", "pages", q],
    queryFn: ({ pageParam }) =>
      got(api.GET("/v1/groups", { params: { query: { q, after: pageParam, limit: PAGE } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: after<GroupSize>((group) => group.name),
  });
}

/** Changes somebody's groups; `was` are those that the page shows now, null for somebody new. */
export function putPerson(
  id: string,
  groups: string[],
  was: string[] | null,
  sure: boolean,
): Promise<Person> {
  return got(api.PUT("/v1/people/{id}", { params: { path: { id } }, body: { groups, was, sure } }));
}

export async function removePerson(id: string, sure: boolean): Promise<void> {
  await api.DELETE("/v1/people/{id}", { params: { path: { id }, query: { sure } } });
}

export interface WantedTokens {
  q: string;
  principal?: string;
  state?: TokenState;
}

export function useTokens(wanted: WantedTokens) {
  return useInfiniteQuery({
    queryKey: [...ADMIN, "tokens", wanted],
    queryFn: ({ pageParam }) =>
      got(api.GET("/v1/tokens", { params: { query: { ...wanted, after: pageParam, limit: PAGE } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: after<Token>((token) => token.id),
  });
}

export function makeToken(wanted: Schema<"TokenIn">): Promise<NewToken> {
  return got(api.POST("/v1/tokens", { body: wanted }));
}

export async function revokeToken(id: string, sure: boolean): Promise<void> {
  await api.DELETE("/v1/tokens/{id}", { params: { path: { id }, query: { sure } } });
}
