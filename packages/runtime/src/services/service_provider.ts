/**
 * `service_provider`: named services whose body is a function, each started once.
 *
 * Source: service/service_provider.lua; services.md §1.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { WaitReason } from "../core/op.ts";
import type { Operation } from "../core/operation.ts";
import { explainReply } from "../core/reply.ts";
import type { Responder } from "../core/reply.ts";
import { skynet } from "../core/skynet.ts";
import type { Task } from "../core/task.ts";

interface Provided {
  waiting: Responder[] | undefined;
  /** Starts it, while it does. */
  booting: Task | undefined;
  address: number | undefined;
  failure: string | undefined;
  init: string | undefined;
  time: number | undefined;
}

/** File body of service_provider. */
export default function service_provider(): void {
  const services = new Map<string, Provided>();

  function entry(name: string): Provided {
    let found = services.get(name);
    if (found === undefined) {
      found = { waiting: [], booting: undefined, address: undefined, failure: undefined, init: undefined, time: undefined };
      services.set(name, found);
    }
    return found;
  }

  /** A reply for when the service has started. */
  function later(service: Provided, name: string): Responder {
    const reply = skynet.response();
    explainReply(skynet.running().context, reply, `${WaitReason.unique} ${name}`, () => service.booting);
    return reply;
  }

  function* boot(service: Provided, name: string, code: unknown, args: readonly unknown[]): Operation<number> {
    const address = yield* skynet.newservice("service_cell", name);
    if (address === undefined) throw new SkynetError("EXITED_IN_START", `service ${name} ended itself while it started`);
    try {
      yield* skynet.call(address, "lua", "init", code, ...args);
    } catch (error) {
      skynet.send(address, "debug", "EXIT");
      throw error;
    }
    service.init = args.length === 0 ? undefined : args.map(String).join(",");
    service.time = skynet.time();
    return address;
  }

  const commands: Readonly<Record<string, (...args: never[]) => unknown>> = {
    query(name: string) {
      const service = entry(name);
      if (service.waiting !== undefined) service.waiting.push(later(service, name));
      else if (service.address !== undefined) skynet.retpack(service.address);
      else throw new SkynetError("CALL_FAILED", service.failure ?? `service ${name} failed`);
    },
    *launch(name: string, code: unknown, ...args: unknown[]): Operation<void> {
      const service = entry(name);
      if (service.address !== undefined) {
        skynet.retpack(service.address);
        return;
      }
      if (service.booting !== undefined) {
        service.waiting!.push(later(service, name));
        return;
      }
      service.booting = skynet.running();
      try {
        service.address = yield* boot(service, name, code, args);
        service.booting = undefined;
        for (const reply of service.waiting ?? []) reply(true, service.address);
        service.waiting = undefined;
        skynet.retpack(service.address);
      } catch (error) {
        service.booting = undefined;
        if (!(error instanceof Error)) throw error;
        service.failure = error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
        for (const reply of service.waiting ?? []) reply(false);
        service.waiting = undefined;
        throw error;
      }
    },
    test(name: string) {
      const service = entry(name);
      if (service.booting !== undefined) skynet.retpack(undefined, true);
      else if (service.address !== undefined) skynet.retpack(service.address);
      else if (service.failure !== undefined) throw new SkynetError("CALL_FAILED", service.failure);
      else skynet.ret();
    },
    close(name: string) {
      const service = services.get(name);
      if (service === undefined || service.booting !== undefined) {
        skynet.retpack(undefined);
        return;
      }
      services.delete(name);
      skynet.retpack(service.address);
    },
  };

  skynet.dispatch("lua", (_session: number, _source: number, command: string, ...args: unknown[]) => {
    const handler = Object.hasOwn(commands, command) ? commands[command] : undefined;
    if (handler === undefined) throw new SkynetError("ARGUMENT", `service_provider has no command "${command}"`);
    const result = handler(...(args as never[]));
    return typeof result === "object" ? result : undefined;
  });
  skynet.info_func(() =>
    Object.fromEntries(
      [...services].map(([name, s]) => [
        skynet.address(s.address ?? name),
        {
          name,
          init: s.init,
          time: s.time,
          status: s.booting !== undefined ? "booting" : s.waiting === undefined ? undefined : `waiting(${s.waiting.length})`,
        },
      ]),
    ),
  );
  skynet.start(() => undefined);
}
