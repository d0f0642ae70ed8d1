/**
 * `skyloom`: the command line.
 *
 * Knows the commands and their flags; what they do lies in a file each. Source: design D15.
 *
 * @module
 */
import { SkynetError } from "@skyloom/runtime";
import { stripVTControlCharacters } from "node:util";
import { parseArgs, renderUsage } from "citty";
import type { ArgDef, ArgsDef, CommandDef, ParsedArgs } from "citty";
import { ConfigError } from "../config/index.ts";
import { DEFAULT_INSPECT_PORT } from "../inspect/index.ts";
import { DEFAULT_METRICS_PORT } from "../metrics/index.ts";
import { DEFAULT_RELAY_PORT } from "../relay/index.ts";
import { type Address, readAddress } from "./address.ts";
import { CommandError } from "./command-error.ts";
import { CONSOLE_ADDRESS, consoleClient } from "./console.ts";
import { METRICS_TOKEN_VARIABLE, readOrigins, readScopes, TOKEN_VARIABLE } from "./inspector-options.ts";
import { start } from "./start.ts";
import { stop } from "./stop.ts";
import { VERSION } from "./version.ts";

interface Command {
  readonly description: string;
  readonly args: ArgsDef;
  /** Whether it takes any number of arguments. */
  readonly many?: boolean;
  readonly run: (args: ParsedArgs, rawArgs: readonly string[]) => Promise<number>;
}

const config: ArgDef = {
  type: "positional",
  required: false,
  description: "Configuration; default: ./config, then skyloom.config.ts, .toml, .json",
};
const METRICS: Address = { host: "127.0.0.1", port: DEFAULT_METRICS_PORT };
const RELAY: Address = { host: "127.0.0.1", port: DEFAULT_RELAY_PORT };
const INSPECT: Address = { host: "127.0.0.1", port: DEFAULT_INSPECT_PORT };

