/**
 * Reads what console commands print, line by line, into rows.
 *
 * Never throws: a line that cannot be read is told as such, and the rows around it stand. Numbers and addresses are checked, texts are taken
 * as they are.
 *
 * @module
 */

/** Rows, and the lines that are none. */
export interface Parsed<T> {
  readonly rows: readonly T[];
  /** Lines that could not be read, as they came; the first few. */
  readonly unread: readonly string[];
}

/** A service the launcher started. */
export interface ListRow {
  readonly addr: number;
  /** E.g. `snlua agent 12`. */
  readonly launch: string;
}

/** Counters of a service; where it did not answer, `failure` says how. */
export interface StatRow {
  readonly addr: number;
  /** Seconds in its handlers; -1 where that is not measured. */
  readonly cpu: number;
  readonly message: number;
  readonly mqlen: number;
  readonly task: number;
  readonly failure: "TIMEOUT" | "ERROR" | undefined;
}

/** Memory of a service's Lua state in bytes; -1 where it did not answer. */
export interface MemRow {
  readonly addr: number;
  readonly bytes: number;
  readonly launch: string;
  readonly failure: string | undefined;
}

/** A unique service: its address, or what is known of one that is not up. */
export interface UniqueRow {
  readonly name: string;
  readonly addr: number;
  readonly text: string;
}

/** A session that a task waits under. */
export interface TaskRow {
  /** E.g. `0x7f51780d4058`. */
  readonly thread: string;
  readonly session: number;
  /** Lines of the stack, trimmed. */
  readonly stack: readonly string[];
}

/** A socket. Bytes, and centiseconds since something last came or went; -1 where the console does not say. */
export interface SocketRow {
  readonly id: number;
  readonly type: string;
  readonly addr: number;
  readonly peer: string;
  readonly sock: string;
  readonly read: number;
  readonly write: number;
  readonly wbuffer: number;
  readonly accept: number;
  readonly rtimeCs: number;
  readonly wtimeCs: number;
  readonly reading: boolean;
  readonly writing: boolean;
}

const MOST_UNREAD = 20;
const LONGEST = 200;

/** Collects rows and the lines that are none. */
class Reader<T> {
  readonly rows: T[] = [];
  readonly unread: string[] = [];

  take(line: string, row: T | undefined): void {
    if (row !== undefined) this.rows.push(row);
    else if (this.unread.length < MOST_UNREAD) this.unread.push(line.length <= LONGEST ? line : `${line.slice(0, LONGEST - 1)}…`);
  }
}

function* linesOf(text: string): Generator<string, void> {
  for (let from = 0; from < text.length;) {
    const at = text.indexOf("\n", from);
    const end = at < 0 ? text.length : at;
    const line = text.charCodeAt(end - 1) === 13 && end > from ? text.slice(from, end - 1) : text.slice(from, end);
    if (line !== "") yield line;
    from = end + 1;
  }
}

/** From `:0000000a` to the handle; `undefined` for anything else. */
export function readAddress(text: string | undefined): number | undefined {
  return text !== undefined && /^:[0-9a-f]{1,8}$/i.test(text) ? Number.parseInt(text.slice(1), 16) : undefined;
}

function eachLine<T>(text: string, read: (line: string) => T | undefined): Parsed<T> {
  const reader = new Reader<T>();
  for (const line of linesOf(text)) reader.take(line, read(line));
  return reader;
}

function cut(line: string, at: string): readonly [string, string] {
  const i = line.indexOf(at);
  return i < 0 ? [line, ""] : [line.slice(0, i), line.slice(i + at.length)];
}

const count = (text: string | undefined): number => (text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : -1);
const decimal = (text: string | undefined): number => {
  if (text === undefined || text === "") return -1;
  const n = Number(text);
  return Number.isFinite(n) && n >= 0 ? n : -1;
};

/** `list`. */
export function readList(text: string): Parsed<ListRow> {
  return eachLine(text, (line) => {
    const [key, launch] = cut(line, "\t");
    const addr = readAddress(key);
    return addr === undefined ? undefined : { addr, launch };
  });
}

/** The parts `name:value` of a line; a value may have colons itself. */
function fields(parts: readonly string[]): Map<string, string> {
  return new Map(parts.map((part) => cut(part, ":")));
}

/** `stat`. */
export function readStat(text: string): Parsed<StatRow> {
  return eachLine(text, (line) => {
    const [key, ...rest] = line.split("\t");
    const addr = readAddress(key);
    if (addr === undefined) return undefined;
    if (rest.length === 1 && (rest[0] === "TIMEOUT" || rest[0] === "ERROR"))
      return { addr, cpu: -1, message: -1, mqlen: -1, task: -1, failure: rest[0] };
    const f = fields(rest);
    const row = {
      addr,
      cpu: decimal(f.get("cpu")),
      message: count(f.get("message")),
      mqlen: count(f.get("mqlen")),
      task: count(f.get("task")),
      failure: undefined,
    };
    return row.message < 0 && row.mqlen < 0 && row.task < 0 ? undefined : row;
  });
}

