/**
 * What the nodes and hosts of several connections are called, so that no two are called the same: by their own names, and with the host's
 * address where that is not enough.
 *
 * Knows nothing of clients. A name that was once given still finds its node when a namesake comes later; a written link does too.
 *
 * @module
 */

/** A node of one of the hosts. */
export interface NodePlace {
  /** Place of the host among the connections. */
  readonly part: number;
  /** What the host itself calls the node. */
  readonly node: string;
}

interface Named extends NodePlace {
  label: string;
}

/**
 * The shortest endings that tell connections apart: `:7400` and `:7401` on one machine, `@gs1` and `@gs2` on two.
 *
 * @param titles - One for each connection, e.g. `127.0.0.1:7400`. Of equal ones the later gets its number.
 */
export function shortTitles(titles: readonly string[]): readonly string[] {
  if (titles.length === 1) return [""];
  const parts = titles.map((title) => /^(.*):(\d+)$/.exec(title));
  const named = parts.filter((p) => p !== null);
  const different = (list: readonly string[]): boolean => new Set(list).size === list.length;
  const machines = named.map((p) => p[1]!);
  const firsts = machines.map((m) => m.split(".", 1)[0]!);
  const ports = new Set(machines).size <= 1 && different(named.map((p) => p[2]!));
  const byFirst = different(firsts) && !machines.some((m) => /^[\d.]+$|^\[/.test(m));
  const short = titles.map((title, i) => {
    const part = parts[i];
    if (part === null || part === undefined) return `@${title}`;
    if (ports) return `:${part[2]!}`;
    return `@${byFirst ? part[1]!.split(".", 1)[0]! : different(machines) ? part[1]! : title}`;
  });
  // A title goes into filters and addresses: one word, and none of their marks.
  return short.map((text, i) => {
    const word = text.replaceAll(/[\s"(),/]+/g, "-");
    return short.indexOf(text) < i ? `${word}-${i + 1}` : word;
  });
}

/** See the file's comment. */
export class NodeNames {
  /** Raised when a node is met or called otherwise. */
  version = 0;
  readonly #short: readonly string[];
  readonly #known: Map<string, Named>[];
  /** Every label ever given. */
  readonly #given = new Map<string, NodePlace>();

  /** @param titles - What the connections are called. */
  constructor(titles: readonly string[]) {
    this.#short = shortTitles(titles);
    this.#known = titles.map(() => new Map());
  }

  /** Nodes met so far, in the order of their labels. */
  get all(): readonly (NodePlace & { readonly label: string })[] {
    return this.#known.flatMap((nodes) => [...nodes.values()]).sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
  }

  /** The nodes of one host. */
  of(part: number): readonly string[] {
    return [...this.#known[part]!.keys()];
  }

  /** Learns that a host has a node. @returns whether that is news. */
  meet(part: number, node: string): boolean {
    const mine = this.#known[part]!;
    if (node === "" || mine.has(node)) return false;
    const named: Named = { part, node, label: node };
    mine.set(node, named);
    const namesakes = this.#known.flatMap((nodes) => nodes.get(node) ?? []);
    for (const one of namesakes) {
      one.label = namesakes.length === 1 ? node : node + this.#short[one.part]!;
      if (!this.#given.has(one.label)) this.#given.set(one.label, one);
    }
    this.version++;
    return true;
  }

  /** What a node is called here; of one not met yet, the name that no other can have. */
  label(part: number, node: string): string {
    return node === "" ? "" : (this.#known[part]!.get(node)?.label ?? node + this.#short[part]!);
  }

  /** What a host is called here, by its own name. */
  hostLabel(part: number, names: readonly string[]): string {
    const name = names[part]!;
    return names.indexOf(name) === names.lastIndexOf(name) ? name : name + this.#short[part]!;
  }

  /** The nodes that a label may mean, the likeliest first. */
  resolve(label: string): readonly NodePlace[] {
    const found: NodePlace[] = [];
    const add = (place: NodePlace | undefined): void => {
      if (place !== undefined && !found.some((f) => f.part === place.part && f.node === place.node)) found.push(place);
    };
    for (const nodes of this.#known) for (const named of nodes.values()) if (named.label === label) add(named);
    add(this.#given.get(label));
    for (const [part, nodes] of this.#known.entries()) {
      const short = this.#short[part]!;
      if (short !== "" && label.endsWith(short)) add(nodes.get(label.slice(0, -short.length)));
    }
    for (const nodes of this.#known) add(nodes.get(label));
    return found;
  }
}
