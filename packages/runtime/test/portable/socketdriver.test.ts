/** The low level under the socket library (api.md §8, §15), from the service's side: the same in Node and in a tab. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { expect, it } from "vitest";
import { startNode } from "./host.ts";

/** Numbers of semantics.md §21. */
const [DATA, CONNECT, CLOSE, ACCEPT, ERROR] = [1, 2, 3, 4, 5];

type Event = readonly [type: number, id: number, ud: number, data?: Uint8Array | string];

/** Takes the events itself, as a gate does. */
const raw = defineService(() => {
  const events: Event[] = [];
  skynet.register_protocol({
    name: "socket",
    id: skynet.PTYPE_SOCKET,
    unpack: (message) => [...socketdriver.unpack(message)],
    dispatch: (_session: number, _source: number, ...event: unknown[]) => void events.push(event as unknown as Event),
  });
  /** The next event of that kind. */
  function* next(type: number, id?: number): Operation<Event> {
    for (let i = 0; i < 2000; i++) {
      const at = events.findIndex((e) => e[0] === type && (id === undefined || e[1] === id));
      if (at >= 0) return events.splice(at, 1)[0]!;
      yield* skynet.sleep(1);
    }
    throw new Error(`no event ${type}; there are ${JSON.stringify(events)}`);
  }
  const text = (event: Event): string => (typeof event[3] === "string" ? event[3] : skynet.totext(event[3]!));
  return {
    *echo() {
      const listener = socketdriver.listen("127.0.0.1", 0);
      const [, , port] = yield* next(CONNECT!, listener);
      socketdriver.start(listener);
      const out = socketdriver.connect("127.0.0.1", port);
      const [, , inner] = yield* next(ACCEPT!, listener);
      yield* next(CONNECT!, out);
      // Nothing comes before start.
      socketdriver.nodelay(out);
      const sent = [socketdriver.send(out, "hello "), socketdriver.lsend(out, ["wor", "ld"])];
      yield* skynet.sleep(5);
      const early = events.filter((e) => e[0] === DATA).length;
      socketdriver.start(inner);
      let heard = "";
      while (heard.length < 11) heard += text(yield* next(DATA!, inner));
      const info = socketdriver.info().filter((s) => s.id === listener || s.id === out || s.id === inner);
      // A paused one is not read.
      socketdriver.pause(inner);
      socketdriver.send(out, "later");
      yield* skynet.sleep(5);
      const paused = events.filter((e) => e[0] === DATA).length;
      socketdriver.start(inner);
      const later = text(yield* next(DATA!, inner));
      // What is pending is sent before a close.
      socketdriver.send(out, "bye");
      socketdriver.close(out);
      const bye = text(yield* next(DATA!, inner));
      yield* next(CLOSE!, inner);
      socketdriver.shutdown(inner);
      socketdriver.shutdown(listener);
      yield* skynet.sleep(2);
      return [sent, early, heard, info.map((s) => s.type).sort(), paused, later, bye, socketdriver.send(out, "gone")];
    },
    *nobody() {
      const id = socketdriver.connect("127.0.0.1", 9);
      const event = yield* next(ERROR!, id);
      return text(event);
    },
  };
});

it("socketdriver.connect, listen, start, send, lsend, nodelay, info, pause, close and shutdown do not wait: events tell", async () => {
  const { node, start } = await startNode({ raw });
  const service = await start("raw");
  expect(await node.call(service, "lua", "echo")).toEqual([
    [true, true],
    0,
    "hello world",
    ["LISTEN", "TCP", "TCP"],
    0,
    "later",
    "bye",
    false,
  ]);
  expect(await node.call(service, "lua", "nobody")).toBe("Connection refused");
});
