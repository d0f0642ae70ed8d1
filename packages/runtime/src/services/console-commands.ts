/**
 * The commands of Skynet's console, and how a line becomes one: shared by the console over TCP and the inspector's.
 *
 * Knows nothing of where lines come from. Runs in a task of a service.
 * Source: service/debug_console.lua; semantics.md §20.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import { inspectValue } from "../core/inspect-value.ts";
import { injections } from "../core/injected.ts";
import type { Injected } from "../core/injected.ts";
import { logOff, logOn } from "../core/message-log.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { parseLiterals } from "../lib/literals.ts";
import { memory } from "../lib/memory.ts";
import { snax } from "../lib/snax.ts";
import { socket } from "../lib/socket.ts";

/** Centiseconds a figure may take to come. */
const PATIENCE = 300;

interface Command {
  readonly help: string;
  readonly run: (line: string, ...args: string[]) => unknown;
}

/** What a command of Skynet's console answers that this runtime cannot serve. */
const missing: Readonly<Record<string, string>> = {
  debug: "attach a JavaScript debugger to the process (node --inspect)",
  jmem: "there is no jemalloc: mem and cmem say what services hold, dumpheap writes all of it",
  profactive: "there is no jemalloc: start Node with --heap-prof, or write snapshots with dumpheap",
};

/** What a line gave. */
export interface Answer {
  readonly ok: boolean;
  /** What the command returned, or `undefined`. */
  readonly value: unknown;
  /** Exactly what Skynet's console prints, the last line included; no line end after it. */
  readonly text: string;
}

/** Runs one line of the console. Never throws what a command throws: the answer says so. */
export function* runCommand(line: string): Operation<Answer> {
  const lines: string[] = [];
  const print = (...parts: readonly unknown[]): void => void lines.push(parts.map(inspectValue).join("\t"));
  const end = (ok: boolean, value?: unknown): Answer => ({ ok, value, text: [...lines, ok ? "<CMD OK>" : "<CMD Error>"].join("\n") });
  const words = line.split(/\s+/).filter((w) => w !== "");
  const name = words[0] ?? "";
  try {
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) {
      if (Object.hasOwn(missing, name)) throw new SkynetError("UNSUPPORTED", `${name} is not available in this runtime: ${missing[name]}`);
      print("Invalid command, type help for command list");
      print("");
      return end(false);
    }
    const answer = yield* runToEnd(command.run(line, ...words.slice(1)));
    if (typeof answer === "string" || typeof answer === "number") print(answer);
    else if (typeof answer === "object" && answer !== null) for (const [key, value] of sorted(answer)) print(key, tableText(value));
    return end(true, answer);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
    print(`${error.message}${cause}`);
    return end(false);
  }
}

