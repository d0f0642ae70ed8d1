/**
 * Hands a file to the user.
 *
 * @module
 */

/** Lets the browser save a file. */
export function download(name: string, type: string, content: BlobPart): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** A name that sorts by time and is legal everywhere. */
export function fileName(host: string, what: string, extension: string): string {
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-").slice(0, 19);
  return `${host.replaceAll(/[^\w.-]+/g, "-") || "host"}-${what}-${stamp}.${extension}`;
}
