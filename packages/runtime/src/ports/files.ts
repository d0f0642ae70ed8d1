/**
 * Reading text files by name: disk in Node, a record in a tab.
 *
 * @module
 */

/** Synchronous, read-only files. */
export interface FilesPort {
  /** The file's text, or `undefined` when there is no such file. */
  readText(path: string): string | undefined;
}
