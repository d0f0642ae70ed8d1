/**
 * `snax.msgserver`: a gate for users who come from a login server. A client that loses its line comes back with a higher index and asks
 * again; answers it may have missed are kept for it.
 *
 * Source: lualib/snax/msgserver.lua; api.md §14, wire.md §10.
 *
 * @module
 */
import { packFrame } from "../codec/netpack/index.ts";
import { runToEnd } from "../core/api/services.ts";
import { ExitSignal } from "../core/failures.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { crypt } from "./crypt.ts";
import type { Bytes } from "./crypt.ts";
import { gateserver } from "./gateserver.ts";
import type { GateConf } from "./gateserver.ts";
import { AnswerCache } from "./msgserver-cache.ts";
import { sameBytes } from "./same-bytes.ts";
import { socketdriver } from "./socketdriver.ts";

/** What `open` takes, beside what a gate takes. */
export interface MsgGateConf extends GateConf {
  /** The name under which `register_handler` tells this server to others. */
  readonly servername: string;
}

/** What a message server is made of. Handlers may be plain functions or generators. */
export interface MsgConf {
  /** "lua" message `login`: a user is to come; give his sub id. Calls {@link msgserver.login}. */
  login_handler(uid: string, secret: Uint8Array): unknown;
  /** "lua" message `logout`. Calls {@link msgserver.logout}. */
  logout_handler(uid: string, subid: string | number): unknown;
  /** "lua" message `kick`: somebody else wants this user's place. */
  kick_handler(uid: string, subid: string | number): unknown;
  /** A request of a client; what it returns, bytes or text, is the answer. What it throws is answered as an error. */
  request_handler(username: string, message: Uint8Array): unknown;
  /** After the gate has opened, with what it is bound to; what it returns is the reply to `open`. */
  register_handler?(servername: string, address: string, port: number): unknown;
  /** A user's connection is gone; he may come back. */
  disconnect_handler?(username: string): unknown;
  /** Requests of a user after which an answer need not be kept. Default 128; twice as many are kept at most. */
  readonly expired_number?: number;
  /** Centiseconds a new connection may take to say who it is. Default 1000. */
  readonly handshakeTimeout?: number;
  /** Requests of one user that may be under way; one more closes its connection. Default 1024. */
  readonly maxRequests?: number;
  /** KiB of answers that may wait for a client that does not read; more closes its connection. Default 16384. */
  readonly maxOutputKiB?: number;
}

interface User {
  readonly name: string;
  readonly secret: Uint8Array;
  /** The index of the last handshake. */
  version: number;
  fd: number | undefined;
  ip: string;
  readonly answers: AnswerCache;
}

interface Server {
  readonly users: Map<string, User>;
  readonly connections: Map<number, User>;
  expired: number;
}

const server = perService<Server>(() => ({ users: new Map(), connections: new Map(), expired: 128 }));

