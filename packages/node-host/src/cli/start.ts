/**
 * `skyloom start`: runs the node of a configuration until it stops or a signal ends it.
 *
 * Source: semantics.md §16–§18, design D15.
 *
 * @module
 */
import { basename } from "node:path";
import { createNode } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import type { LoadedConfig } from "../config/index.ts";
import { nodeModules } from "../loader/index.ts";
import type { NodeModules } from "../loader/index.ts";
import { nodeLog, nodePorts } from "../ports/index.ts";
import { isBackground, reportUp, startInBackground } from "./background.ts";
import { CommandError } from "./command-error.ts";
import type { InspectorOptions } from "./inspector-options.ts";
import type { Address } from "./address.ts";
import { takePidFile } from "./pid-file.ts";
import { readConfig } from "./read-config.ts";
import { loadScenario } from "./scenario.ts";
import type { LoadedScenario, ServiceObjects } from "./scenario.ts";
import { Shutdown } from "./shutdown.ts";

/** The flags of `skyloom start`. */
export interface StartOptions {
  /** The configuration; default: the first of the usual names. */
  readonly config: string | undefined;
  /** Run this scenario instead of a configuration. */
  readonly scenario: string | undefined;
  /** Where the inspector listens; absent: none. */
  readonly inspect: InspectorOptions | undefined;
  /** Where the metrics are served; absent: nowhere. */
  readonly metrics: Address | undefined;
  /** Give the code of edited service files to running instances. */
  readonly watch: boolean;
  /** Capture the stack at each operation. */
  readonly stacks: boolean;
  /** Seconds a drain may take. */
  readonly graceSeconds: number;
  /** Run in the background, whose pid goes into the file named by the key `daemon`. */
  readonly daemon: boolean;
  /** The command line, to start once more in the background. */
  readonly rawArgs: readonly string[];
}

/** Runs the node; the exit code once it has ended. @throws CommandError, ConfigError or SkynetError when it cannot start. */
export async function start(options: StartOptions): Promise<number> {
  const background = isBackground();
  const { config, services } = await whatToRun(options);
  const daemon = pidFileOf(config, options.daemon);
  if (daemon !== undefined && !background) return runInBackground(config, options, daemon);
  if (daemon !== undefined) takePidFile(daemon);

  const shutdown = new Shutdown(options.graceSeconds);
  const { node, modules } = await startNode(config, services, options.stacks);
  // A node may wait for messages that nothing but a signal or an inspector will cause; the process must not end for that.
  const alive = setInterval(() => undefined, 2 ** 31 - 1);
  let endWatch: (() => void) | undefined;
  try {
    if (options.watch) endWatch = (await import("../watch/index.ts")).watchServices(node, modules, (line) => node.kernel.log(0, line));
    const lines: string[] = [];
    const name = basename(config.file);
    const inspector =
      options.inspect === undefined ? undefined : await (await import("./inspector.ts")).startInspector(node, name, options.inspect);
    if (inspector !== undefined) {
      lines.push(`inspector: ${inspector.url}`);
      if (!inspector.hasPage) lines.push("inspector: the page is not built here; the address only serves inspectors that connect to it");
    }
    const metrics =
      options.metrics === undefined ? undefined : await (await import("./inspector.ts")).startMetrics(node, name, options.metrics);
    if (metrics !== undefined) lines.push(`metrics: ${metrics.url}`);
    if (background) reportUp(lines);
    else for (const line of lines) process.stdout.write(`${line}\n`);
    shutdown.attach(node);
    const code = await Promise.race([shutdown.ended, node.stopped.then(() => shutdown.codeAfterStop())]);
    await Promise.all([inspector?.close(), metrics?.close()]);
    return code;
  } catch (error) {
    await node.stop();
    throw error;
  } finally {
    endWatch?.();
    clearInterval(alive);
  }
}

async function whatToRun(options: StartOptions): Promise<LoadedScenario> {
  if (options.scenario === undefined) return { config: await readConfig(options.config, "start"), services: {} };
  if (options.config !== undefined) throw new CommandError(`a scenario needs no configuration: leave out --scenario or ${options.config}`);
  if (options.daemon) throw new CommandError("a scenario has no pid file: leave out --daemon");
  return loadScenario(options.scenario);
}

function pidFileOf({ values, file }: LoadedConfig, asked: boolean): string | undefined {
  const { daemon } = values;
  if (typeof daemon === "string" && daemon !== "") return daemon;
  if (asked) throw new CommandError(`--daemon needs a pid file: set daemon = "./skyloom.pid" in ${file}`);
  return undefined;
}

async function runInBackground({ values }: LoadedConfig, options: StartOptions, pidFile: string): Promise<number> {
  const { pid, lines } = await startInBackground(options.rawArgs);
  for (const line of lines) process.stdout.write(`${line}\n`);
  process.stdout.write(`process ${pid} runs in the background (pid file ${pidFile}); end it with skyloom stop\n`);
  if (values["logger"] === undefined) process.stderr.write('its log goes nowhere: set logger = "./skyloom.log" to keep it\n');
  return 0;
}

/** Makes the node. What its loader and its configuration warn of goes to its log. */
async function startNode(
  config: LoadedConfig,
  services: ServiceObjects,
  stacks: boolean,
): Promise<{ node: SkynetNode; modules: NodeModules }> {
  const { values, base, warnings } = config;
  checkLogFile(config);
  let node: SkynetNode | undefined;
  let lost: string | undefined;
  const early: string[] = [];
  const ports = nodePorts({
    logLost(text) {
      lost ??= text;
      if (node !== undefined) process.stderr.write(`${text}\n`);
    },
  });
  const warn = (line: string): void => {
    if (node === undefined) early.push(line);
    else node.kernel.log(0, line);
  };
  // What user code throws in callbacks of its own belongs into the node's log; Node ends the process after an exception.
  process.on("unhandledRejection", (reason) => warn(`a promise was rejected and nobody handled it: ${textOf(reason)}`));
  process.on("uncaughtExceptionMonitor", (error) => {
    warn(`an exception outside of any service ends the process: ${textOf(error)}`);
    node?.kernel.abort();
  });
  const profile = profileOf(values["profile"]);
  const modules = nodeModules({ base, warn });
  const started = await createNode({
    ports: { ...ports, modules },
    services,
    config: values,
    stacks,
    profile,
  });
  // Lines are written at the end of a round: a full disk shows here at the latest.
  await new Promise((resolve) => setImmediate(resolve));
  if (lost !== undefined) {
    await started.stop();
    throw new CommandError(`${lost}. Make room, or change the configuration key logger`);
  }
  node = started;
  for (const line of [...warnings, ...early]) node.kernel.log(0, line);
  return { node, modules };
}

/** A log file that cannot be opened is the commonest mistake of all: it gets its own text before anything is started. */
function checkLogFile({ values }: LoadedConfig): void {
  const { logger, logservice = "logger" } = values;
  if (logservice === "logger" && typeof logger === "string" && logger !== "") nodeLog().file!(logger).close?.();
}

function profileOf(value: string | number | boolean | undefined): boolean | "full" {
  return value === "full" ? "full" : String(value ?? true) === "true";
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
