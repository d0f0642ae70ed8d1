/**
 * `.cslave` of a node without harbor network: global names of this node only.
 *
 * Source: service/cdummy.lua; services.md §2.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { skynet } from "../core/skynet.ts";
import type { Responder } from "../core/reply.ts";

/** File body of cdummy. */
export default function cdummy(): void {
  const names = new Map<string, number>();
  const waiting = new Map<string, Responder[]>();
  let harbor: number | undefined;

  const commands: Readonly<Record<string, (...args: never[]) => void>> = {
    REGISTER(name: string, handle: number) {
      if (names.has(name)) throw new SkynetError("NAME", `global name "${name}" belongs to ${skynet.address(names.get(name))} already`);
      names.set(name, handle);
      for (const reply of waiting.get(name) ?? []) reply(true, handle);
      waiting.delete(name);
      skynet.redirect(harbor!, handle, "harbor", 0, `N ${name}`);
    },
    QUERYNAME(name: string) {
      if (name.startsWith(".")) {
        skynet.retpack(skynet.localname(name));
        return;
      }
      const handle = names.get(name);
      if (handle !== undefined) {
        skynet.retpack(handle);
        return;
      }
      const queue = waiting.get(name) ?? [];
      queue.push(skynet.response());
      waiting.set(name, queue);
    },
    LINK: () => void skynet.ret(),
    CONNECT() {
      skynet.error("Can't connect to other harbor in single node mode");
      skynet.ignoreret();
    },
  };

  skynet.register_protocol({ name: "harbor", id: skynet.PTYPE_HARBOR, pack: (text: string) => text, unpack: (body) => body });
  skynet.register_protocol({
    name: "text",
    id: skynet.PTYPE_TEXT,
    pack: (text: string) => text,
    unpack: (body) => body,
    dispatch: () => undefined,
  });
  skynet.start(() => {
    skynet.dispatch("lua", (_session: number, _source: number, command: string, ...args: unknown[]) => {
      const handler = Object.hasOwn(commands, command) ? commands[command] : undefined;
      if (handler === undefined) throw new SkynetError("ARGUMENT", `.cslave has no command "${command}"`);
      handler(...(args as never[]));
    });
    harbor = skynet.launch("harbor", 0, skynet.self());
    if (harbor === undefined) throw new SkynetError("SERVICE_NOT_FOUND", "the harbor service could not be started");
  });
}
