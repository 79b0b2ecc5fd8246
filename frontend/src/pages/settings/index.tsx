import { lazy } from "react";
import { Redirect, Route, Switch } from "wouter";
import { useMay } from "../../session.tsx";
import { About } from "./About.tsx";
import { Connections } from "./Connections.tsx";
import { NotForYou } from "./NotForYou.tsx";

const People = lazy(() => import("./people/PeoplePage.tsx"));
const Tokens = lazy(() => import("./tokens/TokensPage.tsx"));
const Values = lazy(() => import("./Values.tsx"));
const Missing = lazy(() => import("../missing/index.tsx"));

/** How the desk is set up and how it is doing, who may use it, and one's own session. */
export default function Settings() {
  const admin = useMay("admin");
  return (
    <Switch>
      <Route path="/settings">{admin ? <Connections /> : <Redirect to="/settings/about" replace />}</Route>
      <Route path="/settings/people">{admin ? <People /> : <NotForYou what="People" />}</Route>
      <Route path="/settings/tokens">
        <Tokens />
      </Route>
      <Route path="/settings/values">{admin ? <Values /> : <NotForYou what="Settings" />}</Route>
      <Route path="/settings/about">
        <About />
      </Route>
      <Route>
        <Missing />
      </Route>
    </Switch>
  );
}
