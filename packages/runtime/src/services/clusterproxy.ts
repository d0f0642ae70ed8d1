/**
 * `clusterproxy`: stands in for a service of another node. What it gets it passes on, and the answer back.
 *
 * Source: service/clusterproxy.lua; services.md §4.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import type { Body } from "../kernel/message.ts";

/**
 * File body of clusterproxy.
 *
 * @param node - The other node.
 * @param name - What the service is called there: a handle, or a name.
 */
export default function clusterproxy(node: string, name: string | number): void {
  const address = typeof name === "string" && /^\d+$/.test(name) ? Number(name) : name;

  skynet.register_protocol({ name: "system", id: skynet.PTYPE_SYSTEM, unpack: (body) => [body] });

  skynet.forward_type({ [skynet.PTYPE_SNAX]: skynet.PTYPE_SYSTEM, [skynet.PTYPE_LUA]: skynet.PTYPE_SYSTEM }, function* (): Operation<void> {
    const clusterd = yield* skynet.uniqueservice("clusterd");
    let sender = yield* skynet.call<number | undefined>(clusterd, "lua", "sender", node);
    skynet.dispatch("system", function* (session: number, _source: number, body: Body): Operation<void> {
      const bytes = skynet.tostring(body) ?? new Uint8Array(0);
      sender ??= yield* skynet.call<number | undefined>(clusterd, "lua", "sender", node);
      if (sender === undefined) throw new SkynetError("CLUSTER", `cluster node [${node}] is down`);
      if (session === 0) skynet.send(sender, "lua", "push", address, bytes);
      else skynet.ret(yield* skynet.rawcall(sender, "lua", skynet.pack("req", address, bytes)));
    });
  });
}
