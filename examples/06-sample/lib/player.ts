/** The client's side: a connection on which requests are asked and answered in turn, and pushes may come at any time. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { netpack } from "@skyloom/runtime/netpack";
import { socket } from "@skyloom/runtime/socket";
import { sproto } from "@skyloom/runtime/sproto";
import { files } from "../proto.ts";

/** An answer: its content, or the error text that came instead. */
export interface Answer {
  readonly ok: boolean | undefined;
  readonly error: string | undefined;
}

/** One connection to the server. */
export class Player {
  readonly #id: number;
  readonly #host = sproto.parse(files["proto.s2c"]!).host("package");
  readonly #request = this.#host.attach(sproto.parse(files["proto.c2s"]!));
  readonly #onPush: (text: string) => void;
  #session = 0;

  /** @param onPush - Called for each push. */
  constructor(id: number, onPush: (text: string) => void) {
    this.#id = id;
    this.#onPush = onPush;
  }

  /** Connects. @throws Error when nobody is there. */
  static *connect(host: string, port: number, onPush: (text: string) => void): Operation<Player> {
    const [id, reason] = yield* socket.open(host, port);
    if (id === undefined) throw new Error(`cannot connect to ${host}:${port}: ${reason}`);
    return new Player(id, onPush);
  }

  /** Asks without waiting; {@link answer} gives the answer. @returns its session. */
  send(name: string, args?: object): number {
    socket.write(this.#id, netpack.pack(this.#request(name, args, ++this.#session)));
    return this.#session;
  }

  /** The next answer. @throws Error when the server has closed. */
  *answer(): Operation<Answer & { readonly session: number }> {
    for (;;) {
      const [head] = yield* socket.read(this.#id, 2);
      const [body] = head === false ? [false as const] : yield* socket.read(this.#id, socket.header(head));
      if (body === false) throw new Error("server closed");
      const message = this.#host.dispatch(body);
      if (message[0] === "REQUEST") this.#onPush(String(message[2]?.["text"]));
      else
        return {
          session: Number(message[1]),
          ok: message[2]?.["ok"] as boolean | undefined,
          error: message[3] === undefined ? undefined : skynet.totext(message[3]),
        };
    }
  }

  /** Asks and waits for the answer. */
  *ask(name: string, args?: object): Operation<Answer> {
    const session = this.send(name, args);
    for (;;) {
      const answer = yield* this.answer();
      if (answer.session === session) return answer;
    }
  }

  /** Signs in, and up before that when the name is new. */
  *signin(userid: string): Operation<boolean> {
    if ((yield* this.ask("signin", { userid })).ok === true) return true;
    if ((yield* this.ask("signup", { userid })).ok !== true) return false;
    return (yield* this.ask("signin", { userid })).ok === true;
  }

  *close(): Operation<void> {
    yield* socket.close(this.#id);
  }
}
