import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { notices } from "./notices.ts";

const SMALLEST = 1024;

/** Puts a .gz and a .br beside each text file that is worth it: the server sends them as they are. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const part of Object.values(bundle)) {
          const whole = Buffer.from(part.type === "chunk" ? part.code : part.source);
          if (!/\.(js|css|svg|json)$/.test(part.fileName) || whole.length < SMALLEST) continue;
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
          this.emitFile({
            type: "asset",
            fileName: `${part.fileName}.gz`,
            source: gzipSync(whole, { level: 9 }),
          });
          this.emitFile({
            type: "asset",
            fileName: `${part.fileName}.br`,
            source: brotliCompressSync(whole, quality),
          });
        }
      },
    },
  };
}

export default defineConfig({
  base: "/console/",
  plugins: [react(), notices(), compressed()],
  build: {
    outDir: "dist",
    target: "es2022",
    // An inlined picture would be a data: address in a style sheet; ours are files.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8000", "/health": "http://127.0.0.1:8000" } },
});
