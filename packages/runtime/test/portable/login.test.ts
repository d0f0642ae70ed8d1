/** loginserver and msgserver (api.md §14, wire.md §9, §10), on a real host: what clients may do wrong, and what they may not get. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { crypt } from "@skyloom/runtime/crypt";
import { loginserver } from "@skyloom/runtime/loginserver";
import type { LoginConf } from "@skyloom/runtime/loginserver";
import { msgserver } from "@skyloom/runtime/msgserver";
import type { MsgConf } from "@skyloom/runtime/msgserver";
import { netpack } from "@skyloom/runtime/netpack";
import { socket } from "@skyloom/runtime/socket";
import { describe, expect, it, vi } from "vitest";
import { startNode } from "./host.ts";
import type { PortableNode } from "./host.ts";

const SECRET = "8bytekey";

async function until<T>(test: () => T | undefined | false): Promise<T> {
  for (let i = 0; i < 300; i++) {
    const found = test();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("this never came");
}

const text = (bytes: Uint8Array | false): string => (bytes === false ? "closed" : skynet.totext(bytes));

/** A client whose every step the test writes. */
function client(play: (connect: () => Operation<number>, arg: never) => Operation<unknown>) {
  return () =>
    skynet.dispatch("lua", function* (_session: number, _source: number, port: number, arg: unknown) {
      function* connect(): Operation<number> {
        const [id, reason] = yield* socket.open("127.0.0.1", port);
        if (id === undefined) throw new Error(reason);
        return id;
      }
      skynet.retpack(yield* play(connect, arg as never));
    });
}

function* frame(id: number): Operation<Uint8Array | false> {
  const [head] = yield* socket.read(id, 2);
  if (head === false) return false;
  const [body] = yield* socket.read(id, socket.header(head));
  return body;
}

const request = (content: string, session: number): Uint8Array => {
  const bytes = skynet.tobytes(`${content}    `).slice();
  new DataView(bytes.buffer).setUint32(bytes.length - 4, session);
  return netpack.pack(bytes);
};

const handshake = (name: string, index: number | string, secret = SECRET): Uint8Array =>
  netpack.pack(`${name}:${index}:${crypt.base64encode(crypt.hmac_hash(secret, `${name}:${index}`))}`);

const handlers: LoginConf = {
  host: "127.0.0.1",
  port: 0,
  auth_handler(token) {
    const [server, uid] = text(token).split("/");
    if (uid === undefined) throw new Error("no user in the token");
    return [server, uid];
  },
  *login_handler(server, uid) {
    if (server === "closed") throw new Error("this server is closed");
    if (server === "slow") yield* skynet.sleep(30);
    return `${uid}.1`;
  },
  command_handler: (cmd, ...args: unknown[]) => [cmd, args.length],
};

/** Logs in as far as the steps say; gives the last line. */
const logger = client(function* (connect, steps: { token?: string; key?: string; proof?: string; raw?: string }) {
  const id = yield* connect();
  const [challenge] = yield* socket.readline(id);
  if (challenge === false) return "closed";
  if (steps.raw !== undefined) socket.write(id, steps.raw);
  else {
    const mine = crypt.randomkey();
    socket.write(id, `${steps.key ?? crypt.base64encode(crypt.dhexchange(mine))}\n`);
    const [theirs] = yield* socket.readline(id);
    const secret = theirs === false || steps.key !== undefined ? SECRET : crypt.dhsecret(crypt.base64decode(theirs), mine);
    if (theirs !== false && steps.key !== undefined) return text(theirs);
    if (theirs === false) return "closed";
    socket.write(id, `${steps.proof ?? crypt.base64encode(crypt.hmac64(crypt.base64decode(challenge), secret))}\n`);
    socket.write(id, `${crypt.base64encode(crypt.desencode(secret, steps.token ?? "one/alice"))}\n`);
  }
  const [answer] = yield* socket.readline(id);
  const [rest] = answer === false ? [false as const] : yield* socket.read(id);
  yield* socket.close(id);
  return rest === false ? text(answer) : `${text(answer)} and more`;
});

