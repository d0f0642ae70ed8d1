/**
 * Skynet's console as commands of the inspector: which scope each needs, how long it may take, and its answer as text and as a table.
 *
 * @module
 */
import { SkynetError } from "@skyloom/runtime";
import type { HostCommand, Scope } from "@skyloom/runtime/inspect";
import { readAddress, readList, readMem, readNetstat, readPairs, readStat, readUnique } from "./answers.ts";
import { nameOfHandle } from "./channel-rows.ts";
import type { ConsoleNode } from "./console-node.ts";
import { colon } from "./prober.ts";

interface Entry {
  readonly scope: Scope;
  readonly usage: string;
  readonly help: string;
  readonly limitMs?: number;
  readonly unavailable?: string;
  /** The answer as a value that a page shows as a table. */
  readonly value?: (text: string) => object;
}

type Options = Omit<Entry, "scope" | "usage" | "help">;
const entry =
  (scope: Scope) =>
  (usage: string, help: string, options: Options = {}): Entry => ({ scope, usage, help, ...options });
const read = entry("read");
const operate = entry("operate");
const danger = entry("danger");

/** Commands that ask every service, and wait for them. */
const SURVEY: Options = { limitMs: 20_000 };
const NEVER = "it is a conversation of its own; connect to the console with skyloom console";

const byAddress = <T extends { readonly addr: number }>(rows: readonly T[], make: (row: T) => unknown): object =>
  Object.fromEntries(rows.map((row) => [colon(row.addr), make(row)]));
const pairs = (text: string): object => Object.fromEntries(readPairs(text).rows.map(({ key, value }) => [key, value]));
const memory = (text: string): object => byAddress(readMem(text).rows, (r) => ({ bytes: r.bytes, launch: r.launch }));

const catalogue: readonly Entry[] = [
  read("help", "What this server's console knows"),
  read("list", "All services the launcher started", { value: (text) => byAddress(readList(text).rows, (r) => r.launch) }),
  read("stat [cs]", "Counters of each service; costs a message to each", {
    ...SURVEY,
    value: (text) => byAddress(readStat(text).rows, ({ cpu, message, mqlen, task, failure }) => failure ?? { cpu, message, mqlen, task }),
  }),
  read("mem [cs]", "Memory of each service; costs a message to each", { ...SURVEY, value: memory }),
  read("service", "Unique services", {
    value: (text) => Object.fromEntries(readUnique(text).rows.map((r) => [r.name, r.addr === 0 ? r.text : colon(r.addr)])),
  }),
  read("task <address>", "Stacks of the tasks of a service"),
  read("uniqtask <address>", "The same, grouped"),
  read("info <address> [args…]", "What a service tells about itself", { value: pairs }),
  read("ping <address>", "Round trip in centiseconds"),
  read("netstat", "All sockets", {
    value: (text) => Object.fromEntries(readNetstat(text).rows.map(({ id, addr, ...row }) => [String(id), { owner: colon(addr), ...row }])),
  }),
  read("cmem", "Memory by service and allocator", { value: pairs }),
  read("getenv <name>", "A configuration value", { value: pairs }),
  operate("gc [cs]", "Makes each service collect garbage, then mem", { ...SURVEY, value: memory }),
  operate("trace <address> [proto] [on|off]", "Traces the requests of a service in the server's log"),
  operate("logon <address>", "Writes the messages of a service to a file of the server"),
  operate("logoff <address>", "Ends logon"),
  operate("clearcache", "Empties the code cache: services started from now on load their files anew"),
  operate("profactive [on|off]", "Heap profiling of jemalloc"),
  operate("jmem", "Statistics of jemalloc", { value: pairs }),
  danger("dbgcmd <address> <command> [args…]", "Any debug command; RUN runs Lua inside the service"),
  danger("start <name> [args…]", "Starts a service"),
  danger("snax <name> [args…]", "Starts a snax service"),
  danger("log <name> [args…]", "Starts a service with its messages logged"),
  danger("exit <address>", "Asks a service to end itself"),
  danger("kill <address>", "Removes a service at once"),
  danger("call <address> <value,…>", "Sends a lua request and shows the reply", { limitMs: 25_000 }),
  danger("killtask <address> <task>", "Ends one task of a service"),
  danger("inject <address> <file> [args…]", "Runs a Lua file of the server inside a service"),
  danger("signal <address> [n]", "Interrupts a service: 0 breaks its running or next message, 1 logs its memory"),
  danger("setenv <name> <value>", "Sets a configuration value that is not set yet"),
  danger("dumpheap", "Writes a heap profile of jemalloc"),
  danger("debug <address>", "Debugs a service step by step", { unavailable: NEVER }),
  danger("failsession <address>-<session>", "Ends a pending call with an error", {
    unavailable: "a C Skynet cannot end one call from outside; killtask ends the task that waits for it",
  }),
];

