/**
 * Opens a snapshot that the user has chosen or dropped, or says why it cannot be opened.
 *
 * @module
 */
import { say } from "../stores/view.ts";
import type { InspectorParts } from "../widgets/hooks.ts";

/** See the file's comment. What is looked at stays when the file cannot be opened. */
export async function openSnapshot({ view, connections }: InspectorParts, file: File): Promise<void> {
  try {
    await connections?.openFile(file);
  } catch (error) {
    say(view, `${file.name}: ${error instanceof Error ? error.message : String(error)}.`);
  }
}
