/**
 * Gives a command by a button: what is dangerous is confirmed first, what comes of it is told by a toast and kept in the console's history.
 *
 * @module
 */
import type { CommandEntry } from "../stores/command-store.ts";
import { useConfirm } from "./Confirm.tsx";
import { useInspector } from "./hooks.ts";

/**
 * The way to give a command.
 *
 * @param name - Of the command.
 * @param words - As one would type them.
 * @param node - Where, on a host with several nodes.
 */
export type Act = (name: string, words: readonly string[], node?: string) => Promise<CommandEntry | undefined>;

/** See the file's comment. The promise gives `undefined` when the user did not agree. */
export function useAction(): Act {
  const { commands } = useInspector();
  const confirm = useConfirm();
  return async (name, words, node) => {
    const permission = commands.permission(name, node);
    let typed: string | undefined;
    if (permission.may && permission.info.scope === "danger") {
      const answer = await confirm({ command: permission.info, words, ...(node === undefined ? {} : { node }) });
      if (answer === undefined) return undefined;
      typed = answer.typed;
    }
    return commands.run(name, node === undefined || node === "" ? words : [...words, { node }], "action", typed);
  };
}
