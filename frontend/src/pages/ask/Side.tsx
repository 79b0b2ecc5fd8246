import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import classes from "./Desk.module.css";

/** One's conversations where there is no room beside the page. */
export default function Side({ onClose, children }: { onClose: () => void; children: ReactNode }) {
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