/** `mem` and `gc`. */
export function readMem(text: string): Parsed<MemRow> {
  return eachLine(text, (line) => {
    const [key, rest] = cut(line, "\t");
    const addr = readAddress(key);
    const parts = /^(?:(\d+(?:\.\d+)?) Kb|([A-Z]+)) \((.*)\)$/.exec(rest);
    if (addr === undefined || parts === null) return undefined;
    const [, kb, failure, launch = ""] = parts;
    return { addr, bytes: kb === undefined ? -1 : Math.round(Number(kb) * 1024), launch, failure };
  });
}

/** `service`: what is known of one that is not up yet goes over several lines. */
export function readUnique(text: string): Parsed<UniqueRow> {
  const rows: { name: string; addr: number; text: string }[] = [];
  const unread: string[] = [];
  for (const line of linesOf(text)) {
    const [name, value] = cut(line, "\t");
    const last = rows.at(-1);
    const addr = readAddress(value);
    if (line.startsWith("\t") || !line.includes("\t")) {
      // Stacks and further lines belong to the name above them.
      if (last !== undefined && last.addr === 0) last.text += `\n${line}`;
      else if (unread.length < MOST_UNREAD) unread.push(line.slice(0, LONGEST));
    } else rows.push({ name, addr: addr ?? 0, text: addr === undefined ? value : "" });
  }
  return { rows, unread };
}

/** `task <address>`. */
export function readTasks(text: string): Parsed<TaskRow> {
  const rows: { thread: string; session: number; stack: string[] }[] = [];
  const unread: string[] = [];
  for (const line of linesOf(text)) {
    const head = /^thread: (\S+) session: (\d{1,15})\t(.*)$/.exec(line);
    const last = rows.at(-1);
    if (head !== null) {
      const [, thread, session, rest] = head;
      rows.push({ thread: thread!, session: Number(session), stack: rest === "" || rest === "stack traceback:" ? [] : [rest!] });
    } else if (last !== undefined) last.stack.push(line.trim());
    else if (unread.length < MOST_UNREAD) unread.push(line.slice(0, LONGEST));
  }
  return { rows, unread };
}

/** Bytes from `304`, `3.5K`, `1.25M`; what is zero is left out by the console. */
function sizeOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const parts = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([KM]?)$/.exec(text);
  if (parts === null) return -1;
  return Math.round(Number(parts[1]) * (parts[2] === "M" ? 1_048_576 : parts[2] === "K" ? 1024 : 1));
}

/** Centiseconds from `1.61s`, `2:5s` (minutes), `1:2:5s` (hours); -1 for never. */
function ageOf(text: string | undefined): number {
  const parts = text === undefined ? null : /^(?:(?:(\d+):)?(\d+):)?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)s$/.exec(text);
  if (parts === null) return -1;
  const [, hours = "0", minutes = "0", seconds] = parts;
  return Math.max(0, Math.round((Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 100));
}

/** `netstat`. */
export function readNetstat(text: string): Parsed<SocketRow> {
  return eachLine(text, (line) => {
    const [, ...rest] = line.split("\t");
    const f = fields(rest);
    const id = count(f.get("id"));
    const addr = readAddress(f.get("address"));
    const type = f.get("type");
    if (id < 0 || addr === undefined || type === undefined) return undefined;
    return {
      id,
      type,
      addr,
      peer: f.get("peer") ?? "",
      sock: f.get("sock") ?? "",
      read: sizeOf(f.get("read")),
      write: sizeOf(f.get("write")),
      wbuffer: sizeOf(f.get("wbuffer")),
      accept: Math.max(0, count(f.get("accept"))),
      rtimeCs: ageOf(f.get("rtime")),
      wtimeCs: ageOf(f.get("wtime")),
      reading: f.get("reading") === "true",
      writing: f.get("writing") === "true",
    };
  });
}

/** `info`, `getenv`, `cmem`, `jmem`, `call` …: a key and a text in each line. */
export function readPairs(text: string): Parsed<{ readonly key: string; readonly value: string }> {
  return eachLine(text, (line) => {
    const [key, value] = cut(line, "\t");
    return line.includes("\t") ? { key, value } : undefined;
  });
}

/** `ping`: centiseconds, or `undefined`. */
export function readPing(text: string): number | undefined {
  const n = count(text.trim());
  return n < 0 ? undefined : n;
}
