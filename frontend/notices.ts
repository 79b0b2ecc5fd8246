import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

type Manifest = {
  name: string;
  version: string;
  license?: string;
  author?: string | { name: string };
};

const OURS = `What the console's pages are made of that comes from others, each under its own licence. Deskhand's own code is
under the Apache License 2.0.
`;
const MIT = `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`;
const PACKAGE = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/** The folder of the package that a module is of, if it is of one. */
function packageOf(module: string): string | undefined {
  return PACKAGE.exec(module.replaceAll("\0", ""))?.[0];
}

/** The package's name, version, licence and the licence's text. A licence that cannot be shown stops the build. */
function noticeOf(folder: string): string {
  const known = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|-|$)/i.test(name));
  const author = typeof known.author === "string" ? known.author : known.author?.name;
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : undefined;
  const said =
    text ??
    (known.license === "MIT" && author ? `Copyright (c) ${author}\n\n${MIT}` : undefined) ??
    (known.license === "Unlicense" ? "Dedicated to the public domain: https://unlicense.org" : undefined);
  if (!said) throw new Error(`${known.name} ${known.version} comes without the text of its licence`);
  const head = `${known.name} ${known.version} (${known.license ?? "see below"})`;
  return `${head}\n${"-".repeat(head.length)}\n\n${said.replaceAll("\r\n", "\n")}\n`;
}

/** Puts `third-party.txt` beside the pages: the licence of every package that something in them is of. */
export function notices(): Plugin {
  return {
    name: "notices",
    apply: "build",
    generateBundle() {
      const folders = new Set(
        [...this.getModuleIds()].map(packageOf).filter((folder) => folder !== undefined),
      );
      const found = [...folders].filter((folder) => existsSync(join(folder, "package.json"))).map(noticeOf);
      this.emitFile({
        type: "asset",
        fileName: "third-party.txt",
        source: [OURS, ...found.sort()].join("\n\n"),
      });
    },
  };
}
