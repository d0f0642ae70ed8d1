/**
 * The tables of several hosts as one. Nothing is copied but two small columns: every row stays in the table of its own host, which goes on
 * taking that host's frames, so rows of two hosts cannot mix, and a host that is lost leaves the others' rows alone.
 *
 * Row `r` is row `floor(r / hosts)` of host `r mod hosts`. With one host the numbers are its own, and only the choice of nodes is added.
 * Knows nothing of connections and of how a row looks.
 *
 * @module
 */
import type { TableChannel } from "@skyloom/runtime/inspect";
import type { LiveTable, TableStore } from "../../stores/table-store.ts";
import type { TableShape } from "../../stores/channels.ts";
import type { Part } from "./part.ts";

/** Fields that are moments of the host's clock; what is below zero is not known. */
const moments: Readonly<Partial<Record<TableChannel, readonly string[]>>> = {
  services: ["startUs"],
  mailboxes: ["oldestSinceUs"],
  sessions: ["sentUs", "dispatchedUs", "suspendedUs"],
  waits: ["sinceUs"],
  sockets: ["rtimeUs", "wtimeUs"],
  timers: ["dueUs"],
};

/** What it asks of the list of hosts. */
export interface Picks {
  /** Whether all nodes are shown. */
  readonly all: boolean;
  shows(label: string): boolean;
}

/** See the file's comment. */
export class JoinedTable implements TableStore {
  readonly shape: TableShape;
  version = 0;
  membership = 0;
  t = 0;
  readonly #parts: readonly Part[];
  readonly #tables: readonly LiveTable[];
  readonly #picks: Picks;
  readonly #moments: ReadonlySet<string>;
  readonly #known: number[];
  readonly #listeners = new Set<() => void>();
  readonly #stops: (() => void)[] = [];
  /** Raised where every row is to be drawn anew: names, picks, a host lost or found. */
  #turn = 0;
  #built = -1;
  #status: Uint8Array = new Uint8Array();
  #rowVersion: Uint32Array = new Uint32Array();
  #live = 0;

