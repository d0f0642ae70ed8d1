/**
 * `socket_proxyd`: knows which package service has which connection, and starts them. One for each node.
 *
 * Source: skynet_package; services.md §7.
 *
 * @module
 */
import type { Operation } from "../core/operation.ts";
import type { Responder } from "../core/reply.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import type { PackageLimits } from "../lib/socket_proxy.ts";

interface Connection {
  readonly fd: number;
  handle: number | undefined;
  ready: boolean;
  /** Who waits to hear whether it works. */
  readonly waiting: Responder[];
}

/** File body of socket_proxyd. @param limits - For the connections' services; see {@link PackageLimits}. */
export default function socket_proxyd(limits?: PackageLimits): void {
  const connections = new Map<number, Connection>();
  const byHandle = new Map<number, Connection>();
  /** What services said before it was known whose they are. */
  const early = new Map<number, string>();
  let starting = 0;

  function report(handle: number, text: string): void {
    const c = byHandle.get(handle);
    if (c === undefined) {
      if (starting > 0) early.set(handle, text);
      return;
    }
    if (text === "SUCC") {
      c.ready = true;
      for (const reply of c.waiting.splice(0)) reply(true, handle);
    } else if (text === "FAIL" || text === "CLOSED") drop(c);
    else skynet.error(`socket_proxyd: :${handle.toString(16).padStart(8, "0")} says ${JSON.stringify(text.slice(0, 64))}`);
  }

  function drop(c: Connection): void {
    connections.delete(c.fd);
    if (c.handle !== undefined) byHandle.delete(c.handle);
    for (const reply of c.waiting.splice(0)) reply(false);
  }

  function* launch(c: Connection): Operation<void> {
    starting++;
    try {
      c.handle = yield* skynet.newservice("package" as string, skynet.self(), c.fd, ...(limits === undefined ? [] : [limits]));
    } finally {
      starting--;
      if (c.handle === undefined) drop(c);
    }
    if (c.handle === undefined) return;
    byHandle.set(c.handle, c);
    const said = early.get(c.handle);
    if (starting === 0) early.clear();
    else early.delete(c.handle);
    if (said !== undefined) report(c.handle, said);
  }

  function* status({ handle, ready }: Connection): Operation<string> {
    if (!ready || handle === undefined) return "NOTREADY";
    try {
      return skynet.totext(skynet.tostring(yield* skynet.rawcall(handle, "text", "I")));
    } catch (error) {
      if (!(error instanceof SkynetError)) throw error;
      return "EXIT";
    }
  }

  skynet.register_protocol({
    name: "text",
    id: skynet.PTYPE_TEXT,
    pack: (text: string) => text,
    unpack: (body) => [new TextDecoder().decode(skynet.tostring(body))],
    dispatch: (_session, source, text: string) => report(source, text),
  });

  skynet.dispatch("lua", (_session, _source, fd: unknown) => {
    if (typeof fd !== "number" || !Number.isInteger(fd))
      throw new SkynetError("ARGUMENT", `socket_proxyd takes the number of a connection, not ${typeof fd}`);
    const known = connections.get(fd);
    if (known?.ready === true) {
      skynet.retpack(known.handle);
      return undefined;
    }
    const c = known ?? { fd, handle: undefined, ready: false, waiting: [] };
    c.waiting.push(skynet.response());
    if (known !== undefined) return undefined;
    connections.set(fd, c);
    return launch(c);
  });

  skynet.info_func(function* () {
    const list: { fd: number; addr: number | undefined; status: string }[] = [];
    for (const c of connections.values()) list.push({ fd: c.fd, addr: c.handle, status: yield* status(c) });
    return list;
  });
  skynet.start(() => undefined);
}
