/**
 * A node: one Skynet process, as an object. Any number of them live in one program.
 *
 * Joins the kernel, the task system and the stock services; gives the host promises instead of tasks.
 * Source: skynet-src/skynet_start.c; semantics.md §16, §18.
 *
 * @module
 */
import { copyValues } from "./codec/copy.ts";
import { CallError, errorText } from "./core/failures.ts";
import { packedBytes } from "./core/body.ts";
import { ServiceContext, TurnWork } from "./core/context.ts";
import { standardProtocols } from "./core/debug.ts";
import { claimRealm } from "./core/realm.ts";
import { packValues, unpackValues } from "./core/values.ts";
import { snluaKind } from "./core/snlua.ts";
import { waitLines } from "./core/waits.ts";
import type { AnyAddress, ArgsOf, CommandArgs, CommandsOf, FirstReply, Handle, KnownService, Services, Unchecked } from "./core/types.ts";
import { SkynetError } from "./errors/error.ts";
import { Kernel } from "./kernel/kernel.ts";
import type { Profile } from "./kernel/turn-watch.ts";
import { PTYPE_ERROR, PTYPE_LUA } from "./kernel/message.ts";
import type { Body, Failure } from "./kernel/message.ts";
import type { Ports } from "./ports/index.ts";
import { provideSnax } from "./lib/snax/sources.ts";
import { DEFAULT_LUASERVICE, serviceFinder } from "./services/find.ts";
import { snaxFinder } from "./services/find-snax.ts";
import type { ServiceSources } from "./services/find.ts";
import { harborKind } from "./services/harbor.ts";
import { loggerKind } from "./services/logger.ts";
import type { LogTap } from "./services/logger.ts";

/** Configuration values: every key of a Skynet configuration; unknown keys are ordinary environment values. */
export type NodeConfig = Readonly<Record<string, string | number | boolean | undefined>>;

/** What a node is made of. */
export interface NodeOptions {
  /** The host: `nodePorts()`, `browserPorts()`, or simulated ones. */
  readonly ports: Ports;
  /** Services by name: a definition, a file body, a module, or a function that imports one. They come before files. */
  readonly services?: ServiceSources;
  /** `start` is the first service (default `main`; empty: none); `harbor` defaults to 0. */
  readonly config?: NodeConfig;
  /** How handler time is measured: one turn in 17 (`true`, default), every turn (`"full"`), or none. */
  readonly profile?: Profile;
  /** Messages a service handles before the next one's turn; default 1. */
  readonly weight?: number;
  /**
   * `"always"`: messages between services of this node are encoded as if they left it, so that what a border changes (null, empty and
   * mixed tables, numbers, text that is no UTF-8) shows in tests. Default: they are copied as JavaScript values.
   */
  readonly border?: "always";
  /** Capture the stack at each operation: better reports, several times slower. Default false. */
  readonly stacks?: boolean;
}

/** A running node. */
export interface SkynetNode {
  /** Calls a service from outside; see `skynet.call`. @throws CallError, or SkynetError `NODE_STOPPED`. */
  call<C, K extends keyof C & string>(addr: Handle<C>, typename: "lua", command: K, ...args: CommandArgs<C[K]>): Promise<FirstReply<C[K]>>;
  call<T = unknown>(addr: string | number, typename: string, ...args: unknown[]): Promise<NoInfer<T>>;
  /** Sends from outside. False when there is no such service. */
  send(addr: AnyAddress, typename: string, ...args: unknown[]): boolean;
  /** Starts a service from outside; its handle once its start function has finished. */
  newservice<N extends KnownService>(name: N, ...args: ArgsOf<Services[N]>): Promise<Handle<CommandsOf<Services[N]>>>;
  newservice<N extends string>(name: Unchecked<N>, ...args: unknown[]): Promise<number | undefined>;
  /** Listens to log lines; call what it returns to stop. */
  onLog(listen: LogTap): () => void;
  /** One line for each suspended task: which service waits for what, since when. */
  pending(): string[];
  /**
   * Takes no further connections and waits until nothing is under way: no queued message, no pending call, no output on its way to a
   * peer. Timers and waiting tasks do not count, since services may hold some for ever.
   *
   * @param limitMs - How long to wait at most, in milliseconds of the node's clock.
   * @returns true when nothing is under way or the node has stopped, false when the time was over first.
   */
  drain(limitMs: number): Promise<boolean>;
  /** Ends every service. Resolves when the node has stopped. */
  stop(): Promise<void>;
  /** Resolves when the last service is gone, by {@link stop} or by `skynet.abort`. */
  readonly stopped: Promise<void>;
  /** The kernel, for hosts, inspectors and tests. */
  readonly kernel: Kernel;
}