  constructor(channel: TableChannel, parts: readonly Part[], picks: Picks) {
    this.#parts = parts;
    this.#picks = picks;
    this.#tables = parts.map((p) => p.client.table(channel));
    this.shape = this.#tables[0]!.shape;
    this.#moments = new Set(moments[channel]);
    this.#known = parts.map(() => -1);
    for (const [i, table] of this.#tables.entries()) {
      this.#take(i);
      this.#stops.push(table.subscribe(() => this.#take(i)));
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Names, picks or connections are not what they were: every row is another one. */
  again(): void {
    this.#turn++;
    this.membership++;
    this.#changed();
  }

  /** Follows its hosts no longer. */
  release(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  get ready(): boolean {
    return this.#tables.some((t) => t.ready);
  }
  get total(): number {
    return this.#picks.all ? this.#tables.reduce((n, t) => n + t.total, 0) : this.live;
  }
  get live(): number {
    if (this.#picks.all) return this.#tables.reduce((n, t) => n + t.live, 0);
    this.#build();
    return this.#live;
  }
  get arrivedAt(): number {
    return Math.max(...this.#tables.map((t) => t.arrivedAt));
  }
  get high(): number {
    return Math.max(...this.#tables.map((t) => t.high)) * this.#tables.length;
  }
  get status(): Uint8Array {
    this.#build();
    return this.#status;
  }
  get rowVersion(): Uint32Array {
    this.#build();
    return this.#rowVersion;
  }
  get hosts(): number {
    return this.#tables.length;
  }
  get manyNodes(): boolean {
    return this.#tables.length > 1 || this.#tables[0]!.manyNodes;
  }

  number(field: string, row: number): number {
    const n = this.#tables.length;
    if (n === 1) return this.#tables[0]!.number(field, row);
    const value = this.#tables[row % n]!.number(field, (row / n) | 0);
    return this.#moments.has(field) ? this.#parts[row % n]!.moment(value) : value;
  }

  text(field: string, row: number): string {
    const n = this.#tables.length;
    if (n === 1) return this.#tables[0]!.text(field, row);
    const value = this.#tables[row % n]!.text(field, (row / n) | 0);
    if (field === "node") return this.#parts[row % n]!.node(value);
    return field === "deadlock" ? this.#parts[row % n]!.id(value) : value;
  }

  word(field: string, row: number): string {
    return this.#of(row).word(field, this.#local(row));
  }

  rate(field: string, row: number): number {
    return this.#of(row).rate(field, this.#local(row));
  }

  at(row: number): number {
    return this.#parts[this.host(row)]!.moment(this.#of(row).t);
  }

  changedWithin(row: number, seconds: number): boolean {
    return this.#of(row).changedWithin(this.#local(row), seconds);
  }

  host(row: number): number {
    return row % this.#tables.length;
  }

  stale(row: number): boolean {
    const part = this.#parts[this.host(row)]!;
    return !part.alone && !part.live;
  }

  id(row: number): string {
    if (this.#tables.length === 1) return this.#tables[0]!.id(row);
    const key = this.#of(row).key(this.#local(row));
    const at = key.lastIndexOf("@");
    return `${key.slice(0, at)}@${this.#parts[this.host(row)]!.node(key.slice(at + 1))}`;
  }

  find(id: string): number {
    const n = this.#tables.length;
    if (n === 1) return this.#tables[0]!.find(id);
    const at = id.indexOf("@");
    if (at >= 0) {
      const [name, label] = [id.slice(0, at), id.slice(at + 1)];
      for (const { part, node } of this.#parts[0]!.names.resolve(label)) {
        const row = this.#tables[part]!.find(`${name}@${node}`);
        if (row >= 0) return row * n + part;
      }
      return -1;
    }
    let found = -1;
    for (const [part, table] of this.#tables.entries()) {
      const row = table.find(id);
      if (row >= 0 && (found < 0 || (table.status[row] === 1 && this.status[found] !== 1))) found = row * n + part;
    }
    return found;
  }

  pin(row: number): void {
    for (const [i, table] of this.#tables.entries()) table.pin(row >= 0 && this.host(row) === i ? this.#local(row) : -1);
  }

  keep(row: number, on: boolean): void {
    this.#of(row).keep(this.#local(row), on);
  }

  kept(row: number): boolean {
    return this.#of(row).kept(this.#local(row));
  }

  get keptRows(): number {
    return this.#tables.reduce((n, t) => n + t.keptRows, 0);
  }

  keepNone(): void {
    for (const table of this.#tables) table.keepNone();
  }

  sweep(): void {
    for (const table of this.#tables) table.sweep();
  }

  #of(row: number): LiveTable {
    return this.#tables[row % this.#tables.length]!;
  }

  #local(row: number): number {
    return (row / this.#tables.length) | 0;
  }

  /** News of one host. */
  #take(i: number): void {
    const table = this.#tables[i]!;
    const part = this.#parts[i]!;
    let news = false;
    for (const node of table.nodes) if (part.names.meet(i, node)) news = true;
    if (table.membership !== this.#known[i]) {
      this.#known[i] = table.membership;
      this.membership++;
    }
    // One clock for all, which never goes back while a host's offset is being measured.
    if (table.ready) this.t = part.alone ? table.t : Math.max(this.t, part.moment(table.t));
    if (news && !part.alone) this.#turn++;
    this.#changed();
    if (news) this.onNames();
  }

  /** Called when a node was met that had not been known. */
  onNames: () => void = () => {};

  #build(): void {
    if (this.#built === this.version) return;
    this.#built = this.version;
    const n = this.#tables.length;
    const { all } = this.#picks;
    if (n === 1 && all && this.#turn === 0) {
      this.#status = this.#tables[0]!.status;
      this.#rowVersion = this.#tables[0]!.rowVersion;
      return;
    }
    const { high } = this;
    if (this.#status.length < high || n === 1) {
      this.#status = new Uint8Array(high);
      this.#rowVersion = new Uint32Array(high);
    } else this.#status.fill(0);
    const status = this.#status;
    const rowVersion = this.#rowVersion;
    this.#live = 0;
    for (let p = 0; p < n; p++) {
      const table = this.#tables[p]!;
      const part = this.#parts[p]!;
      const { status: from, rowVersion: versions } = table;
      const shown = new Map<string, boolean>();
      const end = table.high;
      for (let i = 0, row = p; i < end; i++, row += n) {
        const s = from[i]!;
        rowVersion[row] = versions[i]! + this.#turn;
        if (s === 0) continue;
        if (!all) {
          const node = table.text("node", i);
          let on = shown.get(node);
          if (on === undefined) shown.set(node, (on = this.#picks.shows(part.node(node))));
          if (!on) continue;
        }
        status[row] = s;
        if (s === 1) this.#live++;
      }
    }
  }

  #changed(): void {
    this.version++;
    for (const listener of this.#listeners) listener();
  }
}