/** Commands whose first argument is the service they are aimed at. */
const aimed: ReadonlySet<string> = new Set(["exit", "kill", "call", "killtask", "inject", "signal", "dbgcmd"]);

/** Finds the node that arguments name, and leaves the words. @throws SkynetError `ARGUMENT`. */
export function wordsFor(
  nodes: readonly ConsoleNode[],
  args: readonly unknown[],
): { readonly node: ConsoleNode; readonly words: readonly string[] } {
  const last = args.at(-1);
  const chosen = typeof last === "object" && last !== null && "node" in last ? (last as { node: unknown }).node : undefined;
  const node = chosen === undefined ? nodes[0] : nodes.find((n) => n.name === chosen);
  if (node === undefined)
    throw new SkynetError("ARGUMENT", `there is no node ${JSON.stringify(chosen)} here; there are: ${nodes.map((n) => n.name).join(", ")}`);
  const words = chosen === undefined ? args : args.slice(0, -1);
  const bad = words.find((w) => typeof w !== "string" || w === "" || /[\r\n\0]/.test(w));
  if (bad !== undefined) throw new SkynetError("ARGUMENT", `a command takes words, not ${JSON.stringify(bad) ?? "nothing"}`);
  return { node, words: words as readonly string[] };
}

/** The commands of the consoles. The last argument of each may be `{ node }`. */
export function consoleCommands(nodes: readonly ConsoleNode[]): HostCommand[] {
  return catalogue.map(({ limitMs, value, ...info }): HostCommand => {
    const name = info.usage.split(" ", 1)[0]!;
    return {
      name,
      ...info,
      ...(info.scope === "danger" ? { confirm: true } : {}),
      async run(args) {
        const { node, words } = wordsFor(nodes, args);
        const line = [name, ...(name === "killtask" ? words.map(threadText) : words)].join(" ");
        const answer = await node.commands.ask(line, limitMs);
        const text = `${answer.text}<CMD ${answer.ok ? "OK" : "Error"}>`;
        return { ok: answer.ok, text, ...(answer.ok && value !== undefined ? { value: value(answer.text) } : {}) };
      },
      confirmation(args) {
        const { node, words } = wordsFor(nodes, args);
        return aimed.has(name) ? targetName(node, words[0]) : nodes.map((n) => n.name).join(", ");
      },
    };
  });
}

/** The inspector numbers tasks by the address of their thread; those of a second node lie above 48 bits. */
function threadText(word: string): string {
  const hex = /^(?:thread:)?0x([\da-f]{13,16})$/i.exec(word)?.[1];
  return hex === undefined ? word : `0x${hex.slice(-12).replace(/^0+/, "")}`;
}

/** What a person would call the service that an address means: the first word of its name. */
function targetName(node: ConsoleNode, target: string | undefined): string {
  const addr = readAddress(target) ?? (target !== undefined && /^[\da-f]{1,8}$/i.test(target) ? Number.parseInt(target, 16) : undefined);
  return (addr === undefined ? (target ?? "") : nameOfHandle(node, addr).split(" ", 1)[0]) || (target ?? node.name);
}
