/**
 * What this page can look at: the host that served it, nodes in the page, hosts in other tabs, hosts it has been connected to, snapshots.
 *
 * @module
 */
import { createClient, fileDial, formatRoute, homeRoute, readSkyi, TabList } from "@skyloom/devtools";
import type { ConnectionChoice, Connections, HostClient, ViewStore } from "@skyloom/devtools";
import { titleOf, writeConnections } from "./addresses.ts";
import { keepToken } from "./token.ts";

const RECENT = "skyloom.recent";
/** Addresses that are remembered. */
const MOST_RECENT = 8;

/** What the page must say of itself. */
export interface PageOptions {
  readonly view: ViewStore;
  /** The hosts in the address. */
  readonly keys: readonly string[];
  /** Whether this build can run nodes in the page. */
  readonly page: boolean;
  /** Name under which this page's own nodes are announced, if it runs any. */
  readonly ownTab: () => string | undefined;
  /** Shows another client in this page. */
  readonly show: (client: HostClient) => void;
  /** Looks at these hosts together from now on. @param again - One that is to be dialled anew. */
  readonly join: (keys: readonly string[], again?: string) => void;
}

/** See the file's comment. */
export class PageConnections implements Connections {
  version = 0;
  current: string | undefined;
  choices: readonly ConnectionChoice[] = [];
  readonly #options: PageOptions;
  #keys: readonly string[];
  readonly #tabs = new TabList();
  readonly #listeners = new Set<() => void>();

  constructor(options: PageOptions) {
    this.#options = options;
    this.#keys = options.keys;
    this.current = writeConnections(options.keys);
    this.#tabs.subscribe(() => this.#list());
    this.#list();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  look(): () => void {
    return this.#tabs.open();
  }

  choose(c: string | undefined, token?: string): void {
    if (token !== undefined && token !== "") keepToken(c ?? "", token);
    else if (c === this.current) return;
    // Another host is another session: the page begins afresh.
    location.hash = formatRoute({ ...homeRoute, rest: c === undefined ? {} : { c } });
    location.reload();
  }

  add(c: string | undefined, token?: string): void {
    const key = c ?? "";
    const known = this.#keys.includes(key);
    if (token !== undefined && token !== "") keepToken(key, token);
    else if (known) return;
    this.#look(known ? this.#keys : [...this.#keys, key], key);
  }

  remove(key: string): void {
    const keys = this.#keys.filter((k) => k !== key);
    if (keys.length > 0) this.#look(keys);
  }

  #look(keys: readonly string[], again?: string): void {
    this.#keys = keys;
    this.current = writeConnections(keys);
    const { view, join } = this.#options;
    view.setState(({ route }) => {
      const { c: _old, ...rest } = route.rest;
      return { route: { ...route, rest: this.current === undefined ? rest : { ...rest, c: this.current } }, step: "push" };
    });
    join(keys, again);
    this.#list();
  }

  async openFile(file: File): Promise<void> {
    const recording = await readSkyi(new Uint8Array(await file.arrayBuffer()));
    const saved = new Date(recording.savedMs).toLocaleString();
    const client = createClient({ dial: fileDial(recording), title: `${file.name}, saved ${saved}` });
    const { view, show } = this.#options;
    this.current = "file";
    this.#keys = ["file"];
    view.setState(({ route }) => ({
      route: { ...route, sel: undefined, rest: { ...route.rest, c: "file" } },
      drawer: false,
      step: "push",
    }));
    show(client);
    this.#list();
  }

  /** Remembers where this page has been. */
  remember(url: string): void {
    try {
      localStorage.setItem(RECENT, JSON.stringify([url, ...recent().filter((u) => u !== url)].slice(0, MOST_RECENT)));
    } catch {
      // Not remembered, then.
    }
    this.#list();
  }

  #list(): void {
    const { page, ownTab } = this.#options;
    const choices: ConnectionChoice[] = [{ c: undefined, title: location.host, detail: "this server" }];
    if (page) choices.push({ c: "page", title: "Nodes in this page", detail: "page" });
    for (const { name } of this.#tabs.hosts) if (name !== ownTab()) choices.push({ c: `tab:${name}`, title: name, detail: "other tab" });
    for (const url of recent()) choices.push({ c: url, title: titleOf(url), detail: "before" });
    if (this.current?.startsWith("tab:") === true && !choices.some((o) => o.c === this.current))
      choices.push({ c: this.current, title: this.current.slice(4), detail: "other tab" });
    if (this.current === "file") choices.push({ c: "file", title: "Snapshot", detail: "file" });
    for (const key of this.#keys)
      if (/^wss?:/.test(key) && !choices.some((o) => o.c === key)) choices.push({ c: key, title: titleOf(key), detail: "before" });
    const several = this.#keys.length > 1;
    const file = this.current === "file";
    this.choices = choices.map((choice) => {
      const known = this.#keys.includes(choice.c ?? "");
      return { ...choice, addable: !known && !file && choice.c !== "file", shown: several && known };
    });
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}

function recent(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(RECENT) ?? "[]");
    return Array.isArray(value) ? value.filter((u) => typeof u === "string" && /^wss?:\/\/./.test(u)).slice(0, MOST_RECENT) : [];
  } catch {
    return [];
  }
}
