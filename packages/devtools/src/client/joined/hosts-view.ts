/**
 * The list of joined hosts and the choice of nodes, for components.
 *
 * @module
 */
import type { Host, HostList, HostNode } from "../../stores/host-list.ts";
import type { Picks } from "./joined-table.ts";
import type { NodeNames, NodePlace } from "./names.ts";
import type { Part } from "./part.ts";

/** See the file's comment. */
export class HostsView implements HostList, Picks {
  version = 0;
  readonly list: readonly Host[];
  picked: readonly string[] = [];
  readonly #names: NodeNames;
  readonly #parts: readonly Part[];
  readonly #picks: () => void;
  readonly #listeners = new Set<() => void>();
  /** The nodes behind the labels that are picked, made when it is first asked for. */
  #shown: ReadonlySet<string> | undefined;
  #at = -1;
  /** What was answered since. */
  readonly #asked = new Map<string, boolean>();

  /** @param picks - Called when other nodes are shown. */
  constructor(parts: readonly Part[], names: NodeNames, picks: () => void) {
    this.list = parts;
    this.#parts = parts;
    this.#names = names;
    this.#picks = picks;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get nodes(): readonly HostNode[] {
    return this.#names.all.map(({ label, part }) => ({ label, host: this.#parts[part]! }));
  }

  get all(): boolean {
    return this.picked.length === 0;
  }

  pick(labels: readonly string[]): void {
    if (labels.join() === this.picked.join()) return;
    this.picked = labels;
    this.#shown = undefined;
    this.#picks();
  }

  shows(node: string): boolean {
    if (this.all) return true;
    if (this.#shown === undefined || this.#at !== this.#names.version) {
      this.#at = this.#names.version;
      this.#asked.clear();
      // A label from an old link may be written otherwise; one that means no node known yet shows nothing.
      this.#shown = new Set(this.picked.map((label) => this.current(label)));
    }
    let on = this.#asked.get(node);
    // What was told before a namesake came has the name of then.
    if (on === undefined) this.#asked.set(node, (on = this.#shown.has(node) || this.#shown.has(this.current(node))));
    return on;
  }

  current(node: string): string {
    const [place] = this.#names.resolve(node);
    return place === undefined ? node : this.#parts[place.part]!.node(place.node);
  }

  of(node: string): Host | undefined {
    const [place] = this.#names.resolve(node);
    return place === undefined ? (this.#parts.length === 1 ? this.#parts[0] : undefined) : this.#parts[place.part];
  }

  /** What a node is called at its host. */
  place(node: string): NodePlace | undefined {
    return this.#names.resolve(node)[0];
  }

  /** Places of the hosts that have a picked node; all of them when none is picked. */
  get pickedParts(): readonly number[] {
    if (this.all) return this.#parts.map((p) => p.place);
    return [...new Set(this.picked.flatMap((label) => this.#names.resolve(label)[0]?.part ?? []))];
  }

  changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