/** Lua's spelling of numbers, as far as a client can mean an index by it. */
const INDEX = /^\s*-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)\s*$/;
const NAME = /^([^@]*)@([^#]*)#([\s\S]*)$/;
const HANDSHAKE = /([^:]*):([^:]*):([^:]*)/;

/**
 * What a user name is made of.
 *
 * @throws SkynetError `ARGUMENT` when it is not `base64(uid)@base64(server)#base64(subid)`.
 */
function userid(username: string): readonly [uid: string, subid: string, server: string] {
  const [, uid, name, subid] = NAME.exec(username) ?? [];
  if (uid === undefined)
    throw new SkynetError("ARGUMENT", `msgserver.userid: ${JSON.stringify(username)} is not base64(uid)@base64(server)#base64(subid)`);
  const text = (s: string): string => skynet.totext(crypt.base64decode(s));
  return [text(uid), text(subid!), text(name!)];
}

/** The name of a user on a server. */
function username(uid: Bytes, subid: Bytes | number, servername: Bytes): string {
  return `${crypt.base64encode(uid)}@${crypt.base64encode(servername)}#${crypt.base64encode(skynet.tobytes(subid))}`;
}

/**
 * Lets a user in: from now on he can shake hands.
 *
 * @param secret - 8 bytes, what the login server and the client have in common.
 * @throws SkynetError `ARGUMENT` when he is in already, or the secret is not 8 bytes.
 */
function login(name: string, secret: Bytes): void {
  const { users, expired } = server();
  if (users.has(name)) throw new SkynetError("ARGUMENT", `msgserver.login: ${name} is online already; log him out first`);
  const bytes = skynet.tobytes(secret);
  if (bytes.length !== 8)
    throw new SkynetError("ARGUMENT", `msgserver.login: the secret of ${name} has ${bytes.length} bytes, 8 are needed`);
  users.set(name, { name, secret: bytes, version: 0, fd: undefined, ip: "", answers: new AnswerCache(expired) });
}

/** Forgets a user and closes his connections. An unknown one is ignored. */
function logout(name: string): void {
  const { users, connections } = server();
  const user = users.get(name);
  if (user === undefined) return;
  users.delete(name);
  for (const [fd, owner] of connections)
    if (owner === user) {
      connections.delete(fd);
      gateserver.closeclient(fd);
    }
}

/** Where a user's connection comes from; `undefined` when he has none. */
function ip(name: string): string | undefined {
  const user = server().users.get(name);
  return user?.fd === undefined ? undefined : user.ip;
}

/** The answer to a handshake; only `200 OK` leaves the connection open. */
function shakeHands(fd: number, frame: Uint8Array, address: string): string {
  const { users, connections } = server();
  const [, name, index, mac] = HANDSHAKE.exec(new TextDecoder().decode(frame)) ?? [];
  const user = name === undefined ? undefined : users.get(name);
  if (user === undefined) return "404 User Not Found";
  const version = INDEX.test(index!) ? Number(index) : NaN;
  if (!Number.isFinite(version)) throw new SkynetError("ARGUMENT", `the index ${JSON.stringify(index)} of ${user.name} is no number`);
  const proof = crypt.base64decode(mac!);
  if (version <= user.version) return "403 Index Expired";
  if (!sameBytes(proof, crypt.hmac_hash(user.secret, `${user.name}:${index}`))) return "401 Unauthorized";
  user.version = version;
  user.fd = fd;
  user.ip = address;
  connections.set(fd, user);
  return "200 OK";
}

/** Content and the five bytes that end every answer. */
function answerFrame(content: Uint8Array, ok: boolean, session: number): Uint8Array {
  const bytes = new Uint8Array(content.length + 5);
  bytes.set(content);
  bytes[content.length] = ok ? 1 : 0;
  new DataView(bytes.buffer).setUint32(content.length + 1, session);
  return packFrame(bytes);
}

const EMPTY = new Uint8Array(0);

/**
 * Turns the running service into a message server; call it in the file body. It has the "lua" messages of a gate, `open` with a
 * {@link MsgGateConf}, and `login`, `logout` and `kick`.
 *
 * @throws SkynetError `ARGUMENT` when a handler is missing.
 *
 * @example
 * ```ts
 * import { msgserver } from "@skyloom/runtime/msgserver";
 *
 * let last = 0;
 * msgserver.start({
 *   login_handler(uid, secret) {
 *     msgserver.login(msgserver.username(uid, ++last, "sample"), secret);
 *     return last;
 *   },
 *   logout_handler: (uid, subid) => msgserver.logout(msgserver.username(uid, subid, "sample")),
 *   kick_handler: (uid, subid) => msgserver.logout(msgserver.username(uid, subid, "sample")),
 *   request_handler: (username, message) => message, // an echo
 * });
 * ```
 */
function start(conf: MsgConf): void {
  for (const name of ["login_handler", "logout_handler", "kick_handler", "request_handler"] as const)
    if (typeof conf[name] !== "function") throw new SkynetError("ARGUMENT", `msgserver.start needs a function "${name}"`);
  const state = server();
  state.expired = conf.expired_number ?? 128;
  const { connections } = state;
  const patience = conf.handshakeTimeout ?? 1000;
  const mostRequests = conf.maxRequests ?? 1024;
  const mostOutput = conf.maxOutputKiB ?? 16384;
  /** Connections that have not said who they are, and where from they come. */
  const strangers = new Map<number, string>();
  const commands: Readonly<Record<string, (...args: never[]) => unknown>> = {
    login: conf.login_handler.bind(conf),
    logout: conf.logout_handler.bind(conf),
    kick: conf.kick_handler.bind(conf),
  };

  function disconnect(fd: number): unknown {
    strangers.delete(fd);
    const user = connections.get(fd);
    if (user === undefined) {
      gateserver.closeclient(fd);
      return undefined;
    }
    return lost(fd, user);
  }

  function* lost(fd: number, user: User): Operation<void> {
    connections.delete(fd);
    gateserver.closeclient(fd);
    // He may be back already, on another connection.
    if (user.fd !== fd) return;
    user.fd = undefined;
    if (state.users.get(user.name) === user) yield* runToEnd(conf.disconnect_handler?.(user.name));
  }

  function handshake(fd: number, frame: Uint8Array, address: string): void {
    let answer: string;
    try {
      answer = shakeHands(fd, frame, address);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      skynet.error(`handshake of ${address} (fd = ${fd}) failed: ${error.message}`);
      answer = "400 Bad Request";
    }
    strangers.delete(fd);
    socketdriver.send(fd, packFrame(answer));
    if (answer !== "200 OK") gateserver.closeclient(fd);
  }

  /** What the handler makes of a request, as the frame that answers it. */
  function* answer(user: User, session: number, content: Uint8Array): Operation<Uint8Array> {
    try {
      const result = yield* runToEnd(conf.request_handler(user.name, content));
      return answerFrame(result === undefined ? EMPTY : skynet.tobytes(result), true, session);
    } catch (error) {
      if (error instanceof ExitSignal) throw error;
      skynet.error(`request ${session} of ${user.name} failed: ${error instanceof Error ? error.message : String(error)}`);
      return answerFrame(EMPTY, false, session);
    }
  }

  function* request(fd: number, frame: Uint8Array): Operation<void> {
    const user = connections.get(fd);
    if (user === undefined) throw new SkynetError("ARGUMENT", "invalid fd");
    const at = frame.length - 4;
    if (at < 0) throw new SkynetError("ARGUMENT", `a request ends with a session of 4 bytes; it has ${frame.length}`);
    const session = new DataView(frame.buffer, frame.byteOffset, frame.length).getUint32(at);
    const { answers } = user;
    const known = answers.find(session, fd, user.version);
    if (known !== undefined) {
      // One that is under way is answered here when it is done.
      if (known.frame === undefined) return;
      socketdriver.send(fd, known.frame);
      answers.counted();
      return;
    }
    if (answers.open >= mostRequests) throw new SkynetError("ARGUMENT", `${answers.open} requests of this user are under way already`);
    const entry = answers.begin(session, fd);
    let done: Uint8Array | undefined;
    try {
      // The frame may be a view of a large chunk, and the handler may keep it.
      done = yield* answer(user, session, frame.slice(0, at));
    } finally {
      // A task that was ended from outside has failed: the client does not wait for ever.
      done ??= answerFrame(EMPTY, false, session);
      // While the handler worked the client may have come back on another connection, and asked again from there.
      const to = answers.finish(entry, done, user.version);
      if (connections.get(to) === user) socketdriver.send(to, done);
      answers.counted();
    }
  }

  function* requested(fd: number, frame: Uint8Array): Operation<void> {
    try {
      yield* request(fd, frame);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      skynet.error(`Invalid package ${error.message} : ${crypt.hexencode(frame.subarray(0, 64))}`);
      const user = connections.get(fd);
      if (user !== undefined) yield* lost(fd, user);
    }
  }

  gateserver.start({
    command(cmd, _source, ...args) {
      const command = Object.hasOwn(commands, cmd) ? commands[cmd] : undefined;
      if (command === undefined)
        throw new SkynetError("ARGUMENT", `msgserver has no command "${cmd}"; it has open, close, login, logout, kick`);
      return command(...args);
    },
    open(_source, gate) {
      const { servername } = gate as Partial<MsgGateConf>;
      if (typeof servername !== "string" || servername === "")
        throw new SkynetError("ARGUMENT", "msgserver open: servername is missing: the name under which users come here");
      return conf.register_handler === undefined ? [gate.address, gate.port] : conf.register_handler(servername, gate.address, gate.port);
    },
    connect(fd, address) {
      strangers.set(fd, address);
      gateserver.openclient(fd);
      skynet.timeout(patience, () => {
        if (strangers.get(fd) !== address) return;
        strangers.delete(fd);
        skynet.error(`${address} (fd = ${fd}) has not said who it is for ${patience / 100} s`);
        gateserver.closeclient(fd);
      });
    },
    message(fd, frame) {
      const address = strangers.get(fd);
      return address === undefined ? requested(fd, frame) : handshake(fd, frame, address);
    },
    disconnect,
    error: disconnect,
    warning(fd, kib) {
      if (kib < mostOutput) return undefined;
      skynet.error(`fd = ${fd} does not read: ${kib} KiB wait for it`);
      socketdriver.shutdown(fd);
      return undefined;
    },
  });
}

/** The message server. */
export const msgserver: {
  readonly start: typeof start;
  readonly userid: typeof userid;
  readonly username: typeof username;
  readonly login: typeof login;
  readonly logout: typeof logout;
  readonly ip: typeof ip;
} = { start, userid, username, login, logout, ip };
