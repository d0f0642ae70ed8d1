/**
 * The commands of the inspector's console: which scope each needs, and which of them this host has. What they do is `inspectd`'s business.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import type { Scope } from "../frames.ts";
import type { HostCommand } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";

interface Entry {
  readonly scope: Scope;
  readonly usage: string;
  readonly help: string;
  readonly unavailable?: string;
}

const read = (usage: string, help: string): Entry => ({ scope: "read", usage, help });
const operate = (usage: string, help: string): Entry => ({ scope: "operate", usage, help });
const danger = (usage: string, help: string): Entry => ({ scope: "danger", usage, help });
const not = (entry: Entry, unavailable: string): Entry => ({ ...entry, unavailable });

const NO_ALLOCATOR = "there is no native allocator; use mem";

const catalogue: readonly Entry[] = [
  read("help", "What each command does"),
  read("list", "All services the launcher started"),
  read("stat [cs]", "Counters of each service"),
  read("mem [cs]", "Estimated memory of each service"),
  read("service", "Unique services"),
  read("task <address>", "What the tasks of a service wait for"),
  read("uniqtask <address>", "The same, grouped"),
  read("info <address> [args…]", "What a service tells about itself"),
  read("ping <address>", "Round trip in centiseconds"),
  read("netstat", "All sockets"),
  read("getenv <name>", "A configuration value"),
  read("cmem", "Known bytes of each service, an estimate"),
  operate("gc [cs]", "Asks each service to collect, then mem"),
  operate("trace <address> [proto] [on|off]", "Traces the requests of a service in the log"),
  operate("dbgcmd <address> <command> [args…]", "Any debug command"),
  operate("clearcache", "Nothing to clear here: modules are loaded once"),
  operate("logon <address>", "Writes the messages a service takes to a file in the folder of the key logpath"),
  operate("logoff <address>", "Ends logon"),
  not(operate("profactive [on|off]", "Profiles the allocator"), NO_ALLOCATOR),
  not(read("jmem", "Statistics of the allocator"), NO_ALLOCATOR),
  danger("start <name> [args…]", "Starts a service"),
  danger("exit <address>", "Asks a service to end itself"),
  danger("kill <address>", "Removes a service at once"),
  danger("call <address> <value,…>", "Sends a lua request and shows the reply"),
  danger("killtask <address> <task>", "Ends one task of a service"),
  danger("setenv <name> <value>", "Sets a configuration value that is not set yet"),
  danger("snax <name> [args…]", "Starts a snax service"),
  danger("log <name> [args…]", "Starts a service with its messages logged"),
  danger("inject <address> <file> [args…]", "Runs the function that a file of the host exports inside a service, and shows what it prints"),
  not(danger("debug <address>", "Debugs a service remotely"), "attach a JavaScript debugger to the process (node --inspect)"),
  danger("signal <address> 1", "Logs the memory of a service; nothing can interrupt a function that runs"),
  danger("dumpheap", "Writes a heap snapshot of the process into its log folder; the node stands still meanwhile"),
];

/** Commands whose first argument is the service they are aimed at. */
const aimed = new Set(["exit", "kill", "call", "killtask", "inject", "signal"]);

/** One word of a command line. */
const isWord = (value: unknown): value is string => typeof value === "string" && value !== "" && !/[\r\n]/.test(value);

/** See the file's comment. The last argument of every command may be `{ node }`, where the host has several. */
export function consoleCommands(nodes: readonly Inspected[]): HostCommand[] {
  const helpers = new Map<Inspected, { readonly promise: Promise<number>; handle: number | undefined }>();
  /** The node's service that runs commands: started with the first one, and again when it has ended or could not start. */
  const helper = (inspected: Inspected): Promise<number> => {
    const known = helpers.get(inspected);
    if (known !== undefined && (known.handle === undefined || inspected.kernel.find(known.handle) !== undefined)) return known.promise;
    const promise = inspected.node.call(".launcher", "lua", "LAUNCH", "snlua", "inspectd").then(
      (handle) => {
        if (typeof handle !== "number") throw new SkynetError("ARGUMENT", "the console's own service could not be started");
        entry.handle = handle;
        return handle;
      },
      (error: unknown) => {
        helpers.delete(inspected);
        throw error;
      },
    );
    const entry = { promise, handle: undefined as number | undefined };
    helpers.set(inspected, entry);
    return promise;
  };
  return catalogue.map((known) => {
    const missing = known.usage === "dumpheap" && nodes.every((n) => n.kernel.ports.heap === undefined);
    const entry = missing ? not(known, "this host writes no heap snapshots; the browser's own tools do") : known;
    const name = entry.usage.split(" ", 1)[0]!;
    return {
      name,
      ...entry,
      ...(entry.scope === "danger" ? { confirm: true } : {}),
      async run(args) {
        const { inspected, words } = split(nodes, args);
        const bad = words.find((w) => !isWord(w));
        if (bad !== undefined)
          throw new SkynetError("ARGUMENT", `${name} takes words, not ${JSON.stringify(bad) ?? "nothing"}; it is written: ${entry.usage}`);
        return inspected.node.call(await helper(inspected), "lua", "RUN", [name, ...words].join(" "));
      },
      confirmation(args) {
        const { inspected, words } = split(nodes, args);
        if (!aimed.has(name)) return inspected.name;
        const [target] = words;
        return typeof target === "string" ? targetName(inspected, target) : inspected.name;
      },
    };
  });
}

function split(nodes: readonly Inspected[], args: readonly unknown[]): { inspected: Inspected; words: readonly unknown[] } {
  const last = args.at(-1);
  const chosen = typeof last === "object" && last !== null && "node" in last ? (last as { node: unknown }).node : undefined;
  const inspected = chosen === undefined ? nodes[0] : nodes.find((n) => n.name === chosen);
  if (inspected === undefined)
    throw new SkynetError("ARGUMENT", `there is no node ${String(chosen)} here; there are: ${nodes.map((n) => n.name).join(", ")}`);
  return { inspected, words: chosen === undefined ? args : args.slice(0, -1) };
}

/** What a person would call the service that an address from the console means: the first word of its name. */
function targetName({ kernel }: Inspected, target: string): string {
  const handle =
    target.startsWith(".") || target.startsWith(":") ? kernel.resolve(target) : (Number.parseInt(target, 16) | (kernel.harbor << 24)) >>> 0;
  return handle === undefined ? target : nameOfHandle(kernel, handle).split(" ", 1)[0] || target;
}
