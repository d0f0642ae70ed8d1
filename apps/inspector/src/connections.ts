/**
 * What this page can look at: the host that served it, nodes in the page, hosts in other tabs, hosts it has been connected to, snapshots.
 *
 * @module
 */
import { createClient, fileDial, formatRoute, homeRoute, readSkyi, TabList } from "@skyloom/devtools";
import type { Client, ConnectionChoice, Connections, ViewStore } from "@skyloom/devtools";

const RECENT = "skyloom.recent";
/** Addresses that are remembered. */
const MOST_RECENT = 8;

/** What the page must say of itself. */
export interface PageOptions {
  readonly view: ViewStore;
  /** The connection in the address. */
  readonly current: string | undefined;
  /** Whether this build can run nodes in the page. */
  readonly page: boolean;
  /** Name under which this page's own nodes are announced, if it runs any. */
  readonly ownTab: string | undefined;
  /** Shows another client in this page. */
  readonly show: (client: Client) => void;
}

/** See the file's comment. */
export class PageConnections implements Connections {
  version = 0;
  current: string | undefined;
  choices: readonly ConnectionChoice[] = [];
  readonly #options: PageOptions;
  readonly #tabs = new TabList();
  readonly #listeners = new Set<() => void>();

  constructor(options: PageOptions) {
    this.#options = options;
    this.current = options.current;
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

  choose(c: string | undefined): void {
    if (c === this.current) return;
    // Another host is another session: the page begins afresh.
    location.hash = formatRoute({ ...homeRoute, rest: c === undefined ? {} : { c } });
    location.reload();
  }

  async openFile(file: File): Promise<void> {
    const recording = await readSkyi(new Uint8Array(await file.arrayBuffer()));
    const saved = new Date(recording.savedMs).toLocaleString();
    const client = createClient({ dial: fileDial(recording), title: `${file.name}, saved ${saved}` });
    const { view, show } = this.#options;
    this.current = "file";
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
    for (const { name } of this.#tabs.hosts) if (name !== ownTab) choices.push({ c: `tab:${name}`, title: name, detail: "other tab" });
    for (const url of recent()) choices.push({ c: url, title: url.replace(/^wss?:\/\//, "").replace(/\/inspect$/, ""), detail: "before" });
    if (this.current?.startsWith("tab:") === true && !choices.some((o) => o.c === this.current))
      choices.push({ c: this.current, title: this.current.slice(4), detail: "other tab" });
    if (this.current === "file") choices.push({ c: "file", title: "Snapshot", detail: "file" });
    this.choices = choices;
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
