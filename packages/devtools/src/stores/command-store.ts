/**
 * The one way to make a host do something: every command, from the console or from a button, runs through here and is in its history.
 *
 * Knows nothing of dialogs: {@link CommandStore.permission} says what is missing, the UI asks.
 *
 * @module
 */
import type { CommandInfo } from "@skyloom/runtime/inspect";
import type { Client } from "../client/client.ts";
import { RequestError } from "../client/requests.ts";

/** Commands remembered. */
const KEPT = 500;

/** One command and what came of it. */
export interface CommandEntry {
  readonly id: number;
  /** As one would type it. */
  readonly line: string;
  /** The node it was given to, where one was named; else empty. */
  readonly node: string;
  /** `console` and `panel` entries are answered where they were asked; others by a toast. */
  readonly origin: "console" | "action" | "panel";
  readonly state: "pending" | "ok" | "error" | "cancelled";
  /** Exactly what Skynet's console prints, or why it failed. */
  readonly text: string;
  /** The result as a value, where there is one. */
  readonly value: unknown;
  /** Time on the host, in microseconds. */
  readonly us: number | undefined;
  /** When it was given, in milliseconds of the client's clock. */
  readonly at: number;
}

/** Whether a command may be run here. */
export type Permission =
  | { readonly may: true; readonly info: CommandInfo }
  | { readonly may: false; readonly why: string; readonly info: CommandInfo | undefined };

/** See the file's comment. */
export class CommandStore {
  version = 0;
  /** Oldest first. */
  entries: readonly CommandEntry[] = [];
  /** Names of the hosts on which the user uses no more than the right to read. */
  #readOnly: readonly string[] = [];
  readonly #client: Client;
  readonly #listeners = new Set<() => void>();
  #next = 1;

  constructor(client: Client) {
    this.#client = client;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Uses only the scope `read` on the hosts of these names from now on. */
  setReadOnly(hosts: readonly string[]): void {
    if (hosts.join("\n") === this.#readOnly.join("\n")) return;
    this.#readOnly = hosts;
    this.#changed();
  }

  /** Whether the user has dropped the rights above `read` on every host that is met. */
  get readOnly(): boolean {
    const met = this.#all.flatMap((c) => c.connection.getState().host?.name ?? []);
    return met.length > 0 && met.every((name) => this.#readOnly.includes(name));
  }

  /**
   * Whether a command can be run, and if not, why.
   *
   * @param node - Where; of several hosts the one that has it decides. Absent: wherever it can.
   */
  permission(name: string, node?: string): Permission {
    const { hosts } = this.#client;
    if (hosts === undefined || hosts.list.length === 1) return this.#permission(name, this.#client, undefined);
    if (node !== undefined && node !== "") {
      const host = hosts.of(node);
      if (host === undefined) return { may: false, why: `None of the hosts has a node ${node}.`, info: undefined };
      return this.#permission(name, host.client, host.label);
    }
    const each = hosts.list.map((h) => this.#permission(name, h.client, h.label));
    return each.find((p) => p.may) ?? each.find((p) => p.info !== undefined) ?? each[0]!;
  }

  /** @param label - Of the host, where there are several. */
  #permission(name: string, client: Client, label: string | undefined): Permission {
    const { commands, phase, host, scopes } = client.connection.getState();
    if (host?.mode === "file") return { may: false, why: "This is a snapshot: nothing can be done to it.", info: undefined };
    const info = commands.find((c) => c.name === name);
    if (label !== undefined && phase !== "live" && phase !== "stale")
      return { may: false, why: `There is no connection to ${label}.`, info };
    if (info === undefined) return { may: false, why: `${label ?? "This host"} has no command “${name}”.`, info };
    if (info.unavailable !== undefined)
      return { may: false, why: `Not available ${label === undefined ? "here" : `on ${label}`}: ${info.unavailable}.`, info };
    const dropped = host !== undefined && this.#readOnly.includes(host.name);
    if (!(dropped ? info.scope === "read" && scopes.includes("read") : scopes.includes(info.scope)))
      return {
        may: false,
        why: dropped
          ? "You have switched this page to read-only."
          : label === undefined
            ? `This connection lacks the scope “${info.scope}”.`
            : `${label} does not grant the scope “${info.scope}” to this connection.`,
        info,
      };
    if (phase !== "live" && phase !== "stale") return { may: false, why: "There is no connection to the host.", info };
    return { may: true, info };
  }

  get #all(): readonly Client[] {
    return this.#client.hosts?.list.map((h) => h.client) ?? [this.#client];
  }

  /**
   * Runs a command and notes what comes of it. Never rejects: the entry says how it went.
   *
   * @param args - Words, as one would type them, or values where the command takes such.
   */
  async run(name: string, args: readonly unknown[], origin: CommandEntry["origin"], confirm?: string): Promise<CommandEntry> {
    const line = [name, ...args.filter((a) => typeof a !== "object").map(String)].join(" ");
    const id = this.#next++;
    const last = args.at(-1);
    const node = typeof last === "object" && last !== null && "node" in last ? String(last.node) : "";
    const entry: CommandEntry = {
      id,
      line,
      node,
      origin,
      state: "pending",
      text: "",
      value: undefined,
      us: undefined,
      at: this.#client.now(),
    };
    this.entries = [...this.entries, entry].slice(-KEPT);
    this.#changed();
    const permission = this.permission(name, node);
    if (!permission.may) return this.#end(id, { state: "error", text: permission.why });
    try {
      const { result, us } = await this.#client.act(name, args, confirm);
      const printed = asPrinted(result);
      if (printed === undefined)
        return this.#end(id, { state: "ok", value: result, text: result === undefined ? "" : JSON.stringify(result, undefined, 2), us });
      return this.#end(id, { state: printed.ok ? "ok" : "error", value: printed.value, text: printed.text, us });
    } catch (error) {
      const text = error instanceof RequestError ? `${error.message} (${error.code})` : String(error);
      return this.#end(id, { state: "error", text });
    }
  }

  /** Stops waiting for a command; the host may still carry it out. */
  cancel(id: number): void {
    const entry = this.entries.find((e) => e.id === id);
    if (entry?.state === "pending") this.#end(id, { state: "cancelled", text: "Cancelled here; the host may still carry it out." });
  }

  /** Forgets the history. */
  clear(): void {
    this.entries = this.entries.filter((e) => e.state === "pending");
    this.#changed();
  }

  #end(id: number, part: Partial<CommandEntry>): CommandEntry {
    let ended: CommandEntry | undefined;
    this.entries = this.entries.map((e) => {
      if (e.id !== id) return e;
      // What was cancelled stays so, whatever comes later.
      ended = e.state === "pending" ? { ...e, ...part } : e;
      return ended;
    });
    this.#changed();
    return ended!;
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

/** What `inspectd` answers for the commands of Skynet's console. */
function asPrinted(result: unknown): { readonly ok: boolean; readonly text: string; readonly value: unknown } | undefined {
  if (typeof result !== "object" || result === null || !("text" in result) || !("ok" in result)) return undefined;
  const { ok, text } = result;
  return { ok: ok === true, text: String(text), value: "value" in result ? result.value : undefined };
}

/** A line of the console as command and words. */
export function splitLine(line: string): { readonly name: string; readonly words: readonly string[] } {
  const words = line.trim().split(/\s+/).filter(Boolean);
  return { name: words[0] ?? "", words: words.slice(1) };
}
