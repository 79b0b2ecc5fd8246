import "@mantine/core/styles.css";
import "./global.css";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { leaveNothing } from "./leaving.ts";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
setNonce(nonce);

const root = document.getElementById("root");
if (root) {
  leaveNothing(root);
  createRoot(root).render(<App nonce={nonce} />);
}