async function loginNode(changes: Partial<LoginConf> = {}) {
  const logind = () => loginserver({ ...handlers, ...changes });
  const server = await startNode({ logind, logger });
  const master = await server.start("logind");
  const port = await until(() => Number(/login server listen at : 127\.0\.0\.1 (\d+)/.exec(server.lines.join("\n"))?.[1]) || undefined);
  const tell = await server.start("logger");
  return { server, master, login: (steps: object) => server.node.call<string>(tell, "lua", port, steps) };
}

describe("loginserver (conf)", () => {
  it("200 with the sub id, then the server closes", async () => {
    const { login } = await loginNode();
    expect(await login({})).toBe(`200 ${btoa("alice.1")}`);
  });

  it.each([
    ["a key of 7 bytes", { key: btoa("1234567") }, "401 Unauthorized"],
    ["a key of zeros", { key: btoa("\0".repeat(8)) }, "401 Unauthorized"],
    ["a wrong proof", { proof: btoa("12345678") }, "401 Unauthorized"],
    ["a proof that is no base64", { proof: "=A==" }, "401 Unauthorized"],
    ["a token that auth_handler does not like", { token: "nobody" }, "401 Unauthorized"],
    ["a user that login_handler does not like", { token: "closed/bob" }, "403 Forbidden"],
    ["a line of more than 8192 bytes", { raw: "x".repeat(20_000) }, "closed"],
  ])("%s: refused", async (_what, steps, answer) => {
    const { server, login } = await loginNode();
    expect(await login(steps)).toBe(answer);
    // Others notice nothing.
    expect(await login({})).toBe(`200 ${btoa("alice.1")}`);
    expect(server.lines.join("\n")).toMatch(/invalid client|auth failed|buffer overflow/);
  });

  it("406 while a login of the same user is under way; with multilogin both get in", async () => {
    for (const multilogin of [false, true]) {
      const { login } = await loginNode({ multilogin });
      const both = await Promise.all([login({ token: "slow/carol" }), login({ token: "slow/carol" })]);
      expect(both.sort()).toEqual([`200 ${btoa("carol.1")}`, multilogin ? `200 ${btoa("carol.1")}` : "406 Not Acceptable"]);
      expect(await login({ token: "slow/carol" })).toBe(`200 ${btoa("carol.1")}`);
    }
  });

  it("command_handler answers any other message; several values as an array", async () => {
    const { server, master } = await loginNode();
    expect(await server.node.call(master, "lua", "register_gate", "one", 5)).toBe("register_gate");
    expect(await server.node.call(master, "lua", "count")).toBe("count");
  });

  it("a client that says nothing is closed after loginTimeout, and one too many is turned away", async () => {
    const { server, login } = await loginNode({ loginTimeout: 30, maxLogins: 1 });
    const slow = login({ raw: "half a line" });
    await until(() => server.lines.join("\n").includes("connect from"));
    expect(await login({})).toBe("closed");
    expect(await slow).toBe("closed");
    expect(server.lines.join("\n")).toMatch(/takes longer than 0\.3 s[\s\S]*auth failed: socket/);
    expect(await login({})).toBe(`200 ${btoa("alice.1")}`);
  });

  it.each([
    [{ port: 70_000 }, "port must be a whole number from 0 to 65535, not 70000"],
    [{ instance: 0 }, "instance must be a whole number above 0, not 0"],
    [{ auth_handler: undefined }, 'loginserver needs a function "auth_handler"'],
  ])("%j is refused at once", async (changes, why) => {
    const { node, lines } = await startNode({ logind: () => loginserver({ ...handlers, ...(changes as object) }) });
    await expect(node.newservice("logind")).rejects.toThrow();
    expect(lines.join("\n")).toContain(why);
  });
});

