import { Redirect, useLocation, useParams } from "wouter";
import { NotForYou } from "../../parts/NotForYou.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../session.tsx";
import { Desk } from "./Desk.tsx";

/** The chat with the library. */
export default function Ask() {
  const { conversation } = useParams<{ conversation?: string }>();
  const [at] = useLocation();
  const may = useMay("ask");
  // One address for a new question, so that the page stays the same one when its conversation has begun.
  if (at === "/") return <Redirect to={may ? "/ask" : "/settings"} replace />;
  if (!may) {
    return (
      <Page title="Ask">
        <NotForYou scope="ask" />
      </Page>
    );
  }
  return <Desk id={conversation ?? null} />;
}
