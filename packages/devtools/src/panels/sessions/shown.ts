/**
 * Which part of the waits-for graph is drawn: what is asked for, else what hangs together in chains; grouped by type of service where that
 * is still too much to look at.
 *
 * @module
 */
import type { Waits, WaitLink, WaitNode } from "./waits.ts";

/** Most tasks drawn one by one. */
export const MOST_TASKS = 300;

/** A line of a box: a task; or in a grouped graph, nothing. */
export interface ShownTask {
  readonly key: string;
  readonly node: WaitNode;
}

/** A service with those of its tasks that are shown; or all services of a type. */
export interface ShownBox {
  readonly id: string;
  readonly title: string;
  /** Address, or how many services and tasks are behind it. */
  readonly subtitle: string;
  readonly tasks: readonly ShownTask[];
  readonly dead: boolean;
}

/** An arrow between two tasks, or between two groups. */
export interface ShownLink {
  readonly key: string;
  readonly fromBox: string;
  readonly toBox: string;
  /** Place in the box's list of tasks; -1 for the box as a whole. */
  readonly fromRow: number;
  readonly toRow: number;
  readonly kind: string;
  readonly dead: boolean;
  /** The link itself; of a group the first of those behind it. */
  readonly link: WaitLink;
  /** How many are behind it. */
  readonly count: number;
}

/** What is drawn. */
export interface Shown {
  readonly boxes: readonly ShownBox[];
  readonly links: readonly ShownLink[];
  /** Tasks drawn or behind a group. */
  readonly tasks: number;
  /** Tasks of the whole graph. */
  readonly all: number;
  readonly grouped: boolean;
  /** Groups left out because there are too many even of those. */
  readonly left: number;
}

/**
 * Everything in a chain of at least two links, calls without a task included, and whoever waits for a task that has ended. Plain calls that one task handles are not: they are what a
 * healthy system is full of.
 */
export function chained(waits: Waits): Set<string> {
  const keys = new Set<string>();
  for (const link of waits.links) {
    const forEver = link.deadlock !== "" || waits.nodes.get(link.to)?.ended === true;
    if (!forEver && (waits.into.get(link.from)?.length ?? 0) === 0 && (waits.out.get(link.to)?.length ?? 0) === 0) continue;
    keys.add(link.from);
    keys.add(link.to);
  }
  return keys;
}

/** Everything connected to the given nodes, in either direction. */
export function connected(waits: Waits, seeds: Iterable<string>): Set<string> {
  const keys = new Set<string>();
  const open = [...seeds].filter((key) => waits.nodes.has(key));
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (keys.has(key)) continue;
    keys.add(key);
    for (const link of waits.out.get(key) ?? []) open.push(link.to);
    for (const link of waits.into.get(key) ?? []) open.push(link.from);
  }
  return keys;
}

/** Draws these nodes and all links between them. */
export function show(waits: Waits, keys: ReadonlySet<string>, address: (addr: number) => string, most: number = MOST_TASKS): Shown {
  const links = waits.links.filter((l) => keys.has(l.from) && keys.has(l.to));
  return keys.size <= most ? single(waits, keys, links, address) : grouped(waits, keys, links, most);
}

const boxOf = (node: WaitNode): string => `${node.node}/${node.addr}`;

function single(waits: Waits, keys: ReadonlySet<string>, links: readonly WaitLink[], address: (addr: number) => string): Shown {
  const boxes = new Map<string, WaitNode[]>();
  for (const key of keys) {
    const node = waits.nodes.get(key)!;
    const list = boxes.get(boxOf(node));
    if (list === undefined) boxes.set(boxOf(node), [node]);
    else list.push(node);
  }
  const row = new Map<string, number>();
  // Services of several hosts may have the same address: the node says more.
  const many = [...keys].some((key) => key.includes("@"));
  const shown = [...boxes]
    .toSorted(([, a], [, b]) => (a[0]!.node < b[0]!.node ? -1 : a[0]!.node > b[0]!.node ? 1 : a[0]!.addr - b[0]!.addr))
    .map(([id, nodes]): ShownBox => {
      nodes.sort((a, b) => a.task - b.task);
      nodes.forEach((n, i) => row.set(n.key, i));
      const [first] = nodes;
      const plain = address(first!.addr);
      return {
        id,
        title: first!.name === "" ? plain : first!.name,
        subtitle: many ? first!.node : first!.name === "" ? "" : plain,
        tasks: nodes.map((node) => ({ key: node.key, node })),
        dead: nodes.some((n) => n.deadlock !== ""),
      };
    });
  return {
    boxes: shown,
    links: links.map((link) => ({
      key: link.key,
      fromBox: boxOf(waits.nodes.get(link.from)!),
      toBox: boxOf(waits.nodes.get(link.to)!),
      fromRow: row.get(link.from)!,
      toRow: row.get(link.to)!,
      kind: link.kind,
      dead: link.deadlock !== "",
      link,
      count: 1,
    })),
    tasks: keys.size,
    all: waits.nodes.size,
    grouped: false,
    left: 0,
  };
}

/** First word of the name: what kind of service it is. */
export const typeOf = (node: WaitNode): string => node.name.split(" ", 1)[0] || "(no name)";

function grouped(waits: Waits, keys: ReadonlySet<string>, links: readonly WaitLink[], most: number): Shown {
  const groups = new Map<string, { tasks: number; services: Set<string>; dead: boolean }>();
  for (const key of keys) {
    const node = waits.nodes.get(key)!;
    const type = typeOf(node);
    let group = groups.get(type);
    if (group === undefined) groups.set(type, (group = { tasks: 0, services: new Set(), dead: false }));
    group.tasks++;
    group.services.add(boxOf(node));
    if (node.deadlock !== "") group.dead = true;
  }
  // The largest first, and whoever is in a deadlock before all.
  const kept = [...groups]
    .toSorted(([a, x], [b, y]) => Number(y.dead) - Number(x.dead) || y.tasks - x.tasks || (a < b ? -1 : 1))
    .slice(0, most);
  const names = new Set(kept.map(([type]) => type));
  const joined = new Map<string, { -readonly [K in keyof ShownLink]: ShownLink[K] }>();
  for (const link of links) {
    const from = typeOf(waits.nodes.get(link.from)!);
    const to = typeOf(waits.nodes.get(link.to)!);
    if (!names.has(from) || !names.has(to)) continue;
    const key = `${from} → ${to} ${link.kind}`;
    const known = joined.get(key);
    if (known === undefined)
      joined.set(key, {
        key,
        fromBox: from,
        toBox: to,
        fromRow: -1,
        toRow: -1,
        kind: link.kind,
        dead: link.deadlock !== "",
        link,
        count: 1,
      });
    else {
      known.count++;
      if (link.deadlock !== "") known.dead = true;
    }
  }
  return {
    boxes: kept.map(([type, { tasks, services, dead }]) => ({
      id: type,
      title: type,
      subtitle: `${services.size} ${services.size === 1 ? "service" : "services"}, ${tasks} ${tasks === 1 ? "task" : "tasks"}`,
      tasks: [],
      dead,
    })),
    links: [...joined.values()],
    tasks: keys.size,
    all: waits.nodes.size,
    grouped: true,
    left: groups.size - kept.length,
  };
}
