/**
 * Tells which of some files have changed, once they have been quiet for a moment.
 *
 * Watches folders, not files: editors that write a new file and give it the old one's name are seen too. Knows no services.
 *
 * @module
 */
import { watch } from "node:fs";
import type { FSWatcher } from "node:fs";
import { dirname, join } from "node:path";

/** An editor's writes come in pieces; the files count as changed when nothing has happened for so many milliseconds. */
const QUIET_MS = 80;

/** Watches files. */
export class FileWatch {
  readonly #folders = new Map<string, FSWatcher>();
  readonly #changedFiles: (paths: ReadonlySet<string>) => void;
  readonly #failed: (text: string) => void;
  #files: ReadonlySet<string> = new Set();
  #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param changed - Gets the absolute paths of the files that were changed, made or removed.
   * @param failed - Gets a text about a folder that cannot be watched.
   */
  constructor(changed: (paths: ReadonlySet<string>) => void, failed: (text: string) => void) {
    this.#changedFiles = changed;
    this.#failed = failed;
  }

  /** Watches these files, by absolute path, instead of those before. */
  set(paths: Iterable<string>): void {
    this.#files = new Set(paths);
    const wanted = new Set([...this.#files].map((path) => dirname(path)));
    for (const [folder, watcher] of this.#folders)
      if (!wanted.has(folder)) {
        watcher.close();
        this.#folders.delete(folder);
      }
    for (const folder of wanted) if (!this.#folders.has(folder)) this.#open(folder);
  }

  #open(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#heard(folder, name));
      // A folder that is removed: it is opened again when files in it are asked for the next time.
      watcher.on("error", (error) => {
        this.#failed(`the folder ${folder} is not watched any more: ${error.message}`);
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch (error) {
      this.#failed(`the folder ${folder} cannot be watched: ${(error as Error).message}`);
    }
  }

  #heard(folder: string, name: string | null): void {
    // Without a name it may be any file of the folder.
    const paths = name === null ? [...this.#files].filter((path) => dirname(path) === folder) : [join(folder, name)];
    const known = paths.filter((path) => this.#files.has(path));
    if (known.length === 0) return;
    for (const path of known) this.#changed.add(path);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const changed = this.#changed;
      this.#changed = new Set();
      this.#changedFiles(changed);
    }, QUIET_MS);
  }

  /** Watches nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#folders.values()) watcher.close();
    this.#folders.clear();
    this.#files = new Set();
  }
}