/** Milliseconds between two looks at whether a node is still at work. */
const DRAIN_LOOK_MS = 10;

/** Message types that can be used from outside: they carry values. */
const OUTSIDE_TYPES: Readonly<Record<string, number>> = { lua: PTYPE_LUA, snax: 11, debug: 9 };

/**
 * Makes a node and starts it: logger, bootstrap, launcher, the stock services, then the service named by `config.start`.
 *
 * @returns the node, once bootstrap has finished. A first service that fails is in the log; the node stays up, as Skynet does.
 * @throws SkynetError `CONFIG` for bad configuration; whatever made a stock service fail.
 *
 * @example
 * ```ts
 * import { createNode } from "@skyloom/runtime";
 * import { nodePorts } from "@skyloom/node-host";
 *
 * const node = await createNode({ ports: nodePorts(), services: { main, counter } });
 * const n = await node.call(".counter", "lua", "get");
 * ```
 */
export async function createNode(options: NodeOptions): Promise<SkynetNode> {
  claimRealm();
  const node = new RunningNode(options);
  await node.boot();
  return node;
}

class RunningNode implements SkynetNode {
  readonly kernel: Kernel;
  readonly stopped: Promise<void>;
  readonly #config: NodeConfig;
  readonly #border: boolean;
  readonly #listeners = new Set<LogTap>();
  readonly #calls = new Map<
    number,
    { readonly addr: AnyAddress; readonly command: string; resolve(values: unknown[]): void; reject(error: Error): void }
  >();
  #lastSession = 0;

  constructor(options: NodeOptions) {
    const config: NodeConfig = { harbor: 0, ...options.config };
    this.#config = config;
    this.#border = options.border === "always";
    const kinds = {
      snlua: snluaKind({
        find: serviceFinder(options.ports, options.services ?? {}, String(config["luaservice"] ?? DEFAULT_LUASERVICE)),
        protocols: standardProtocols(options.border === "always"),
        work: new TurnWork(),
        stacks: options.stacks === true,
      }),
      logger: loggerKind(() =>
        this.#listeners.size === 0 ? undefined : (source, text, at) => this.#listeners.forEach((l) => l(source, text, at)),
      ),
      harbor: harborKind,
    };
    this.kernel = new Kernel({
      ports: options.ports,
      harbor: Number(config["harbor"]),
      env: config,
      kinds,
      ...(options.profile === undefined ? {} : { profile: options.profile }),
      ...(options.weight === undefined ? {} : { weight: options.weight }),
    });
    provideSnax(
      this.kernel,
      snaxFinder(options.ports, options.services ?? {}, String(config["snax"] ?? config["luaservice"] ?? DEFAULT_LUASERVICE)),
    );
    this.kernel.hostEnd = (type, session, body) => this.#answer(type, session, body);
    this.stopped = new Promise((resolve) => {
      this.kernel.onStopped = () => {
        for (const call of this.#calls.values()) call.reject(new SkynetError("NODE_STOPPED", "the node has stopped"));
        this.#calls.clear();
        resolve();
      };
    });
  }

  async boot(): Promise<void> {
    const { kernel } = this;
    const logservice = String(this.#config["logservice"] ?? "logger");
    const logger = this.#config["logger"];
    const handle = kernel.launch(logservice, logger === undefined ? [] : [String(logger)]);
    if (handle === undefined)
      throw new SkynetError(
        "CONFIG",
        `Can't launch ${logservice} service${logger === undefined ? "" : `: cannot write to ${String(logger)}`}`,
      );
    kernel.names.register("logger", handle);
    kernel.logger = handle;
    const [kind, ...rest] = String(this.#config["bootstrap"] ?? "snlua bootstrap").split(/\s+/);
    await new Promise<void>((resolve, reject) => {
      const bootstrap = kernel.launch(kind!, rest);
      if (bootstrap === undefined) {
        reject(new SkynetError("CONFIG", `Bootstrap error : ${kind} ${rest.join(" ")}`));
        return;
      }
      kernel.onRetired = (service) => {
        if (service.handle !== bootstrap) return;
        kernel.onRetired = undefined;
        const failure = service.body instanceof ServiceContext ? service.body.rare.startFailure : undefined;
        if (failure === undefined) resolve();
        else reject(failure instanceof Error ? failure : new SkynetError("CONFIG", errorText(failure)));
      };
    }).catch((error: unknown) => {
      kernel.abort();
      throw error;
    });
  }

  #answer(type: number, session: number, body: Body): void {
    const call = this.#calls.get(session);
    if (call === undefined) return;
    this.#calls.delete(session);
    if (type === PTYPE_ERROR) {
      const failure = (body ?? { reason: "failed-reply", cause: undefined }) as Failure;
      const address = this.#resolve(call.addr) ?? 0;
      call.reject(
        new CallError(
          {
            address,
            service: typeof call.addr === "string" ? call.addr : undefined,
            command: call.command,
            session,
            reason: failure.reason,
          },
          failure.cause,
        ),
      );
      return;
    }
    try {
      call.resolve(unpackValues(body));
    } catch (error) {
      call.reject(error as Error);
    }
  }

  #resolve(addr: AnyAddress): number | undefined {
    return this.kernel.resolve(addr) ?? (typeof addr === "string" ? this.kernel.globals.find(addr) : undefined);
  }

  #post(addr: AnyAddress, typename: string, session: number, args: readonly unknown[]): boolean {
    const type = OUTSIDE_TYPES[typename];
    if (type === undefined)
      throw new SkynetError(
        "UNKNOWN_TYPE",
        `message type "${typename}" cannot be used from outside of a service; use ${Object.keys(OUTSIDE_TYPES).join(", ")}`,
      );
    const handle = this.#resolve(addr);
    const body = this.#border ? packValues(args) : (copyValues(args) as unknown as Body);
    return handle !== undefined && this.kernel.post(handle, type, session, this.kernel.hostHandle, body, packedBytes(body));
  }

