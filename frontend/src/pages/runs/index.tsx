import { lazy } from "react";
import { Route, Switch } from "wouter";
import { decoded } from "../../parts/address.ts";
import { ListPage } from "./ListPage.tsx";

const RunPage = lazy(() => import("./RunPage.tsx"));
const Missing = lazy(() => import("../missing/index.tsx"));

export default function Runs() {
  return (
    <Switch>
      <Route path="/runs" component={ListPage} />
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={decoded(id)} />}</Route>
      <Route>
        <Missing />
      </Route>
    </Switch>
  );
}
