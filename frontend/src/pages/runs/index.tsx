import { lazy } from "react";
import { Route, Switch } from "wouter";
import { ListPage } from "./ListPage.tsx";

const RunPage = lazy(() => import("./RunPage.tsx"));

export default function Runs() {
  return (
    <Switch>
      <Route path="/runs" component={ListPage} />
      <Route path="/runs/:id">{({ id }) => <RunPage key={id} id={decodeURIComponent(id)} />}</Route>
    </Switch>
  );
}
