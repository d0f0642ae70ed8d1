/**
 * A snapshot that is dropped anywhere on the inspector is opened.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { ReactElement, RefObject } from "react";
import { useInspector } from "../widgets/hooks.ts";
import { openSnapshot } from "./open-snapshot.ts";

/** See the file's comment. Shown while a file is held over the page. */
export function DropZone({ root }: { readonly root: RefObject<HTMLElement | null> }): ReactElement | null {
  const parts = useInspector();
  const [over, setOver] = useState(false);
  useEffect(() => {
    const element = root.current;
    if (element === null || parts.connections === undefined) return undefined;
    const holdsFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") === true;
    const hold = (event: DragEvent): void => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent): void => {
      if (!element.contains(event.relatedTarget as Node | null)) setOver(false);
    };
    const drop = (event: DragEvent): void => {
      if (!holdsFile(event)) return;
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void openSnapshot(parts, file);
    };
    element.addEventListener("dragover", hold);
    element.addEventListener("dragleave", leave);
    element.addEventListener("drop", drop);
    return () => {
      element.removeEventListener("dragover", hold);
      element.removeEventListener("dragleave", leave);
      element.removeEventListener("drop", drop);
    };
  }, [root, parts]);
  return over ? (
    <div className="sk-drop" aria-hidden="true">
      Drop a snapshot to open it
    </div>
  ) : null;
}