  async #callAll(addr: AnyAddress, typename: string, args: readonly unknown[]): Promise<unknown[]> {
    if (this.kernel.stopped) throw new SkynetError("NODE_STOPPED", "the node has stopped");
    this.#lastSession = this.#lastSession === 0x7fffffff ? 1 : this.#lastSession + 1;
    const session = this.#lastSession;
    if (!this.#post(addr, typename, session, args))
      throw new SkynetError(
        "INVALID_ADDRESS",
        `call to invalid address ${typeof addr === "number" ? `:${addr.toString(16).padStart(8, "0")}` : addr}`,
      );
    const command = typeof args[0] === "string" ? `${typename} ${args[0]}` : typename;
    return new Promise((resolve, reject) => this.#calls.set(session, { addr, command, resolve, reject }));
  }

  async call(addr: AnyAddress, typename: string, ...args: unknown[]): Promise<never> {
    return (await this.#callAll(addr, typename, args))[0] as never;
  }

  send(addr: AnyAddress, typename: string, ...args: unknown[]): boolean {
    return this.#post(addr, typename, 0, args);
  }

  async newservice(name: string, ...args: unknown[]): Promise<never> {
    return (await this.#callAll(".launcher", "lua", ["LAUNCH", "snlua", name, ...args]))[0] as never;
  }

  onLog(listen: LogTap): () => void {
    this.#listeners.add(listen);
    return () => void this.#listeners.delete(listen);
  }

  pending(): string[] {
    return this.kernel.services().flatMap((service) => (service.body instanceof ServiceContext ? waitLines(service.body) : []));
  }

  async drain(limitMs: number): Promise<boolean> {
    const { kernel } = this;
    const { clock } = kernel.ports;
    for (const info of kernel.sockets.info()) if (info.type === "LISTEN") kernel.sockets.close(info.id);
    const end = clock.now() + limitMs;
    // Quiet twice in a row: what a peer sent just before may still be on its way to us.
    for (let quiet = 0; ;) {
      if (kernel.stopped) return true;
      quiet = this.#isBusy() ? 0 : quiet + 1;
      if (quiet > 1) return true;
      if (quiet === 0 && clock.now() >= end) return false;
      await new Promise<void>((resolve) => clock.after(DRAIN_LOOK_MS, resolve));
    }
  }

  #isBusy(): boolean {
    const { kernel } = this;
    return (
      this.#calls.size > 0 ||
      kernel.services().some((s) => s.mqlen > 0 || s.held || s.body?.starting === true || s.body?.oldestCall?.() !== undefined) ||
      kernel.sockets.info().some((info) => info.type !== "LISTEN" && info.wbuffer > 0)
    );
  }

  async stop(): Promise<void> {
    if (!this.kernel.stopped) this.kernel.abort();
    return this.stopped;
  }
}
