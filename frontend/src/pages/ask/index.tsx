import { Page } from "../../parts/Page.tsx";

export default function Ask() {
  return <Page title="Ask">{null}</Page>;
}
