import { Redirect, useLocation, useParams } from "wouter";
import { PolicyIcon } from "../../parts/icons.ts";
import { Nothing } from "../../parts/Nothing.tsx";
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
      <Nothing Icon={PolicyIcon} title="You are not signed in for questions">
        Sign in with a token that has the scope “ask”.
      </Nothing>
    );
  }
  return <Desk id={conversation ?? null} />;
}