/** Entries of a table, sorted by the text of their keys; lists count from 1. */
function sorted(table: object): [string, unknown][] {
  const entries: [string, unknown][] = Array.isArray(table)
    ? table.map((v, i): [string, unknown] => [String(i + 1), v])
    : table instanceof Map
      ? [...table].map(([k, v]): [string, unknown] => [inspectValue(k), v])
      : Object.entries(table);
  return entries.filter(([, v]) => v !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function tableText(value: unknown): string {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return inspectValue(value);
  return sorted(value)
    .map(([k, v]) => `${k}:${inspectValue(v)}`)
    .join("\t");
}

/** Hex without prefix (own harbor added), `:hex`, or `.name`. */
function address(text: string | undefined): number {
  if (text === undefined) throw new SkynetError("ARGUMENT", "Need an address: hex such as 0a, :0000000a, or .name");
  if (text.startsWith(".")) {
    const found = skynet.localname(text);
    if (found === undefined) throw new SkynetError("ARGUMENT", `Not a valid name: nobody has ${text}`);
    return found;
  }
  const digits = text.startsWith(":") ? text.slice(1) : text;
  if (!/^[0-9a-fA-F]{1,8}$/.test(digits))
    throw new SkynetError("ARGUMENT", `Need an address: hex such as 0a, :0000000a, or .name, not ${text}`);
  const handle = Number.parseInt(digits, 16);
  return text.startsWith(":") ? handle : (handle | (skynet.self() & 0xff000000)) >>> 0;
}

/** A time limit in centiseconds; 0 or less is none. */
function limit(text: string | undefined): number | undefined {
  const given = text === undefined ? PATIENCE : Number(text);
  if (!Number.isInteger(given))
    throw new SkynetError("ARGUMENT", `a time limit must be a whole number of centiseconds, not ${String(text)}`);
  return given <= 0 ? undefined : given;
}

const switchText = (text: string | undefined): boolean | undefined => (text === undefined ? undefined : text === "on" || text === "true");

const ask = (to: string | undefined, ...command: unknown[]): Operation<unknown> => skynet.call(address(to), "debug", ...command);
const launcher = (...command: unknown[]): Operation<unknown> => skynet.call(".launcher", "lua", ...command);

/** The handle of a service that a command starts. @param none - The answer where it has none and nothing failed. */
function* started(name: string | undefined, start: (name: string) => Operation<unknown>, none: "Exit" | "Failed"): Operation<unknown> {
  if (name === undefined) throw new SkynetError("ARGUMENT", "need the name of a service or of a snax service");
  try {
    const handle = yield* start(name);
    return typeof handle === "number" ? { [skynet.address(handle)]: name } : none;
  } catch (error) {
    if (error instanceof SkynetError) return "Failed";
    throw error;
  }
}

const commands: Readonly<Record<string, Command>> = {
  help: {
    help: "what each command does",
    run: () =>
      Object.fromEntries([
        ...Object.entries(commands).map(([k, c]) => [k, c.help]),
        ...Object.entries(missing).map(([k, why]) => [k, `not available: ${why}`]),
      ]),
  },
  list: { help: "all services the launcher started", run: () => launcher("LIST") },
  stat: { help: "stat [cs]: counters of each service", run: (_l, ti) => launcher("STAT", limit(ti)) },
  mem: { help: "mem [cs]: estimated memory of each service", run: (_l, ti) => launcher("MEM", limit(ti)) },
  gc: { help: "gc [cs]: asks each service to collect, then mem", run: (_l, ti) => launcher("GC", limit(ti)) },
  service: { help: "unique services", run: () => skynet.call("SERVICE", "lua", "LIST") },
  info: { help: "info address …: what the service tells about itself", run: (_l, to, ...args) => ask(to, "INFO", ...args) },
  task: { help: "task address: what its tasks wait for", run: (_l, to) => ask(to, "TASK") },
  uniqtask: { help: "uniqtask address: the same, grouped", run: (_l, to) => ask(to, "UNIQTASK") },
  killtask: { help: "killtask address name: ends a task, named as task prints it", run: (_l, to, name) => ask(to, "KILLTASK", name ?? "") },
  ping: {
    help: "ping address: round trip in centiseconds",
    *run(_l, to): Operation<string> {
      const begun = skynet.now();
      yield* ask(to, "PING");
      return String(skynet.now() - begun);
    },
  },
  call: {
    help: "call address value,…: sends a lua request",
    *run(line, to): Operation<unknown> {
      const text = /^\s*\S+\s+\S+\s+(.+)$/.exec(line)?.[1];
      const handle = address(to);
      if (text === undefined) throw new SkynetError("ARGUMENT", 'need arguments, e.g. call .simpledb "get","hello"');
      const values = yield* skynet.callall(handle, "lua", ...parseLiterals(text));
      return { ...Object.fromEntries(values.map((v, i) => [String(i + 1), v])), n: values.length };
    },
  },
  start: {
    help: "start name …: starts a service",
    run: (_l, name, ...args) => started(name, (known) => skynet.newservice(known, ...args), "Exit"),
  },
  snax: {
    help: "snax name …: starts a snax service",
    run: (_l, name, ...args) => started(name, (known) => snax.rawnewservice(known, ...args), "Failed"),
  },
  log: {
    help: "log name …: starts a service with a log of its messages",
    run: (_l, name, ...args) => started(name, (known) => launcher("LOGLAUNCH", "snlua", known, ...args), "Failed"),
  },
  logon: {
    help: "logon address: writes the messages it takes to <logpath>/<address>.log",
    run: (_l, to) => logOn(skynet.running().context.kernel, address(to), skynet.self()),
  },
  logoff: { help: "logoff address: ends that", run: (_l, to) => logOff(skynet.running().context.kernel, address(to), skynet.self()) },
  inject: {
    help: "inject address file …: runs the function a TypeScript or JavaScript file exports inside the service, and prints what it prints",
    run: (_l, to, file, ...args) => inject(address(to), file, args),
  },
  signal: {
    help: "signal address 1: logs the memory of the service; 0 would interrupt it, which nothing can in JavaScript",
    run: (_l, to, sig = "0") => signal(address(to), sig),
  },
  cmem: {
    help: "known bytes of each service, an estimate",
    run: () => {
      const bytes = [...memory.info()].map(([handle, held]): [string, number] => [skynet.address(handle), held]);
      return { ...Object.fromEntries(bytes), total: memory.total(), block: memory.block() };
    },
  },
  dumpheap: {
    help: "writes a heap snapshot of the process into the folder of the key logpath, else the working directory; the node stands still meanwhile",
    run: () => {
      const { path, bytes } = memory.dumpheap();
      return `${path}\t${(bytes / 1048576).toFixed(1)} Mb`;
    },
  },
  exit: { help: "exit address: asks the service to end itself", run: (_l, to) => void skynet.send(address(to), "debug", "EXIT") },
  kill: { help: "kill address: removes the service at once", run: (_l, to) => launcher("KILL", address(to)) },
  trace: {
    help: "trace address [proto] [on|off]: traces requests of the service",
    run(_l, to, ...args) {
      const [proto, flag] =
        args.length >= 2 ? [args[0], args[1]] : args[0] === "on" || args[0] === "off" ? ["lua", args[0]] : [args[0] ?? "lua", undefined];
      return ask(to, "TRACELOG", proto, switchText(flag));
    },
  },
  netstat: { help: "all sockets", run: () => socket.netstat().map(socketLine) },
  dbgcmd: { help: "dbgcmd address CMD …: any debug command", run: (_l, to, ...command) => ask(to, ...command) },
  getenv: { help: "getenv name", run: (_l, name = "") => ({ [name]: skynet.getenv(name) ?? "nil" }) },
  setenv: {
    help: "setenv name value",
    run(_l, name, value) {
      if (name === undefined || value === undefined) throw new SkynetError("ARGUMENT", "need a name and a value");
      skynet.setenv(name, value);
    },
  },
  clearcache: { help: "nothing to clear here: modules are loaded once", run: () => undefined },
};

/** Runs a file inside a service of this node. */
function* inject(to: number, file: string | undefined, args: readonly string[]): Operation<unknown> {
  if (file === undefined) throw new SkynetError("ARGUMENT", "need a file, e.g. inject :0000000a ./fix.ts");
  const { kernel } = skynet.running().context;
  const { modules } = kernel.ports;
  if (modules === undefined) throw new SkynetError("UNSUPPORTED", "inject is not available here: this host loads no files");
  if (kernel.find(to) === undefined) throw new SkynetError("INVALID_ADDRESS", `there is no service ${skynet.address(to)} on this node`);
  // Not a pattern: what stands for a service's name elsewhere is a part of the file's name here.
  const found = modules.find("?", [file]);
  if ("tried" in found) return `Can't open ${file}`;
  const loading = found.load(true);
  const exports = loading instanceof Promise ? yield* skynet.await(loading) : loading;
  const code = exports["default"];
  if (typeof code !== "function")
    throw new SkynetError(
      "ARGUMENT",
      `${file} exports no function as its default: write export default function (print, ...args) { … }, plain or a generator. It runs as a ` +
        `part of the service and may use all of skynet; it cannot see or change variables inside the service's own functions, which a hot-fix of ` +
        `a snax service or skyloom start --watch can`,
    );
  const state = injections();
  const key = state.next++;
  state.waiting.set(key, code as Injected);
  try {
    const [ok, output] = yield* skynet.callall<[boolean, string]>(to, "debug", "RUN", key, ...args);
    if (!ok) throw new SkynetError("CALL_FAILED", output);
    return output === "" ? undefined : output;
  } finally {
    state.waiting.delete(key);
  }
}

function signal(to: number, sig: string): void {
  const { kernel } = skynet.running().context;
  const service = kernel.find(to);
  if (service === undefined) throw new SkynetError("INVALID_ADDRESS", `there is no service ${skynet.address(to)} on this node`);
  if (sig === "0")
    throw new SkynetError(
      "UNSUPPORTED",
      "signal 0 is not available in this runtime: nothing interrupts a JavaScript function that runs. killtask ends a task that waits, kill a service",
    );
  if (sig !== "1") throw new SkynetError("ARGUMENT", `there is no signal ${sig}: 1 logs the memory of the service`);
  kernel.log(to, "recv a signal 1");
  kernel.log(to, `Current Memory ${((memory.info().get(to) ?? 0) / 1024).toFixed(3)}K`);
}

/** One socket as the console shows it: sizes as K and M, ages as seconds. */
function socketLine(info: object): Record<string, unknown> {
  const now = skynet.now();
  const line: Record<string, unknown> = { ...info };
  for (const key of ["read", "write", "wbuffer"]) if (key in line) line[key] = sizeText(line[key] as number);
  for (const key of ["rtime", "wtime"]) if (typeof line[key] === "number") line[key] = ageText(now - line[key]);
  line["address"] = skynet.address(line["address"]);
  return line;
}

function sizeText(n: number): string | undefined {
  if (n === 0) return undefined;
  return n < 1024 ? String(n) : n < 1048576 ? `${n / 1024}K` : `${n / 1048576}M`;
}

function ageText(cs: number): string {
  if (cs < 6000) return `${cs % 100 === 0 ? `${cs / 100}.0` : cs / 100}s`;
  const hours = Math.floor(cs / 360_000);
  const minutes = Math.floor((cs % 360_000) / 6000);
  return `${hours === 0 ? "" : `${hours}:`}${minutes}:${((cs % 6000) / 100).toPrecision(2)}s`;
}
