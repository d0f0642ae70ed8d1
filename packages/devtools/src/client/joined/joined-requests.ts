/**
 * Questions and commands of several hosts: each goes to the host of the node it names, which judges it by the rights of its own connection.
 *
 * What names no node goes where there is no doubt: to the only host that can mean, or, as the recording of traces, to all of them.
 *
 * @module
 */
import type { CommandResult } from "../requests.ts";
import { RequestError } from "../requests.ts";
import type { HostsView } from "./hosts-view.ts";
import type { Part } from "./part.ts";

/** Commands that concern every host alike. */
const forAll: ReadonlySet<string> = new Set(["trace.start", "trace.stop"]);

/** See the file's comment. */
export class JoinedRequests {
  readonly #parts: readonly Part[];
  readonly #hosts: HostsView;

  constructor(parts: readonly Part[], hosts: HostsView) {
    this.#parts = parts;
    this.#hosts = hosts;
  }

  /** Asks. The node stands behind the handle. */
  async ask(what: string, args: readonly unknown[]): Promise<unknown> {
    const [only] = this.#parts;
    if (this.#parts.length === 1) return only!.client.ask(what, ...args);
    const [handle, node, ...rest] = args;
    if (typeof node === "string" && node !== "") {
      const { part, name } = this.#find(node);
      return part.client.ask(what, handle, name, ...rest);
    }
    // What is asked of no service in particular: the first answer that says something.
    let last: { readonly value: unknown } | undefined;
    let failure: unknown = new RequestError("LOST", "there is no connection to any of the hosts");
    for (const part of this.#up())
      try {
        const value = await part.client.ask(what, ...args);
        if (value !== false) return value;
        last = { value };
      } catch (error) {
        failure = error;
      }
    if (last !== undefined) return last.value;
    throw failure;
  }

  /** Tells a host to do something. The node is the last argument, as `{ node }`. */
  async act(cmd: string, args: readonly unknown[], confirm: string | undefined): Promise<CommandResult> {
    const [only] = this.#parts;
    if (this.#parts.length === 1) return only!.client.act(cmd, args, confirm);
    const last = args.at(-1);
    // Its node is a word of its own, which the audit shows.
    if (cmd === "failsession" && typeof args[1] === "string") {
      const { part, name } = this.#find(args[1]);
      return part.client.act(cmd, [args[0], name], confirm);
    }
    if (typeof last === "object" && last !== null && "node" in last && typeof last.node === "string" && last.node !== "") {
      const { part, name } = this.#find(last.node);
      return part.client.act(cmd, [...args.slice(0, -1), { node: name }], confirm);
    }
    const able = this.#up().filter((p) =>
      p.client.connection.getState().commands.some((c) => c.name === cmd && c.unavailable === undefined),
    );
    if (forAll.has(cmd)) return this.#everywhere(cmd, args, able);
    const picked = able.filter((p) => this.#hosts.pickedParts.includes(p.place));
    if (picked.length === 1) return picked[0]!.client.act(cmd, args, confirm);
    throw new RequestError(
      "ARGUMENT",
      able.length === 0
        ? `no connected host has the command ${cmd}`
        : `several hosts are connected: say which node ${cmd} is for; there are: ${this.#hosts.nodes.map((n) => n.label).join(", ")}`,
    );
  }

  /** Runs a command at each host that lets it; it failed when no host did it. */
  async #everywhere(cmd: string, args: readonly unknown[], parts: readonly Part[]): Promise<CommandResult> {
    const aimed = parts.flatMap((part) => {
      const own = this.#own(part, args);
      return own === undefined ? [] : [{ part, own }];
    });
    if (aimed.length === 0) throw new RequestError("ARGUMENT", `no connected host has what ${cmd} is for`);
    const done = await Promise.allSettled(aimed.map(({ part, own }) => part.client.act(cmd, own)));
    const ok = done.flatMap((d) => (d.status === "fulfilled" ? [d.value] : []));
    const failed = done.find((d) => d.status === "rejected");
    if (ok.length === 0 && failed !== undefined) throw failed.reason;
    const us = Math.max(...ok.map((r) => r.us));
    if (failed === undefined) return { result: ok[0]!.result, us };
    const lines = done.map((d, i) => `${aimed[i]!.part.label}: ${d.status === "fulfilled" ? "done" : String((d.reason as Error).message)}`);
    return { result: { ok: true, text: lines.join("; ") }, us };
  }

  /**
   * What of a recording concerns one host. Services are named by handles, which another host may have for something else: their nodes come as
   * a second argument, one for each handle.
   */
  #own(part: Part, args: readonly unknown[]): readonly unknown[] | undefined {
    const [mode, nodes] = args as readonly [{ readonly services?: readonly number[] } | undefined, readonly string[] | undefined];
    if (mode?.services === undefined || nodes === undefined) return args;
    const services = mode.services.filter((_, i) => nodes[i] === "" || this.#hosts.place(nodes[i]!)?.part === part.place);
    return services.length === 0 ? undefined : [{ ...mode, services }];
  }

  #find(node: string): { readonly part: Part; readonly name: string } {
    const place = this.#hosts.place(node);
    if (place === undefined)
      throw new RequestError(
        "ARGUMENT",
        `there is no node ${node} at the connected hosts; there are: ${this.#hosts.nodes.map((n) => n.label).join(", ")}`,
      );
    return { part: this.#parts[place.part]!, name: place.node };
  }

  #up(): readonly Part[] {
    return this.#parts.filter((p) => ["live", "stale"].includes(p.client.connection.getState().phase));
  }
}
