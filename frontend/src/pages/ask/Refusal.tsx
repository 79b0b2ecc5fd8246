import { Anchor, Text } from "@mantine/core";
import { Link } from "wouter";
import { InfoIcon, PersonIcon, PolicyIcon } from "../../parts/icons.ts";
import { useMay, useMe } from "../../session.tsx";
import { AnswerText } from "./AnswerText.tsx";
import type { Answer } from "./following.ts";
import classes from "./Refusal.module.css";

const TITLES: Record<string, string> = {
  "": "The library has no answer",
  "library-empty": "The library is empty",
  "nothing-open": "Nothing here is open to you",
  "no-document": "There is no such document",
  "document-empty": "The document holds no text",
  withheld: "This answer is withheld",
  guardrail: "A rule of this house stopped this",
  "guardrail-failed": "This could not be checked",
};

/** That there is no answer, why, and whom to turn to. */
export function Refusal({ answer }: { answer: Answer }) {
  const { reason, text, language } = answer;
  const { principal } = useMe();
  const runs = useMay("admin");
  const rule = reason.startsWith("guardrail");
  const Icon = rule ? PolicyIcon : reason ? InfoIcon : PersonIcon;
  return (
    <div className={classes.refusal} data-rule={rule || undefined} role="note" aria-label="No answer">
      <Icon size={20} aria-hidden className={classes.icon} />
      <div className={classes.said}>
        <Text fw={600} component="h3" size="sm" mb={4}>
          {TITLES[reason] ?? TITLES[""]}
        </Text>
        <AnswerText text={text} sources={0} lang={language} />
        {(reason === "library-empty" || reason === "nothing-open") && (
          <Anchor component={Link} href="/library" size="sm" mt={6} display="inline-block">
            Open the library
          </Anchor>
        )}
        {reason === "nothing-open" && runs && (
          <Text size="sm" mt={6}>
            You are {principal.groups.length ? `in ${principal.groups.join(", ")}` : "in no group"}.{" "}
            <Anchor component={Link} href="/settings/people" inherit>
              Put yourself into a group
            </Anchor>{" "}
            that the documents are open to; who runs the desk reads no more than others.
          </Text>
        )}
      </div>
    </div>
  );
}
