import { Button } from "@mantine/core";
import { useClickOutside, useDisclosure } from "@mantine/hooks";
import { lazy, Suspense, useRef } from "react";
import { ColumnsIcon, DownIcon } from "../../parts/icons.ts";
import type { Labels } from "./calls.ts";
import classes from "./Labelled.module.css";
import type { Choice } from "./pending.ts";

const LabelChoice = lazy(() => import("./LabelChoice.tsx"));

/** Who shall answer, and from which part of the library: said, and changed when it is opened. */
export function Labelled({
  labels,
  choice,
  onChoice,
}: {
  labels: Labels | undefined;
  choice: Choice;
  onChoice: (choice: Choice) => void;
}) {
  const [open, panel] = useDisclosure(false);
  const box = useClickOutside(panel.close);
  const button = useRef<HTMLButtonElement>(null);
  if (!labels || labels.models.length + labels.libraries.length < 2) return null;
  const models = choice.models.length ? choice.models : [labels.models[0]?.label ?? ""];
  const says = [
    models.length === 1 ? models[0] : `${models.length} models`,
    choice.libraries.length === 1 ? choice.libraries[0] : null,
    choice.libraries.length > 1 ? `${choice.libraries.length} libraries` : null,
  ];
  const several = models.length > 1 || choice.libraries.length > 1;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Escape closes it from anywhere inside
    <div
      ref={box}
      className={classes.labelled}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        panel.close();
        button.current?.focus();
      }}
    >
      <Button
        ref={button}
        size="compact-sm"
        variant="subtle"
        color="gray"
        onClick={panel.toggle}
        aria-expanded={open}
        aria-label={`Who answers: ${says.filter(Boolean).join(", ")}`}
        title="Who answers, and from what"
        leftSection={several ? <ColumnsIcon size={14} aria-hidden /> : undefined}
        rightSection={<DownIcon size={14} aria-hidden />}
        classNames={{ label: classes.says }}
      >
        {says.filter(Boolean).join(" · ")}
      </Button>
      {open && (
        <div className={classes.panel}>
          <Suspense>
            <LabelChoice labels={labels} models={models} libraries={choice.libraries} onChoice={onChoice} />
          </Suspense>
        </div>
      )}
    </div>
  );
}
