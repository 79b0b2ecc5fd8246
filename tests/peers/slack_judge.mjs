// Slack's official JavaScript SDK as the judge of our own Slack: what it accepts is the protocol.
// Takes one JSON command per line on stdin and prints one JSON answer per line, with the command's `id`; events that come over
// Socket Mode are printed as they come. Ends with its stdin.
import { createInterface } from "node:readline";
import { LogLevel, SocketModeClient } from "@slack/socket-mode";
import { WebClient } from "@slack/web-api";

const { api_url: slackApiUrl, bot_token, app_token } = JSON.parse(process.argv[2]);
const logLevel = LogLevel.ERROR;
const web = new WebClient(bot_token, { slackApiUrl, logLevel });
const impatient = new WebClient(bot_token, { slackApiUrl, logLevel, rejectRateLimitedCalls: true, retryConfig: { retries: 0 } });
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

let socket;
let deaf = 0;

const commands = {
  async connect() {
    socket = new SocketModeClient({ appToken: app_token, clientOptions: { slackApiUrl }, logLevel, clientPingTimeout: 1000 });
    socket.on("slack_event", async ({ ack, type, body, retry_num, retry_reason, envelope_id }) => {
      say({ heard: { type, body, retry_num, retry_reason, envelope_id } });
      if (deaf > 0) deaf -= 1;
      else await ack();
    });
    for (const state of ["connected", "reconnecting", "disconnected"]) socket.on(state, () => say({ state }));
    const { ok } = await socket.start();
    return { ok };
  },
  async disconnect() {
    await socket.disconnect();
  },
  async deaf({ times }) {
    deaf = times;
  },
  async call({ method, args = {} }) {
    return await web.apiCall(method, args);
  },
  async once({ method, args = {} }) {
    return await impatient.apiCall(method, args);
  },
  async pages({ method, args, field }) {
    const found = [];
    for await (const page of web.paginate(method, args)) found.push(page[field]);
    return found;
  },
  async stream({ args, pieces, stop = {} }) {
    const stream = web.chatStream({ ...args, buffer_size: 1 });
    for (const piece of pieces) await stream.append({ markdown_text: piece });
    return await stream.stop(stop);
  },
};

const problem = (error) => ({
  code: error.code,
  slack: error.data?.error,
  messages: error.data?.response_metadata?.messages,
  needed: error.data?.needed,
  retryAfter: error.retryAfter,
  text: error.message,
});

const lines = createInterface({ input: process.stdin });
lines.on("line", async (line) => {
  const { id, what, ...rest } = JSON.parse(line);
  try {
    say({ id, result: (await commands[what](rest)) ?? null });
  } catch (error) {
    say({ id, problem: problem(error) });
  }
});
lines.on("close", () => process.exit(0));
