import type { ComponentType, ReactNode } from "react";
import { asProblem } from "../api/client.ts";
import { DocumentIcon, type IconProps } from "./icons.ts";
import { Nothing } from "./Nothing.tsx";
import { ProblemNote } from "./ProblemNote.tsx";

/** Why a page has nothing: what it is of is not there for the one who looks, or it could not be fetched. */
export function Absent({
  error,
  again,
  title,
  Icon = DocumentIcon,
  children,
}: {
  error: unknown;
  again: () => void;
  title: string;
  Icon?: ComponentType<IconProps>;
  children: ReactNode;
}) {
  if (asProblem(error).status !== 404) return <ProblemNote error={error} again={again} />;
  return (
    <Nothing Icon={Icon} title={title}>
      {children}
    </Nothing>
  );
}