const commands: Readonly<Record<string, Command>> = {
  start: {
    description: "Runs the node of a configuration",
    args: {
      config,
      inspect: {
        type: "string",
        valueHint: "address",
        description: `Serves the inspector; default ${INSPECT.host}:${INSPECT.port}. Open to the network only with a token in ${TOKEN_VARIABLE}`,
      },
      "inspect-scope": {
        type: "string",
        valueHint: "scope",
        default: "read",
        description:
          "What the inspector's token grants: read, operate (trace, gc, debug commands) or danger (start, kill, call …); with ,payload also what messages carry",
      },
      "inspect-label": {
        type: "string",
        valueHint: "label",
        description: "prod marks a production host: dangerous commands want the target's name typed",
      },
      "inspect-origin": {
        type: "string",
        valueHint: "origins",
        description: "Pages of other hosts that may look at this one too, e.g. http://127.0.0.1:7400; several with commas",
      },
      metrics: {
        type: "string",
        valueHint: "address",
        description: `Serves OpenMetrics at /metrics; default ${METRICS.host}:${METRICS.port}. Open to the network only with a token in ${METRICS_TOKEN_VARIABLE}`,
      },
      scenario: {
        type: "string",
        valueHint: "name",
        description: "Runs a situation to watch instead of a configuration; a wrong name lists all",
      },
      watch: { type: "boolean", description: "Gives edited service files to their running instances; the log says what needs a restart" },
      stacks: { type: "boolean", description: "Captures the stack of each waiting task: better reports, several times slower" },
      grace: { type: "string", valueHint: "seconds", default: "5", description: "How long SIGINT or SIGTERM lets work finish" },
      daemon: { type: "boolean", alias: "D", description: "Runs in the background; the configuration's key daemon names the pid file" },
    },
    run: async (args, rawArgs) =>
      start({
        config: positional(args, "config"),
        scenario: args["scenario"] === undefined ? undefined : String(args["scenario"]),
        inspect:
          args["inspect"] === undefined
            ? undefined
            : {
                address: readAddress(String(args["inspect"]), INSPECT, "--inspect"),
                scopes: readScopes(String(args["inspect-scope"])),
                label: args["inspect-label"] === undefined ? undefined : String(args["inspect-label"]),
                origins: readOrigins(args["inspect-origin"] === undefined ? "" : String(args["inspect-origin"])),
              },
        metrics: args["metrics"] === undefined ? undefined : readAddress(String(args["metrics"]), METRICS, "--metrics"),
        watch: args["watch"] === true,
        stacks: args["stacks"] === true,
        graceSeconds: seconds(String(args["grace"])),
        daemon: args["daemon"] === true,
        rawArgs,
      }),
  },
  stop: {
    description: "Ends the node that runs a configuration in the background",
    args: { config },
    run: async (args) => stop(positional(args, "config")),
  },
  check: {
    description: "Checks a configuration and its services without running them",
    args: { config },
    run: async (args) => (await import("./check.ts")).check(positional(args, "config")),
  },
  inspect: {
    description: "Opens the inspector for C Skynet programs, through their debug consoles",
    many: true,
    args: {
      targets: { type: "positional", required: false, description: "skynet://host:port of a debug console; several are several nodes" },
      deadlocks: {
        type: "boolean",
        description:
          "Looks for deadlocks with the probe, prints the report and ends: 1 with a deadlock, 0 without, 3 when not all could be read",
      },
      json: { type: "boolean", description: "Prints the report of --deadlocks for machines" },
      probe: { type: "boolean", description: "Lets the probe look once at the start; it runs Lua inside the services, and says what" },
      address: { type: "string", valueHint: "address", description: `Where the page is served; default ${INSPECT.host}:${INSPECT.port}` },
      scope: {
        type: "string",
        valueHint: "scope",
        default: "read",
        description: "What the page may do: read, operate (trace, gc …) or danger (the probe, kill, call …)",
      },
      label: {
        type: "string",
        valueHint: "label",
        description: "prod marks a production host: dangerous commands want the target's name typed",
      },
    },
    run: async (args) =>
      (await import("./inspect.ts")).inspect({
        targets: args._.map(String),
        inspector: {
          address: readAddress(String(args["address"] ?? ""), INSPECT, "--address"),
          scopes: readScopes(String(args["scope"]), "--scope"),
          label: args["label"] === undefined ? undefined : String(args["label"]),
        },
        deadlocks: args["deadlocks"] === true,
        json: args["json"] === true,
        probe: args["probe"] === true,
      }),
  },
  sproto: {
    description: "Writes the TypeScript types of a schema: skyloom sproto types game.sproto -o game.d.ts",
    many: true,
    args: {
      action: { type: "positional", required: false, description: "types" },
      file: { type: "positional", required: false, description: "The schema" },
      out: { type: "string", alias: "o", valueHint: "file", description: "Where the types are written; default: standard output" },
    },
    run: async (args) => {
      const { sproto } = await import("./sproto.ts");
      return sproto(args._.map(String), args["out"] === undefined ? undefined : String(args["out"]));
    },
  },
  relay: {
    description: "Lends the TCP of this machine to browser tabs: skyloom relay --listen 127.0.0.1:8888",
    args: {
      address: { type: "string", valueHint: "address", description: `Where tabs connect; default ${RELAY.host}:${RELAY.port}` },
      allow: {
        type: "string",
        valueHint: "list",
        description: "What tabs may connect to, e.g. 127.0.0.1:6379,*.example.com:443,10.0.0.0/8:7000-7010; default: nothing",
      },
      listen: { type: "string", valueHint: "list", description: "Where tabs may listen, e.g. 127.0.0.1:8888; default: nowhere" },
      origin: {
        type: "string",
        valueHint: "origins",
        description: "Pages that may use it, e.g. http://localhost:5173; several with commas",
      },
      "max-connections": { type: "string", valueHint: "number", description: "Connections of each tab at once; default 64" },
      idle: { type: "string", valueHint: "seconds", description: "When connections without a byte are ended; default 900" },
    },
    run: async (args) =>
      (await import("./relay.ts")).relay({
        address: readAddress(String(args["address"] ?? ""), RELAY, "--address"),
        allow: String(args["allow"] ?? ""),
        listen: String(args["listen"] ?? ""),
        origins: readOrigins(args["origin"] === undefined ? "" : String(args["origin"]), "--origin"),
        maxConnections: above0(args["max-connections"], "--max-connections"),
        idleSeconds: above0(args["idle"], "--idle"),
      }),
  },
  console: {
    description: "Talks to a node's debug_console, line by line",
    args: { address: { type: "positional", required: false, description: "host:port; default 127.0.0.1:8000" } },
    run: async (args) => consoleClient(readAddress(positional(args, "address") ?? "", CONSOLE_ADDRESS, "the console's address")),
  },
};

