import { Page } from "../../parts/Page.tsx";

export default function Runs() {
  return <Page title="Runs">{null}</Page>;
}
