/** httpc with servers that say anything: random, cut and changed answers, over real sockets. */
import { defineService } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { httpc } from "@skyloom/runtime/httpc";
import { socket } from "@skyloom/runtime/socket";
import { websocket } from "@skyloom/runtime/websocket";
import fc from "fast-check";
import { expect, it } from "vitest";
import { startNode } from "./portable/host.ts";

/** Says the same to everybody who has said something, then closes. */
const liar = defineService(function* () {
  let answer: Uint8Array = new Uint8Array(0);
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (fd) {
    yield* socket.start(fd);
    yield* socket.read(fd);
    socket.write(fd, answer);
    yield* socket.close(fd);
  });
  return {
    port: () => port,
    answer(bytes: Uint8Array) {
      answer = bytes;
    },
  };
});

const client = defineService((port: number) => {
  httpc.timeout = 300;
  httpc.bodylimit = 1000;
  const host = `127.0.0.1:${port}`;
  const outcome = function* (run: () => Operation<unknown>): Operation<unknown> {
    try {
      return yield* run();
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };
  return {
    *ask(): Operation<unknown[]> {
      const request = yield* outcome(() => httpc.get(host, "/"));
      const stream = yield* outcome(function* () {
        const s = yield* httpc.request_stream("GET", host, "/");
        let size = 0;
        for (let piece = yield* s(); piece !== undefined; piece = yield* s()) size += piece.length;
        return size;
      });
      const upgraded = yield* outcome(() => websocket.connect(`ws://${host}/`, undefined, 300));
      return [request, stream, upgraded];
    },
  };
});

const answers = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(
      fc.constantFrom(
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.0 404\r\n\r\ngone",
        "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
        `HTTP/1.1 200 OK\r\nx: ${"y".repeat(9000)}`,
        `HTTP/1.1 200 OK\r\n\r\n${"z".repeat(2000)}`,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n",
      ),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      fc.nat(),
    )
    .map(([text, changes, cut]) => {
      const bytes = new TextEncoder().encode(text);
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      return bytes.slice(0, cut % 2 === 0 ? bytes.length : cut % (bytes.length + 1));
    }),
);

it(
  "an answer, or an error with a code; nothing hangs, nothing grows over httpc.bodylimit, no WebSocket comes of it",
  { timeout: 60_000 },
  async () => {
    const { node, start } = await startNode({ liar, client });
    const server = await start("liar");
    const c = await start("client", await node.call<number>(server, "lua", "port"));
    await fc.assert(
      fc.asyncProperty(answers, async (bytes) => {
        await node.call(server, "lua", "answer", bytes);
        const [request, stream, upgraded] = await node.call<unknown[]>(c, "lua", "ask");
        if (Array.isArray(request)) {
          expect(request[0]).toBeTypeOf("number");
          expect((request[1] as Uint8Array).length).toBeLessThanOrEqual(1000);
          expect(stream).toBe((request[1] as Uint8Array).length);
        } else expect(["HTTP", "SOCKET"]).toContain(request);
        expect(typeof stream === "number" || stream === "HTTP" || stream === "SOCKET").toBe(true);
        expect(["HTTP", "SOCKET", "WEBSOCKET"]).toContain(upgraded);
      }),
      { numRuns: 200 },
    );
  },
);
