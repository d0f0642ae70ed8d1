/**
 * `skyloom start --watch`: an edited service file gives its code to the running instances.
 *
 * Joins the loader, which knows the files, and the runtime, which knows the instances; says in the log what was replaced and what needs a
 * restart. Source: design D15.
 *
 * @module
 */
import { existsSync, statSync } from "node:fs";
import { relative } from "node:path";
import { reloadService } from "@skyloom/runtime";
import type { Reloaded, SkynetNode } from "@skyloom/runtime";
import type { LoadedFile, NodeModules } from "../loader/index.ts";
import { FileWatch } from "./files.ts";

/**
 * Watches the files of the services that a node has loaded.
 *
 * @param node - Whose services are given newer code.
 * @param modules - The module port the node was made with.
 * @param log - Gets what was replaced, what was not and why.
 * @returns ends the watch.
 */
export function watchServices(node: SkynetNode, modules: NodeModules, log: (line: string) => void): () => void {
  let work = Promise.resolve();
  // One change after the other: what is bundled for one must not be taken for the next.
  const take = (changed: ReadonlySet<string>): void => {
    work = work.then(() => takeChanges(changed)).catch((error: unknown) => log(`watch: ${String(error)}`));
  };
  const files = new FileWatch(take, (text) => log(`watch: ${text}`));
  let followed: ReadonlySet<string> = new Set();

  /** Watches what is loaded now. What was written between its reading and this moment has been heard by nobody: it counts as changed. */
  function follow(): void {
    const before = followed;
    const read = [...modules.files.values()].map((file) => ({ paths: [file.path, ...file.inputs], readAt: file.readAt }));
    followed = new Set(read.flatMap(({ paths }) => paths));
    // Heard first and asked then: so there is no moment in between.
    files.set(followed);
    const missed = new Set<string>();
    for (const { paths, readAt } of read)
      for (const path of paths) if (!before.has(path) && writtenAt(path) >= readAt - CLOCK_MS) missed.add(path);
    if (missed.size > 0) take(missed);
  }

  async function takeChanges(changed: ReadonlySet<string>): Promise<void> {
    for (const file of modules.files.values())
      // oxlint-disable-next-line no-await-in-loop -- one after the other, for the log's sake
      if (changed.has(file.path) || file.inputs.some((input) => changed.has(input))) await takeChange(file, changed);
    follow();
  }

  async function takeChange(file: LoadedFile, changed: ReadonlySet<string>): Promise<void> {
    const what = [...changed].map(shown).join(", ");
    if (!existsSync(file.path)) {
      log(`watch: ${shown(file.path)} is gone; nothing was replaced`);
      return;
    }
    const before = file.module;
    try {
      if ((await modules.reload(file)) === before) return;
    } catch (error) {
      log(`watch: ${what} changed, nothing was replaced: ${textOf(error)}`);
      return;
    }
    for (const name of file.names) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- as above
        for (const line of report(name, await reloadService(node, name, file.module!))) log(`watch: ${what} changed: ${line}`);
      } catch (error) {
        file.module = before;
        log(`watch: ${what} changed, nothing was replaced: ${textOf(error)}`);
      }
    }
  }

  const stopListening = modules.onLoad(follow);
  follow();
  return () => {
    stopListening();
    files.close();
  };
}

/** Times of files are taken from a clock that ticks this seldom. */
const CLOCK_MS = 20;

function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** Lines about one service. */
function report(name: string, { replaced, stayed, old }: Reloaded): string[] {
  const lines: string[] = [];
  const list = (handles: readonly number[]): string => handles.map((h) => `:${h.toString(16).padStart(8, "0")}`).join(" ");
  if (replaced.length > 0)
    lines.push(
      `service ${name}: ${replaced.length} running ${replaced.length === 1 ? "instance has" : "instances have"} the new code and the old state (${list(replaced)})`,
    );
  if (stayed.length > 0)
    lines.push(
      `service ${name}: ${stayed.join(", ")} ${stayed.length === 1 ? "is" : "are"} gone from the file and stay in running instances`,
    );
  const reasons = new Map<string, number[]>();
  for (const { handle, reason } of old) reasons.set(reason, [...(reasons.get(reason) ?? []), handle]);
  for (const [reason, handles] of reasons) lines.push(`service ${name}: ${list(handles)} needs a restart to take the new code: ${reason}`);
  if (lines.length === 0) lines.push(`service ${name}: no instance runs; the next one takes the new code`);
  return lines;
}

function shown(path: string): string {
  return relative(process.cwd(), path);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
