/**
 * The service kind `snlua`: a service made of tasks, with code found by name.
 *
 * Source: service-src/service_snlua.c, lualib/loader.lua; semantics.md §16, design D21.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { Kernel, ServiceKind } from "../kernel/kernel.ts";
import { PTYPE_TEXT } from "../kernel/message.ts";
import type { Body } from "../kernel/message.ts";
import type { Service } from "../kernel/service.ts";
import { start } from "./api/services.ts";
import { ServiceContext } from "./context.ts";
import type { SharedByServices } from "./context.ts";
import { isDefinition, runDefinition } from "./define.ts";
import { errorText, ExitSignal } from "./failures.ts";
import { isSteps } from "./operation.ts";
import { sitesOf } from "./site.ts";
import { turn } from "./task.ts";

/** A service's code: what its module exports as default. */
export type ServiceBody = object | ((...args: never) => unknown);

/** Finds the code of a service by name; loading may take time. @throws SkynetError `SERVICE_NOT_FOUND`. */
export type FindService = (name: string) => ServiceBody | Promise<ServiceBody>;

/** What all `snlua` services of a node share. */
export interface SnluaOptions extends SharedByServices {
  readonly find: FindService;
  /** Capture stacks from the start. */
  readonly stacks: boolean;
}

const NO_ARGS: readonly unknown[] = [];

/** Makes the kind for a node. Its launch arguments are the service's name and its start arguments. */
export function snluaKind(options: SnluaOptions): ServiceKind {
  return (service: Service, kernel: Kernel, args: readonly unknown[]) => {
    const [name, ...rest] = splitLaunch(args);
    if (typeof name !== "string" || name === "") throw new SkynetError("ARGUMENT", "snlua needs the name of a service");
    const context = new SnluaContext(kernel, service, options, name, rest);
    kernel.post(service.handle, PTYPE_TEXT, 0, 0, undefined, 0);
    return context;
  };
}

/** A launch line given as one text is split at blanks, as in Skynet; values stay values. */
function splitLaunch(args: readonly unknown[]): readonly unknown[] {
  return args.length === 1 && typeof args[0] === "string" ? args[0].split(/\s+/).filter((w) => w !== "") : args;
}

class SnluaContext extends ServiceContext {
  #name: string | undefined;
  #args: readonly unknown[];
  readonly #options: SnluaOptions;

  constructor(kernel: Kernel, service: Service, options: SnluaOptions, name: string, args: readonly unknown[]) {
    super(kernel, service, options, options.stacks);
    this.#name = name;
    this.#args = args;
    this.#options = options;
  }

  override callback(type: number, session: number, source: number, body: Body): void {
    if (this.#name === undefined) super.callback(type, session, source, body);
    else this.#load(this.#name);
  }

  /** The first message of its own: finds the code and runs the file body. */
  #load(name: string): void {
    this.#name = undefined;
    let found: ServiceBody | Promise<ServiceBody>;
    try {
      found = this.#options.find(name);
    } catch (error) {
      this.#loadFailed(error);
      return;
    }
    if (found instanceof Promise) this.#whenLoaded(name, found);
    else this.#runBody(name, found);
  }

  /** Code that takes time to load: messages wait meanwhile. */
  #whenLoaded(name: string, found: Promise<ServiceBody>): void {
    this.kernel.hold(this.service);
    const done = (then: () => void): void => {
      if (this.service.alive)
        this.kernel.enter(() => {
          then();
          this.kernel.release(this.service);
        });
    };
    found.then(
      (code) => done(() => this.#runBody(name, code)),
      (error: unknown) => done(() => this.#loadFailed(error)),
    );
  }

  #runBody(name: string, code: ServiceBody): void {
    const outerContext = turn.context;
    const outerTask = turn.task;
    turn.context = this;
    turn.task = undefined;
    this.sites = sitesOf(code);
    const args = this.#args;
    this.#args = NO_ARGS;
    try {
      if (isDefinition(code)) runDefinition(code, args);
      else {
        if (typeof code !== "function")
          throw new SkynetError("SERVICE_NOT_FOUND", `service "${name}" exports no function and no defineService(…) as its default`);
        const returned = (code as (...list: readonly unknown[]) => unknown)(...args);
        if (returned instanceof Promise) {
          this.#args = args;
          this.#whenLoaded(name, returned as Promise<ServiceBody>);
          return;
        }
        if (isSteps(returned))
          throw new SkynetError(
            "ARGUMENT",
            `the file body of service "${name}" is a generator; it must be a plain function. Do what suspends in skynet.start(function* () { … }), or use defineService`,
          );
        if (isDefinition(returned)) runDefinition(returned, args);
        else if (!this.started) start(() => undefined);
      }
    } catch (error) {
      if (!(error instanceof ExitSignal) && !this.ended) this.#loadFailed(error);
    } finally {
      turn.context = outerContext;
      turn.task = outerTask;
    }
  }

  #loadFailed(error: unknown): void {
    this.rare.startFailure = error;
    this.kernel.log(this.handle, `lua loader error : ${errorText(error)}`);
    this.tellLauncher("ERROR");
    this.kernel.kill(this.handle, this.handle, `it could not be loaded: ${errorText(error).split("\n", 1)[0]!}`);
  }
}
