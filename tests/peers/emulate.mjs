// Slack as the npm package `emulate` plays it, with our subscription to its events.
// Reads its seed as JSON from the first argument; prints its address; then takes one address per line on stdin, each of
// which gets every event, signed. Ends with its stdin.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const folder = join(import.meta.dirname, "node_modules", "emulate", "dist");
const chunk = readFileSync(join(folder, "api.js"), "utf8").match(
  /import\("\.\/([\w-]+\.js)"\);\s*return \{ plugin: mod\.slackPlugin/,
)[1];
const { slackPlugin } = await import(pathToFileURL(join(folder, chunk)));
const { createEmulator } = await import(pathToFileURL(join(folder, "api.js")));

// The package has no public way to subscribe an address to Slack's events, so we hold on to its dispatcher.
let dispatcher;
const register = slackPlugin.register;
slackPlugin.register = function (app, store, webhooks, ...rest) {
  dispatcher = webhooks;
  return register.call(this, app, store, webhooks, ...rest);
};

const emulator = await createEmulator({ service: "slack", port: 0, seed: { slack: JSON.parse(process.argv[2]) } });
console.log(JSON.stringify({ url: emulator.url }));

const lines = createInterface({ input: process.stdin });
lines.on("line", (url) => {
  dispatcher.register({ url, events: ["*"], active: true, owner: "slack" });
  console.log(JSON.stringify({ subscribed: url }));
});
lines.on("close", async () => {
  await emulator.close();
  process.exit(0);
});
