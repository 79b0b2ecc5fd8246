import { type DragEvent, type ReactNode, useRef, useState } from "react";
import { UploadIcon } from "../../parts/icons.ts";
import classes from "./Library.module.css";

interface DropHereProps {
  /** What becomes of files that are dropped ("upload them to handbook"); null where none are taken. */
  to: string | null;
  onFiles: (files: File[]) => void;
  children: ReactNode;
}

/** A part of the page on which files can be dropped. There is always a button that does the same. */
export function DropHere({ to, onFiles, children }: DropHereProps) {
  const { over, handlers } = useDrop(onFiles);
  return (
    <div className={classes.drop} {...(to ? handlers : {})}>
      {children}
      {to && over && (
        <div className={classes.over}>
          <UploadIcon size={32} stroke={1.4} aria-hidden />
          Drop the files to {to}
        </div>
      )}
    </div>
  );
}

/** What an element needs for files to be dropped on it, and whether some are held over it. */
export function useDrop(onFiles: (files: File[]) => void) {
  const [over, setOver] = useState(false);
  // Entering a child comes before leaving its parent.
  const depth = useRef(0);
  const moved = (event: DragEvent, by: number) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    depth.current = Math.max(0, depth.current + by);
    setOver(depth.current > 0);
  };
  const handlers = {
    onDragEnter: (event: DragEvent) => moved(event, 1),
    onDragOver: (event: DragEvent) => moved(event, 0),
    onDragLeave: (event: DragEvent) => moved(event, -1),
    onDrop: (event: DragEvent) => {
      event.preventDefault();
      event.stopPropagation();
      depth.current = 0;
      setOver(false);
      const files = filesOf(event.dataTransfer);
      if (files.length) onFiles(files);
    },
  };
  return { over, handlers };
}

/** The files of what was dropped; a folder among them has no content of its own and is left out. */
function filesOf(dropped: DataTransfer): File[] {
  const items = [...dropped.items].filter((item) => item.kind === "file");
  return items
    .filter((item) => !item.webkitGetAsEntry?.()?.isDirectory)
    .map((item) => item.getAsFile())
    .filter((file) => file !== null);
}
