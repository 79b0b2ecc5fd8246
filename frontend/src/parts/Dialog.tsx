import { Modal, type ModalProps } from "@mantine/core";
import { useFocusBack } from "./useFocusBack.ts";

/** A dialog that is in the page while it is open. Who closes it is back where they were. */
export function Dialog(props: Omit<ModalProps, "opened">) {
  useFocusBack();
  return <Modal opened {...props} />;
}
