/** A client that plays: connects, shakes hands, sets and gets, idles, drops the line and comes back. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { netpack } from "@skyloom/runtime/netpack";
import { socket } from "@skyloom/runtime/socket";
import { sproto } from "@skyloom/runtime/sproto";
import { c2s, s2c } from "../proto.ts";

export interface BotOptions {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** Makes this bot's choices its own, and the same in every run. */
  readonly seed: number;
}

export default defineService<object, [BotOptions]>((options) => {
  const host = sproto.parse(s2c).host("package");
  const request = host.attach(sproto.parse(c2s));
  const figures = { connections: 0, requests: 0, responses: 0, heartbeats: 0, wrong: 0 };
  let state = (options.seed * 2654435761) >>> 0;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };

  /** Reads packets until the line breaks; each answer goes to who waits for its session. */
  function* listen(id: number, waiting: Map<number, (result: Record<string, unknown> | undefined) => void>): Operation<void> {
    for (;;) {
      const [head] = yield* socket.read(id, 2);
      if (head === false) return;
      const [body] = yield* socket.read(id, socket.header(head));
      if (body === false) return;
      const message = host.dispatch(body);
      if (message[0] === "REQUEST") figures.heartbeats++;
      else {
        figures.responses++;
        waiting.get(Number(message[1]))?.(message[2]);
        waiting.delete(Number(message[1]));
      }
    }
  }

  function* play(id: number): Operation<void> {
    const waiting = new Map<number, (result: Record<string, unknown> | undefined) => void>();
    let session = 0;
    const ask = function* (name: string, args?: object): Operation<Record<string, unknown> | undefined> {
      const token = {};
      let answer: Record<string, unknown> | undefined;
      waiting.set(++session, (result) => {
        answer = result;
        skynet.wakeup(token);
      });
      figures.requests++;
      socket.write(id, netpack.pack(request(name, args, session)));
      yield* skynet.sleep(500, token);
      return answer;
    };
    skynet.fork(listen, id, waiting);
    yield* ask("handshake");
    const rounds = 5 + random(40);
    for (let i = 0; i < rounds && !socket.disconnected(id) && !socket.invalid(id); i++) {
      const key = `${options.name}:${random(8)}`;
      const value = `${random(1_000_000)}`;
      yield* ask("set", { what: key, value });
      const answer = yield* ask("get", { what: key });
      if (answer?.["result"] !== value && answer !== undefined) figures.wrong++;
      // Some bots are lively, some idle for a long while.
      yield* skynet.sleep(random(10) === 0 ? 200 + random(400) : 10 + random(60));
    }
    // Half of them say goodbye, the others just drop the line.
    if (random(2) === 0) socket.write(id, netpack.pack(request("quit", undefined, ++session)));
  }

  skynet.register(`.${options.name}`);
  skynet.info_func(() => ({ name: options.name, ...figures }));
  skynet.fork(function* () {
    for (;;) {
      yield* skynet.sleep(random(200));
      const [id, reason] = yield* socket.open(options.host, options.port);
      if (reason !== undefined) {
        skynet.error(`${options.name} cannot connect: ${reason}`);
        yield* skynet.sleep(300);
        continue;
      }
      figures.connections++;
      yield* play(id);
      yield* skynet.sleep(20);
      yield* socket.close(id);
    }
  });
  return { figures: () => figures };
});
