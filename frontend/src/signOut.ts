import { useMutation } from "@tanstack/react-query";
import { asProblem, call } from "./api/client.ts";

async function signOut(): Promise<void> {
  try {
    await call("/v1/session", { method: "DELETE" });
  } catch (error) {
    // Who is signed out already is where he wants to be.
    if (asProblem(error).status !== 401) throw error;
  }
}

/** Signs this browser out. All that was fetched goes with the page; what was being written goes with it. */
export function useSignOut() {
  return useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      sessionStorage.clear();
      location.assign("/console/sign-in");
    },
  });
}
