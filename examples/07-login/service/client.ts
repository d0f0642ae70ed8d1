/** A player, as a service: logs in, plays, drops the line in the middle of a request, and comes back for the answer. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { crypt } from "@skyloom/runtime/crypt";
import { netpack } from "@skyloom/runtime/netpack";
import { socket } from "@skyloom/runtime/socket";

/** Where to, and as whom. */
export interface Player {
  readonly host: string;
  readonly loginPort: number;
  readonly gatePort: number;
  readonly user: string;
  readonly password: string;
  readonly server: string;
}

/** What a login gave. */
interface Ticket {
  readonly subid: Uint8Array;
  readonly secret: Uint8Array;
}

const encode = crypt.base64encode;

export default defineService<object, [player?: Player]>((given) => {
  const player: Player = given ?? {
    host: skynet.getenv("gate_address") ?? "127.0.0.1",
    loginPort: Number(skynet.getenv("login_port") ?? 8001),
    gatePort: Number(skynet.getenv("gate_port") ?? 8888),
    user: "hello",
    password: "password",
    server: "sample",
  };

  function* connect(port: number): Operation<number> {
    const [id, reason] = yield* socket.open(player.host, port);
    if (id === undefined) throw new Error(`cannot connect to ${player.host}:${port}: ${reason}`);
    return id;
  }

  function* line(id: number): Operation<string> {
    const [data] = yield* socket.readline(id);
    if (data === false) throw new Error("Server closed");
    return skynet.totext(data);
  }

  function* login(): Operation<Ticket> {
    const id = yield* connect(player.loginPort);
    try {
      const challenge = crypt.base64decode(yield* line(id));
      const key = crypt.randomkey();
      socket.write(id, `${encode(crypt.dhexchange(key))}\n`);
      const secret = crypt.dhsecret(crypt.base64decode(yield* line(id)), key);
      socket.write(id, `${encode(crypt.hmac64(challenge, secret))}\n`);
      const token = `${encode(player.user)}@${encode(player.server)}:${encode(player.password)}`;
      socket.write(id, `${encode(crypt.desencode(secret, token))}\n`);
      const result = yield* line(id);
      if (!result.startsWith("200 ")) throw new Error(`the login server says: ${result}`);
      return { subid: crypt.base64decode(result.slice(4)), secret };
    } finally {
      socket.shutdown(id);
    }
  }

  function* frame(id: number): Operation<Uint8Array> {
    const [head] = yield* socket.read(id, 2);
    const [body] = head === false ? [false as const] : yield* socket.read(id, socket.header(head));
    if (body === false) throw new Error("Server closed");
    return body;
  }

  function* enter({ subid, secret }: Ticket, index: number): Operation<number> {
    const id = yield* connect(player.gatePort);
    const text = `${encode(player.user)}@${encode(player.server)}#${encode(subid)}:${index}`;
    socket.write(id, netpack.pack(`${text}:${encode(crypt.hmac_hash(secret, text))}`));
    const answer = skynet.totext(yield* frame(id));
    if (answer !== "200 OK") throw new Error(`the game server says: ${answer}`);
    return id;
  }

  function ask(id: number, text: string, session: number): void {
    const bytes = skynet.tobytes(`${text}    `).slice();
    new DataView(bytes.buffer).setUint32(bytes.length - 4, session);
    socket.write(id, netpack.pack(bytes));
  }

  function* answer(id: number): Operation<readonly [session: number, ok: boolean, text: string]> {
    const bytes = yield* frame(id);
    const at = bytes.length - 5;
    return [socket.header(bytes.subarray(at + 1)), bytes[at] === 1, skynet.totext(bytes.subarray(0, at))];
  }

  /** The whole visit; gives the answers of the second connection. */
  function* play(): Operation<(readonly [session: number, ok: boolean, text: string])[]> {
    const ticket = yield* login();
    skynet.error(`login ok, subid = ${skynet.totext(ticket.subid)}`);
    const first = yield* enter(ticket, 1);
    ask(first, "echo", 0);
    // Gone before the answer is there.
    yield* socket.close(first);
    const second = yield* enter(ticket, 2);
    // The session is the same, so it is the same request, whatever it says now.
    ask(second, "fake", 0);
    ask(second, "again", 1);
    const answers = [yield* answer(second), yield* answer(second)];
    for (const [session, ok, text] of answers) skynet.error(`<=== ${session} ${ok ? "ok" : "failed"} ${text}`);
    yield* socket.close(second);
    return answers;
  }

  if (given === undefined) skynet.fork(play);
  return {
    play,
    login: function* () {
      return skynet.totext((yield* login()).subid);
    },
  };
});
