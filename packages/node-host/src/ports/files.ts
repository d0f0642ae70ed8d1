/**
 * Text files on disk.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import type { FilesPort } from "@skyloom/runtime/ports";

/** Makes the {@link FilesPort} of this process. A file that is there and cannot be read is an error, not an absent file. */
export function nodeFiles(): FilesPort {
  return {
    readText(path) {
      try {
        return readFileSync(path, "utf8");
      } catch (error) {
        const { code } = error as { code?: string };
        if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
        throw error;
      }
    },
  };
}
