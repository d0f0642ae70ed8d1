/**
 * Snax objects: what `req` and `post` of a service are, for one service and one caller.
 *
 * A method's function is made at its first use and is a plain property from then on. Source: lualib/skynet/snax.lua; api.md §5.
 *
 * @module
 */
import { call, callall, register_protocol, send } from "../../core/api/messages.ts";
import { perService } from "../../core/per-service.ts";
import { currentContext } from "../../core/task.ts";
import { SkynetError } from "../../errors/error.ts";
import { PTYPE_SNAX } from "../../core/api/constants.ts";
import type { Protocol } from "../../core/protocol.ts";
import type { Definition, SnaxGroup } from "./define.ts";
import { snaxSources } from "./sources.ts";
import type { SnaxObject } from "./types.ts";

/** Bound objects of a service, by handle, and how many there may be before the dead ones are looked for. */
const bound = perService(() => ({ objects: new Map<number, Bound>(), sweepAt: 64 }));

/** The protocol "snax" of the running service; added when it is first asked for. */
export function snaxProtocol(): Protocol {
  const context = currentContext("snax");
  const known = context.protocols.byName("snax");
  if (known !== undefined) return known;
  register_protocol({ name: "snax", id: PTYPE_SNAX });
  const protocol = context.protocols.require("snax");
  const { objects } = bound();
  protocol.nameOf = (id, target) => objects.get(target)?.methodName(id);
  return protocol;
}

class Bound implements SnaxObject {
  readonly req: object;
  readonly reqall: object;
  readonly post: object;
  readonly type: string;
  readonly handle: number;
  readonly #definition: () => Definition | undefined;

  constructor(handle: number, type: string, definition: () => Definition | undefined) {
    this.handle = handle;
    this.type = type;
    this.#definition = definition;
    this.req = methods(
      type,
      "response",
      definition,
      (id) =>
        (...args: unknown[]) =>
          call(handle, "snax", id, ...args),
    );
    this.reqall = methods(
      type,
      "response",
      definition,
      (id) =>
        (...args: unknown[]) =>
          callall(handle, "snax", id, ...args),
    );
    this.post = methods(
      type,
      "accept",
      definition,
      (id) =>
        (...args: unknown[]) =>
          void send(handle, "snax", id, ...args),
    );
  }

  methodName(id: number): string | undefined {
    return this.#definition()
      ?.ids.nameOf(id)
      ?.replace(/^\w+\./, "");
  }

  toString(): string {
    return `[${this.type}:${this.handle.toString(16)}]`;
  }
}

const VERBS: Readonly<Record<SnaxGroup, string>> = { response: "request", accept: "post" };

/** An object with a function for each method of a group, made when it is asked for. */
function methods(
  type: string,
  group: SnaxGroup,
  definition: () => Definition | undefined,
  make: (id: number | string) => (...args: unknown[]) => unknown,
): object {
  const unseen = new Proxy(Object.create(null) as object, {
    get(_target, name, object: object) {
      if (typeof name === "symbol") return undefined;
      const ids = definition()?.ids;
      const id = ids?.get(`${group}.${name}`);
      if (id !== undefined) {
        const func = make(id);
        Object.defineProperty(object, name, { value: func, enumerable: true, writable: true, configurable: true });
        return func;
      }
      // Before an instance has run here the numbers are not known: the name itself is sent, and the service says what it does not know.
      if (ids === undefined || !ids.complete) return make(`${group}.${name}`);
      throw new SkynetError("SNAX", `${VERBS[group]} ${type}:${name} no exist; ${group} has: ${known(ids.names, group)}`);
    },
  });
  return Object.create(unseen) as object;
}

function known(names: readonly string[], group: SnaxGroup): string {
  return (
    names
      .filter((name) => name.startsWith(`${group}.`))
      .map((name) => name.slice(group.length + 1))
      .join(", ") || "nothing"
  );
}

/**
 * Wraps the handle of a snax service.
 *
 * @param handle - Its handle, or that of a proxy that stands for it.
 * @param type - The service's name.
 * @returns the same object for the same handle.
 * @throws SkynetError `SNAX` when the handle is known under another name.
 */
export function bind(handle: number, type: string): SnaxObject {
  const state = bound();
  const { objects } = state;
  const before = objects.get(handle);
  if (before !== undefined) {
    if (before.type === type) return before;
    throw new SkynetError("SNAX", `:${handle.toString(16)} is bound as snax service ${before.type}, not ${type}`);
  }
  if (typeof handle !== "number" || !Number.isInteger(handle) || handle <= 0)
    throw new SkynetError("SNAX", `snax.bind needs the handle of a service, not ${String(handle)}`);
  snaxProtocol();
  const sources = snaxSources();
  let definition = sources.peek(type);
  const object = new Bound(handle, type, () => (definition ??= sources.peek(type)));
  if (objects.size >= state.sweepAt) sweep(state);
  objects.set(handle, object);
  return object;
}

/** Forgets objects of services that are gone, so that a service which binds many does not grow for ever. */
function sweep(state: { readonly objects: Map<number, Bound>; sweepAt: number }): void {
  const { kernel } = currentContext("snax.bind");
  for (const handle of state.objects.keys())
    if (handle >>> 24 === kernel.harbor && kernel.find(handle) === undefined) state.objects.delete(handle);
  state.sweepAt = Math.max(64, state.objects.size * 2);
}
