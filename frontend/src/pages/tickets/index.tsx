import { Page } from "../../parts/Page.tsx";

export default function Tickets() {
  return <Page title="Tickets">{null}</Page>;
}
