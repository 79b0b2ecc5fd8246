import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { useFocusBack } from "../../parts/useFocusBack.ts";
import classes from "./Desk.module.css";

/** One's conversations where there is no room beside the page. */
export default function Side({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  useFocusBack();
  return (
    <Drawer
      opened
      onClose={onClose}
      title="Your conversations"
      size={320}
      classNames={{ body: classes.drawer }}
    >
      {children}
    </Drawer>
  );
}