async function gateNode(conf: Partial<MsgConf> = {}) {
  const gated = () =>
    msgserver.start({
      login_handler: (uid: string, secret) => {
        msgserver.login(msgserver.username(uid, 1, "s"), secret);
        return 1;
      },
      logout_handler: (uid, subid) => msgserver.logout(msgserver.username(uid, subid, "s")),
      register_handler: (_name, _address, port) => port,
      kick_handler: (uid: string) => msgserver.ip(msgserver.username(uid, 1, "s")),
      *request_handler(_name, message) {
        const content = text(message);
        if (content === "boom") throw new Error("boom");
        if (content.startsWith("slow")) yield* skynet.sleep(20);
        if (content === "huge") return new Uint8Array(70_000);
        return message;
      },
      ...conf,
    });
  const server: PortableNode = await startNode({ gated, ...players });
  const gate = await server.start("gated");
  const port = await server.node.call<number>(gate, "lua", "open", { address: "127.0.0.1", port: 0, servername: "s" });
  await server.node.call(gate, "lua", "login", "u", skynet.tobytes(SECRET));
  return {
    server,
    gate,
    port,
    play: async (name: string, ...args: unknown[]) => server.node.call<unknown>(await server.start(name), "lua", port, ...args),
  };
}

const NAME = "dQ==@cw==#MQ==";

const players = {
  /** Sends frames, one after the other, and reads an answer to each. */
  talker: client(function* (connect, frames: Uint8Array[]) {
    const id = yield* connect();
    const seen: string[] = [];
    for (const bytes of frames) {
      socket.write(id, bytes);
      const answer = yield* frame(id);
      seen.push(text(answer));
      if (answer === false) break;
    }
    yield* socket.close(id);
    return seen;
  }),
  /** Sends all frames at once, then reads until the end. */
  shouter: client(function* (connect, frames: Uint8Array[]) {
    const id = yield* connect();
    socket.write(id, frames);
    const seen: string[] = [];
    for (let answer = yield* frame(id); answer !== false; answer = yield* frame(id)) seen.push(text(answer));
    yield* socket.close(id);
    return seen;
  }),
};

