import { lazy } from "react";
import { Route, Switch, useRoute } from "wouter";
import { decoded } from "../../parts/address.ts";
import { NotForYou } from "../../parts/NotForYou.tsx";
import { Page } from "../../parts/Page.tsx";
import { useMay } from "../../session.tsx";
import { ListPage } from "./ListPage.tsx";

const TicketPage = lazy(() => import("./TicketPage.tsx"));
const PolicyPage = lazy(() => import("./PolicyPage.tsx"));
const NewPage = lazy(() => import("./NewPage.tsx"));
const Missing = lazy(() => import("../missing/index.tsx"));

export default function Tickets() {
  const may = useMay("tickets");
  const runs = useMay("admin");
  const policy = useRoute("/tickets/policy")[0];
  if (!may && !(runs && policy)) {
    return (
      <Page title="Tickets">
        <NotForYou scope="tickets" />
      </Page>
    );
  }
  return (
    <Switch>
      <Route path="/tickets" component={ListPage} />
      <Route path="/tickets/new" component={NewPage} />
      <Route path="/tickets/policy" component={PolicyPage} />
      <Route path="/tickets/:id">{({ id }) => <TicketPage key={id} id={decoded(id)} />}</Route>
      <Route>
        <Missing />
      </Route>
    </Switch>
  );
}
