import { useSyncExternalStore } from "react";
import { csrfHeader, type Schema } from "../../api/client.ts";
import { asProblem, Problem, problemOf } from "../../api/problem.ts";
import { follow } from "../../api/stream.ts";
import { reportOf } from "./calls.ts";

type Begun = Schema<"Upload">;

/** A file on its way into the library: it waits, is sent, is read by the server, and is there or not. */
export interface Upload {
  key: number;
  file: File;
  source: string;
  /** Who may read a source that is made by it. */
  read: string[];
  state: "waiting" | "sending" | "reading" | "done" | "failed";
  /** How much of it was sent, 0 to 1. */
  sent: number;
  /** What came of it, in words. */
  said: string;
  /** What to do when it failed. */
  next: string;
  document: string | null;
}

const AT_ONCE = 2;
const TRIES = 20;
const LISTENERS = new Set<() => void>();
const STOPS = new Map<number, AbortController>();
let uploads: Upload[] = [];
let last = 0;

function put(next: Upload[]): void {
  uploads = next;
  for (const listener of LISTENERS) listener();
}

function change(key: number, values: Partial<Upload>): void {
  put(uploads.map((upload) => (upload.key === key ? { ...upload, ...values } : upload)));
}

/** The files that were given to be uploaded, the last ones first. */
export function useUploads(): Upload[] {
  return useSyncExternalStore(
    (listener) => {
      LISTENERS.add(listener);
      return () => LISTENERS.delete(listener);
    },
    () => uploads,
  );
}

export function underway(upload: Upload): boolean {
  return upload.state === "waiting" || upload.state === "sending" || upload.state === "reading";
}

/** Begin to upload files into a source; one that is not there yet is made, for these readers. */
export function upload(files: File[], source: string, read: string[] = []): void {
  const fresh = files.map((file): Upload => {
    last += 1;
    return { key: last, file, source, read, state: "waiting", sent: 0, said: "", next: "", document: null };
  });
  put([...fresh.reverse(), ...uploads]);
  begin();
}

export function uploadAgain(key: number): void {
  change(key, { state: "waiting", sent: 0, said: "", next: "" });
  begin();
}

/** Stop an upload, and take it off the list. What the server has accepted is read all the same. */
export function leave(key: number): void {
  STOPS.get(key)?.abort();
  put(uploads.filter((upload) => upload.key !== key));
  begin();
}

export function clearEnded(): void {
  put(uploads.filter(underway));
}

function begin(): void {
  const busy = uploads.filter((upload) => upload.state === "sending" || upload.state === "reading").length;
  const waiting = uploads.filter((upload) => upload.state === "waiting").reverse();
  for (const next of waiting.slice(0, Math.max(0, AT_ONCE - busy))) void carry(next);
}

async function carry(upload: Upload): Promise<void> {
  const { key } = upload;
  const stop = new AbortController();
  STOPS.set(key, stop);
  change(key, { state: "sending" });
  try {
    const begun = await sent(upload, stop.signal);
    change(key, { state: "reading", sent: 1 });
    const came = await cameOf(begun, stop.signal);
    change(key, { ...came, document: came.state === "done" ? begun.document : null });
  } catch (error) {
    const problem = asProblem(error);
    change(key, { state: "failed", said: problem.message, next: problem.next });
  } finally {
    STOPS.delete(key);
    begin();
  }
}

/** The server's word that it has the file; where it is busy, after as long as it asks us to wait. */
async function sent(upload: Upload, signal: AbortSignal): Promise<Begun> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await send(upload, signal);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 429 || left === 0) throw error;
      change(upload.key, { sent: 0 });
      await new Promise((then) => setTimeout(then, 1000 * (error.retryAfter ?? 1)));
      if (signal.aborted) throw stopped();
    }
  }
}

/** By XMLHttpRequest, since `fetch` does not tell how much was sent. */
function send({ key, file, source, read }: Upload, signal: AbortSignal): Promise<Begun> {
  const readers = read.map((entry) => `read=${encodeURIComponent(entry)}`).join("&");
  const path = `/v1/sources/${encodeURIComponent(source)}/files/${encodeURIComponent(file.name)}`;
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", readers ? `${path}?${readers}` : path);
    for (const [name, value] of Object.entries(csrfHeader())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.onprogress = ({ loaded, total }) => change(key, { sent: total ? loaded / total : 0 });
    request.onload = () => {
      if (request.status < 300) {
        resolve(JSON.parse(request.responseText) as Begun);
      } else {
        void problemOf(responseOf(request)).then(reject);
      }
    };
    request.onerror = () => reject(new TypeError("the connection broke"));
    request.onabort = () => reject(stopped());
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

function responseOf(request: XMLHttpRequest): Response {
  const headers = new Headers();
  const wait = request.getResponseHeader("Retry-After");
  if (wait) headers.set("Retry-After", wait);
  return new Response(request.responseText, {
    status: request.status,
    statusText: request.statusText,
    headers,
  });
}

function stopped(): Problem {
  return new Problem(0, "stopped", "It was stopped.", "Upload it again.");
}

/** What became of a file that the server has: it is waited for until it was read. */
async function cameOf(begun: Begun, signal: AbortSignal): Promise<Partial<Upload>> {
  for await (const event of follow(begun.events, { signal })) {
    if (event.type === "failed") {
      return {
        state: "failed",
        said: String(event.data.message ?? "It could not be read."),
        next: "Upload it again.",
      };
    }
  }
  const report = await reportOf(begun.run);
  const [failure] = report.failures ?? [];
  if (failure) return { state: "failed", said: failure.reason, next: "Upload it again when it is repaired." };
  if (report.state !== "finished") {
    return {
      state: "failed",
      said: report.error || `Reading it was ${report.state}.`,
      next: "Upload it again.",
    };
  }
  return { state: "done", said: report.counts?.unchanged ? "Was in the library already" : "In the library" };
}