const definitions: Readonly<Record<string, CommandDef>> = Object.fromEntries(
  Object.entries(commands).map(([name, { description, args }]) => [name, { meta: { name, description }, args }]),
);
const root: CommandDef = {
  meta: { name: "skyloom", version: VERSION, description: "Runs Skyloom nodes" },
  subCommands: definitions,
};

/**
 * Runs a command line.
 *
 * @param argv - What follows the program's name.
 * @returns the exit code.
 */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${VERSION}\n`);
    return 0;
  }
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    const isHelp = name === "--help" || name === "-h" || name === "help";
    if (!isHelp && name !== undefined) process.stderr.write(`there is no command ${JSON.stringify(name)}\n\n`);
    await usage(root, undefined, isHelp ? process.stdout : process.stderr);
    return isHelp ? 0 : 1;
  }
  if (rest.includes("--help") || rest.includes("-h")) {
    await usage(definitions[name!]!, root, process.stdout);
    return 0;
  }
  try {
    return await command.run(readArgs(name!, command, rest), argv);
  } catch (error) {
    if (!(error instanceof CommandError) && !(error instanceof SkynetError)) throw error;
    // A configuration's error begins with its place, as editors expect it.
    process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `skyloom ${name!}: ${error.message}\n`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function usage(command: CommandDef, parent: CommandDef | undefined, output: NodeJS.WriteStream): Promise<void> {
  const text = await renderUsage(command, parent);
  output.write(`${output.isTTY ? text : stripVTControlCharacters(text)}\n`);
}

const camelCase = (name: string): string => name.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The flags and arguments of a command. @throws CommandError for what it does not know. */
function readArgs(name: string, { args: definitions, many = false }: Command, rest: readonly string[]): ParsedArgs {
  // A flag whose value is optional must not take the next argument for it.
  const args = parseArgs(
    rest.map((arg) => (arg === "--inspect" || arg === "--metrics" ? `${arg}=` : arg)),
    definitions,
  );
  const known = new Set(["_"]);
  for (const [key, definition] of Object.entries(definitions))
    // The parser gives a name with dashes in camel case as well.
    for (const flag of [key, camelCase(key), ...("alias" in definition ? [definition.alias ?? []].flat() : [])]) known.add(flag);
  const unknown = Object.keys(args).find((key) => !known.has(key));
  const help = `see skyloom ${name} --help`;
  if (unknown !== undefined) throw new CommandError(`there is no flag ${unknown.length === 1 ? "-" : "--"}${unknown}: ${help}`);
  if (args._.length > 1 && !many) throw new CommandError(`one argument is expected, not ${args._.length} (${args._.join(" ")}): ${help}`);
  return args as ParsedArgs;
}

function positional(args: ParsedArgs, name: string): string | undefined {
  const value = args[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value <= 86_400))
    throw new CommandError(`--grace must be a number of seconds from 0 to 86400, not ${JSON.stringify(text)}`);
  return value;
}

function above0(given: unknown, flag: string): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (!(value > 0 && value <= 1e6)) throw new CommandError(`${flag} must be a number above 0, not ${JSON.stringify(given)}`);
  return value;
}
