import { lazy } from "react";
import { Route, Switch } from "wouter";
import { decoded } from "../../parts/address.ts";
import { NotForYou } from "../../parts/NotForYou.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../session.tsx";
import { Home } from "./Home.tsx";
import { SourcePage } from "./SourcePage.tsx";
import { Uploads } from "./Uploads.tsx";

const DocumentPage = lazy(() => import("./document/DocumentPage.tsx"));
const Missing = lazy(() => import("../missing/index.tsx"));

/** What the desk knows: its sources, their documents, and what goes in. */
export default function Library() {
  if (!useMay("ask")) {
    return (
      <Page title="Library">
        <NotForYou scope="ask" />
      </Page>
    );
  }
  return (
    <>
      <Switch>
        <Route path="/library">
          <Home />
        </Route>
        <Route path="/library/sources/:id">{({ id }) => <SourcePage key={id} id={decoded(id)} />}</Route>
        <Route path="/library/documents/:id">{({ id }) => <DocumentPage key={id} id={decoded(id)} />}</Route>
        <Route>
          <Missing />
        </Route>
      </Switch>
      <Uploads />
    </>
  );
}
