/**
 * The folder bundles are imported from. Files in it are named by their content, so any number of processes share it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, extname, join } from "node:path";
import { LoadError } from "./load-error.ts";

/** Bundles nobody has written again for so long are removed. */
const KEEP_MS = 30 * 24 * 3600 * 1000;

const folders = new Map<string, string>();

/**
 * The cache folder for files under `base`: `.skyloom/cache` there, or a private one of this process where that cannot be written.
 *
 * @throws {@link LoadError} when neither can be made.
 */
export function cacheFolder(base: string): string {
  let folder = folders.get(base);
  if (folder === undefined || !existsSync(folder)) {
    folder = makeFolder(base);
    folders.set(base, folder);
  }
  return folder;
}

function makeFolder(base: string): string {
  const own = join(base, ".skyloom", "cache");
  try {
    mkdirSync(own, { recursive: true });
    const ignore = join(base, ".skyloom", ".gitignore");
    if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
    const probe = join(own, `.probe-${process.pid}`);
    writeFileSync(probe, "");
    rmSync(probe);
    removeOld(own);
    return own;
  } catch (first) {
    try {
      const folder = mkdtempSync(join(tmpdir(), "skyloom-"));
      process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
      return folder;
    } catch (second) {
      throw new LoadError(
        `services cannot be loaded: neither ${own} (${(first as Error).message}) nor ${tmpdir()} (${(second as Error).message}) can be written. ` +
          "Make one of them writable; TMPDIR names another folder",
        { cause: second },
      );
    }
  }
}

function removeOld(folder: string): void {
  const oldest = Date.now() - KEEP_MS;
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found !== undefined && found.mtimeMs < oldest) rmSync(path, { force: true });
  }
}

/** Puts a bundle of `source` into the folder; its path. */
export function keep(folder: string, source: string, code: string): string {
  const hash = createHash("sha256").update(code).digest("hex").slice(0, 16);
  const path = join(folder, `${basename(source, extname(source))}-${hash}.mjs`);
  if (existsSync(path)) return path;
  // Another process may write the same file: each writes its own and the last one moves it into place whole.
  const part = `${path}.${process.pid}`;
  try {
    writeFileSync(part, code);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw new LoadError(`the bundle of ${source} cannot be written to ${folder}: ${(error as Error).message}`, { cause: error });
  }
  return path;
}