describe("msgserver.start (conf)", () => {
  it.each([
    ["a user nobody knows", netpack.pack("eA==@cw==#MQ==:1:AAAA"), "404 User Not Found"],
    ["what cannot be read", netpack.pack("hello"), "404 User Not Found"],
    ["no bytes at all", netpack.pack(""), "404 User Not Found"],
    ["an index that is no number", handshake(NAME, "one"), "400 Bad Request"],
    ["an empty index", handshake(NAME, ""), "400 Bad Request"],
    ["an endless index", handshake(NAME, "1e999"), "400 Bad Request"],
    ["an index of 0", handshake(NAME, 0), "403 Index Expired"],
    ["another's secret", handshake(NAME, 1, "otherkey"), "401 Unauthorized"],
  ])("%s: answered, then closed", async (_what, bytes, answer) => {
    const { play } = await gateNode();
    expect(await play("shouter", [bytes])).toEqual([answer]);
    expect(await play("talker", [handshake(NAME, 1)])).toEqual(["200 OK"]);
  });

  it("a request that fails is answered with 0 and the session; one whose answer is too long too", async () => {
    const { server, play } = await gateNode();
    expect(await play("talker", [handshake(NAME, 1), request("boom", 7), request("huge", 8), request("fine", 9)])).toEqual([
      "200 OK",
      "\0\0\0\0\x07",
      "\0\0\0\0\x08",
      "fine\x01\0\0\0\x09",
    ]);
    expect(server.lines.join("\n")).toMatch(/request 7 .* failed: boom[\s\S]*request 8 .* failed: Invalid size/);
  });

  it("a request whose task is killed is answered as failed; the session can be used again", async () => {
    let slow: ReturnType<typeof skynet.running> | undefined;
    const { server, gate, play } = await gateNode({
      *request_handler(_name, message) {
        if (text(message) === "kill") return skynet.killthread(slow!) === slow ? "killed" : "missed";
        if (text(message) === "hang") {
          slow = skynet.running();
          yield* skynet.wait({});
        }
        return message;
      },
    });
    const killed = play("shouter", [handshake(NAME, 1), request("hang", 7), request("kill", 8), request("again", 7)]);
    await vi.waitUntil(() => slow !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await server.node.call(gate, "lua", "logout", "u", 1);
    expect(await killed).toEqual(["200 OK", "\0\0\0\0\x07", "killed\x01\0\0\0\x08", "again\x01\0\0\0\x07"]);
  });

  it("a request without a session ends the connection, with a reason in the log", async () => {
    const { server, play } = await gateNode();
    expect(await play("shouter", [handshake(NAME, 1), netpack.pack("abc")])).toEqual(["200 OK"]);
    expect(server.lines.join("\n")).toContain("Invalid package a request ends with a session of 4 bytes; it has 3");
  });

  it("a session that is under way may be asked for again; a third time is a conflict", async () => {
    const { server, play } = await gateNode();
    expect(await play("shouter", [handshake(NAME, 1), request("slow", 1), request("slow", 1), request("slow", 1)])).toEqual(["200 OK"]);
    expect(server.lines.join("\n")).toContain("Conflict session 1");
  });

  it("msgserver.logout closes all connections of a user; msgserver.ip knows the present one", async () => {
    const { server, gate, play } = await gateNode();
    expect(await server.node.call(gate, "lua", "kick", "u", 1)).toBeUndefined();
    const one = play("shouter", [handshake(NAME, 1)]);
    await vi.waitUntil(async () => (await server.node.call(gate, "lua", "kick", "u", 1)) !== undefined);
    const two = play("shouter", [handshake(NAME, 2)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await server.node.call(gate, "lua", "kick", "u", 1)).toMatch(/^127\.0\.0\.1:\d+$/);
    await server.node.call(gate, "lua", "logout", "u", 1);
    expect(await Promise.all([one, two])).toEqual([["200 OK"], ["200 OK"]]);
    expect(await play("shouter", [handshake(NAME, 3)])).toEqual(["404 User Not Found"]);
  });

  it("a stranger who says nothing is closed after handshakeTimeout", async () => {
    const { server, play } = await gateNode({ handshakeTimeout: 20 });
    expect(await play("shouter", [new Uint8Array([0, 50, 1])])).toEqual([]);
    expect(server.lines.join("\n")).toContain("has not said who it is for 0.2 s");
  });

  it("more than maxRequests at a time end the connection", async () => {
    const { server, play } = await gateNode({ maxRequests: 3 });
    const many = Array.from({ length: 5 }, (_x, i) => request("slow", i));
    expect(await play("shouter", [handshake(NAME, 1), ...many])).toEqual(["200 OK"]);
    expect(server.lines.join("\n")).toContain("3 requests of this user are under way already");
  });
});

describe("msgserver.userid / username / login / logout / ip", () => {
  it("a name holds uid, server and sub id", () => {
    expect(msgserver.username("hello", 1, "sample")).toBe("aGVsbG8=@c2FtcGxl#MQ==");
    expect(msgserver.userid("aGVsbG8=@c2FtcGxl#MQ==")).toEqual(["hello", "1", "sample"]);
    expect(() => msgserver.userid("hello")).toThrow('"hello" is not base64(uid)@base64(server)#base64(subid)');
  });

  it("login on an online name throws", async () => {
    const { server, gate } = await gateNode();
    await expect(server.node.call(gate, "lua", "login", "u", skynet.tobytes(SECRET))).rejects.toThrow("call failed");
    expect(server.lines.join("\n")).toContain(`${NAME} is online already`);
    await expect(server.node.call(gate, "lua", "login", "v", skynet.tobytes("short"))).rejects.toThrow("call failed");
    expect(server.lines.join("\n")).toContain("has 5 bytes, 8 are needed");
  });
});
