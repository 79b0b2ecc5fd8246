// Makes src/api/schema.d.ts of the OpenAPI document. Its generator needs an older TypeScript than ours, so it is
// fetched for the occasion.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const FROM = "../docs/reference/openapi.json";
const TO = "src/api/schema.d.ts";
const packages = ["--package", "openapi-typescript@7.13.0", "--package", "typescript@5.9.3"];
const options = [FROM, "--output", TO, "--default-non-nullable", "false"];

const npm = [process.env.npm_execpath, "exec", "--yes", ...packages, "--", "openapi-typescript", ...options];
execFileSync(process.execPath, npm, { stdio: "inherit" });
const stamp = createHash("sha256").update(readFileSync(FROM)).digest("hex");
writeFileSync(
  TO,
  `// Made by \`npm run types\` of openapi.json, sha256 ${stamp}\n${readFileSync(TO, "utf8")}`,
);
