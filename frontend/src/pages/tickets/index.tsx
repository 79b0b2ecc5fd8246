import { lazy } from "react";
import { Route, Switch } from "wouter";
import { decoded } from "../../parts/address.ts";
import { ListPage } from "./ListPage.tsx";

const TicketPage = lazy(() => import("./TicketPage.tsx"));
const PolicyPage = lazy(() => import("./PolicyPage.tsx"));
const NewPage = lazy(() => import("./NewPage.tsx"));
const Missing = lazy(() => import("../missing/index.tsx"));

export default function Tickets() {
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
