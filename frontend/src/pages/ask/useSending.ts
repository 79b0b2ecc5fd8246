import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { type Asked, mayNotHaveCome, put, refresh } from "./calls.ts";
import { keep, leftBehind, type Sending } from "./pending.ts";

const TRIES = 4;

export interface Sends {
  /** What is on its way, or could not be brought there; null for nothing. */
  sending: Sending | null;
  busy: boolean;
  /** Why it could not be sent. */
  error: unknown;
  send: (question: Omit<Sending, "key">) => void;
  /** Sends the same once more: it may have come through, and is asked only once. */
  again: () => void;
  drop: () => void;
}

export interface Told {
  /** It is on record. */
  onTaken: (asked: Asked) => void;
  /** It has been fetched, and can be shown. */
  onShown: (asked: Asked, sent: Sending) => void;
  /** It was not taken. */
  onRefused: (sent: Sending) => void;
}

/** Brings questions to the server, each once: also when the connection breaks, or the page is loaded anew meanwhile. */
export function useSending({ onTaken, onShown, onRefused }: Told): Sends {
  const client = useQueryClient();
  const [sending, setSending] = useState(leftBehind);
  const drop = () => {
    keep(null);
    setSending(null);
  };
  const { mutate, reset, isPending, error } = useMutation({
    mutationFn: async (sent: Sending) => {
      const asked = await put(sent);
      keep(null);
      onTaken(asked);
      await refresh(client, asked.conversation);
      return asked;
    },
    retry: (failed, problem) => failed < TRIES && mayNotHaveCome(problem),
    retryDelay: (failed) => Math.min(4_000, 400 * 2 ** failed),
    // A question that waits for the network would wait unseen.
    networkMode: "always",
    onSuccess: (asked, sent) => {
      drop();
      onShown(asked, sent);
    },
    onError: (problem, sent) => {
      if (mayNotHaveCome(problem)) return;
      drop();
      onRefused(sent);
    },
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, for what an earlier page left behind
  useEffect(() => {
    if (sending) mutate(sending);
  }, []);
  return {
    sending,
    busy: isPending,
    error,
    send: (question) => {
      const sent = { ...question, key: crypto.randomUUID() };
      keep(sent);
      setSending(sent);
      mutate(sent);
    },
    again: () => sending && mutate(sending),
    drop: () => {
      drop();
      reset();
    },
  };
}
