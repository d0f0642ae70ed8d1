/**
 * `skyloom inspect skynet://host:port …`: the inspector, or a report of deadlocks, for C Skynet processes that run somewhere.
 *
 * @module
 */
import type { Clock } from "@skyloom/runtime/ports";
import { nodeClock } from "../ports/index.ts";
import { consoleSource, exitCodeOf, lookText, lookValue, probeTerms } from "../c-skynet/index.ts";
import type { ConsoleAddress, ConsoleSource } from "../c-skynet/index.ts";
import { colon } from "../c-skynet/prober.ts";
import { readAddress } from "./address.ts";
import { CommandError } from "./command-error.ts";
import { CONSOLE_ADDRESS } from "./console.ts";
import { serveInspector } from "./inspector.ts";
import type { InspectorOptions } from "./inspector-options.ts";

const SCHEME = "skynet://";

/** The flags of `skyloom inspect`. */
export interface InspectOptions {
  /** As typed: `skynet://host:port`, one or more. */
  readonly targets: readonly string[];
  readonly inspector: InspectorOptions;
  /** Print a report of deadlocks and end. */
  readonly deadlocks: boolean;
  /** … for machines. */
  readonly json: boolean;
  /** Let the probe look at the start. */
  readonly probe: boolean;
}

/** Reads `skynet://host:port`. @throws CommandError */
export function readTarget(text: string): ConsoleAddress {
  if (!text.startsWith(SCHEME))
    throw new CommandError(`${JSON.stringify(text)} is no target: expected skynet://host:port, the address of a debug console`);
  return readAddress(text.slice(SCHEME.length).replace(/\/$/, ""), CONSOLE_ADDRESS, "the console's address");
}

/** Runs it; the exit code: with `deadlocks` 1 when there is one, 0 when there is none, 3 when not every service could be read. */
export async function inspect(options: InspectOptions): Promise<number> {
  if (options.targets.length === 0)
    throw new CommandError("there is nothing to inspect: name a debug console, e.g. skynet://127.0.0.1:8000");
  if (options.json && !options.deadlocks) throw new CommandError("--json is for --deadlocks");
  const clock = nodeClock();
  const addresses = options.targets.map(readTarget);
  const { label } = options.inspector;
  const consoles = consoleSource({ addresses, clock, ...(label === undefined ? {} : { label }) });
  try {
    return options.deadlocks ? await report(consoles, options.json) : await serve(consoles, clock, options);
  } finally {
    consoles.close();
  }
}

async function report({ looker, nodes }: ConsoleSource, json: boolean): Promise<number> {
  const look = await looker.look();
  const left = await looker.remove();
  for (const { node, addr, launch, why } of left)
    process.stderr.write(`SKYLOOM_WAITS is not taken away from ${node} ${colon(addr)} ${launch}: ${why}\n`);
  process.stdout.write(`${json ? JSON.stringify(lookValue(look), undefined, 2) : lookText(look, nodes.length)}\n`);
  return exitCodeOf(look);
}

async function serve(consoles: ConsoleSource, clock: Clock, { inspector, probe }: InspectOptions): Promise<number> {
  const { nodes, looker, source } = consoles;
  const failures: string[] = [];
  await Promise.all(
    nodes.map(async (node) => {
      try {
        await node.readNow("list");
        await node.readNow("stat");
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
    }),
  );
  if (failures.length === nodes.length)
    throw new CommandError(
      `${failures.join("; ")}. Is skynet.newservice("debug_console", port) in that program, and does a tunnel lead there?`,
    );
  for (const failure of failures) process.stderr.write(`${failure}; it is tried again\n`);
  const server = await serveInspector(source, inspector, {
    clock,
    defer: setImmediate,
    log: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`inspector: ${server.url}\n`);
  if (!server.hasPage)
    process.stdout.write("inspector: the page is not built here; the address only serves inspectors that connect to it\n");
  if (probe) {
    const lua = nodes.reduce((sum, n) => sum + [...n.services.values()].filter(({ launch }) => launch.startsWith("snlua ")).length, 0);
    process.stdout.write(
      `${probeTerms(
        lua,
        nodes.map((n) => n.name),
      )}\n`,
    );
    const look = await looker.look();
    process.stdout.write(`${lookText(look, nodes.length)}\n`);
  }
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, resolve);
  });
  await server.close();
  if (looker.registered > 0) {
    const before = looker.registered;
    await looker.remove();
    process.stdout.write(`${signal}: the probe is gone from ${before - looker.registered} of ${before} services\n`);
  }
  return 0;
}
