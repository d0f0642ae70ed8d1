/**
 * `snax.loginserver`: turns a service into a login server. Clients prove that they know a secret made with Diffie-Hellman, hand over a
 * token under it, and get a sub id for a game server.
 *
 * One service listens and knows who is logging in; a number of others, started from the same code, speak with the clients. What a token
 * means and where users play is the caller's. Source: lualib/snax/loginserver.lua; api.md §14, wire.md §9.
 *
 * @module
 */
import { runToEnd } from "../core/api/services.ts";
import { ExitSignal } from "../core/failures.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import { crypt } from "./crypt.ts";
import type { Bytes } from "./crypt.ts";
import { sameBytes } from "./same-bytes.ts";
import { socket } from "./socket.ts";

/** What a login server is made of. Handlers may be plain functions or generators; their arguments come from outside. */
export interface LoginConf {
  /** Default `0.0.0.0`. */
  readonly host?: string;
  /** 0: any free port; the log says which. */
  readonly port: number;
  /** The listening service is registered under this name, with a dot before it. Default `login`. */
  readonly name?: string;
  /** May a user log in while a login of the same user is under way? Default no: `406 Not Acceptable`. */
  readonly multilogin?: boolean;
  /** Services that speak with clients. Default 8. */
  readonly instance?: number;
  /** Says who a token belongs to and where he wants to play; throws when it does not like it. Runs in the services that speak. */
  auth_handler(token: Uint8Array): unknown;
  /** Brings the user to his server and gives his sub id; throws when that cannot be. Runs in the listening service. */
  login_handler(server: string, uid: string, secret: Uint8Array): unknown;
  /** Any "lua" message to the listening service; what it returns is the reply. */
  command_handler(cmd: string, ...args: never[]): unknown;
  /** Centiseconds a client may take to prove itself; then its connection is closed. Default 3000. */
  readonly loginTimeout?: number;
  /** Connections that may be logging in at a time; more are closed at once. Default 1024. */
  readonly maxLogins?: number;
}

/** Most bytes of a client that may wait without a line feed. */
const LINE_LIMIT = 8192;
/** Centiseconds. */
const LOGIN_TIMEOUT = 3000;
const MAX_LOGINS = 1024;
const SLAVES = 8;

/** The connection is gone: nothing is answered. */
const GONE = "socket error";

class ConnectionGone extends Error {}

function must(ok: boolean, what: string, fd: number): void {
  if (ok) return;
  skynet.error(`${what} failed: socket (fd = ${fd}) closed`);
  throw new ConnectionGone(GONE);
}

function* line(fd: number): Operation<Uint8Array> {
  const [data] = yield* socket.readline(fd);
  must(data !== false, "auth", fd);
  return data as Uint8Array;
}

/** The conversation with one client: gives server, user and the secret, or throws. */
function* converse(conf: LoginConf, fd: number): Operation<readonly [server: string, uid: string, secret: Uint8Array]> {
  socket.limit(fd, LINE_LIMIT);
  const challenge = crypt.randomkey();
  must(socket.write(fd, `${crypt.base64encode(challenge)}\n`), "auth", fd);
  const theirs = crypt.base64decode(yield* line(fd));
  if (theirs.length !== 8) throw new SkynetError("ARGUMENT", `Invalid client key: it has ${theirs.length} bytes, 8 are needed`);
  const mine = crypt.randomkey();
  const secret = crypt.dhsecret(theirs, mine);
  must(socket.write(fd, `${crypt.base64encode(crypt.dhexchange(mine))}\n`), "auth", fd);
  const proof = crypt.base64decode(yield* line(fd));
  if (!sameBytes(proof, crypt.hmac64(challenge, secret)))
    throw new SkynetError("ARGUMENT", "challenge failed: the client has another secret");
  const token = crypt.desdecode(secret, crypt.base64decode(yield* line(fd)));
  const who = yield* runToEnd(conf.auth_handler(token));
  if (!Array.isArray(who) || who.length < 2)
    throw new SkynetError("ARGUMENT", "auth_handler must return [server, uid], or throw when the token is no good");
  return [skynet.totext(who[0]), skynet.totext(who[1]), secret];
}

/** Speaks with clients, one message each; answers with `server, uid, secret`, with `false, why`, or with nothing and why. */
function slave(conf: LoginConf): void {
  const patience = conf.loginTimeout ?? LOGIN_TIMEOUT;

  function* serve(fd: number, address: string): Operation<void> {
    skynet.error(`connect from ${address} (fd = ${fd})`);
    // Late also while the handler thinks: then there is nobody to answer.
    const timer = skynet.timeout(patience, () => {
      skynet.error(`login of ${address} (fd = ${fd}) takes longer than ${patience / 100} s`);
      socket.shutdown(fd);
    });
    try {
      const [id, reason] = yield* socket.start(fd);
      if (id === undefined) throw new ConnectionGone(reason);
      skynet.retpack(...(yield* converse(conf, fd)));
    } catch (error) {
      if (error instanceof ExitSignal) throw error;
      const text = error instanceof Error ? error.message : String(error);
      if (error instanceof ConnectionGone) skynet.retpack(undefined, text);
      else skynet.retpack(false, text);
    } finally {
      skynet.killthread(timer);
      socket.abandon(fd);
    }
  }

  skynet.dispatch("lua", (_session, _source, fd: number, address: string) => serve(fd, address));
}

function* master(conf: LoginConf): Operation<void> {
  const host = conf.host ?? "0.0.0.0";
  const instances = conf.instance ?? SLAVES;
  const most = conf.maxLogins ?? MAX_LOGINS;
  const loggingIn = new Set<string>();
  const slaves: number[] = [];
  let next = 0;
  let open = 0;

  skynet.dispatch("lua", function* (_session, _source, cmd: string, ...args: unknown[]) {
    const result = yield* runToEnd(conf.command_handler(cmd, ...(args as never[])));
    skynet.retpack(...(Array.isArray(result) ? (result as unknown[]) : [result]));
  });

  const { args } = currentContext("loginserver").service;
  for (let i = 0; i < instances; i++) {
    const handle = yield* skynet.newservice(args.split(" ", 1)[0]! as never);
    if (typeof handle !== "number") throw new SkynetError("EXITED_IN_START", "a service of the login server has ended itself in its start");
    slaves.push(handle);
  }

  function* login(fd: number, address: string): Operation<void> {
    const to = slaves[next]!;
    next = (next + 1) % slaves.length;
    const [server, uid, secret] = yield* skynet.callall<[string | false | undefined, string, Uint8Array]>(to, "lua", fd, address);
    const answer = (text: string): void => must(socket.write(fd, `${text}\n`), `response ${text.slice(0, 3)}`, fd);
    if (server === undefined) throw new ConnectionGone(uid);
    if (server === false) {
      answer("401 Unauthorized");
      throw new SkynetError("ARGUMENT", uid);
    }
    if (conf.multilogin !== true) {
      if (loggingIn.has(uid)) {
        answer("406 Not Acceptable");
        throw new SkynetError("ARGUMENT", `User ${uid} is already login`);
      }
      loggingIn.add(uid);
    }
    let subid: unknown;
    try {
      subid = yield* runToEnd(conf.login_handler(server, uid, secret));
    } catch (error) {
      if (!(error instanceof ExitSignal)) answer("403 Forbidden");
      throw error;
    } finally {
      loggingIn.delete(uid);
    }
    answer(`200 ${crypt.base64encode((subid ?? "") as Bytes)}`);
  }

  function* accept(fd: number, address: string): Operation<void> {
    if (open >= most) {
      skynet.error(`${open} clients are logging in: ${address} (fd = ${fd}) is turned away`);
      socket.close_fd(fd);
      return;
    }
    open++;
    try {
      yield* login(fd, address);
    } catch (error) {
      if (error instanceof ExitSignal) throw error;
      if (!(error instanceof ConnectionGone))
        skynet.error(`invalid client (fd = ${fd}) error = ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      open--;
      socket.close_fd(fd);
    }
  }

  const [id, address, port] = yield* socket.listen(host, conf.port);
  skynet.error(`login server listen at : ${address} ${port}`);
  yield* socket.start(id, accept);
}

/**
 * Turns the running service into a login server; call it in the file body. The first service of a node that does so with a name listens and
 * starts the others from the same code.
 *
 * @throws SkynetError `ARGUMENT` when a handler is missing, or `port` or `instance` is no good.
 *
 * @example
 * ```ts
 * import { loginserver } from "@skyloom/runtime/loginserver";
 *
 * export default function logind(): void {
 *   const gates = new Map<string, number>();
 *   loginserver({
 *     port: 8001,
 *     auth_handler: (token) => ["sample", skynet.totext(token)],
 *     login_handler: (server, uid, secret) => skynet.call(gates.get(server)!, "lua", "login", uid, secret),
 *     command_handler: (_cmd, server: string, gate: number) => void gates.set(server, gate),
 *   });
 * }
 * ```
 */
export function loginserver(conf: LoginConf): void {
  for (const handler of ["auth_handler", "login_handler", "command_handler"] as const)
    if (typeof conf[handler] !== "function") throw new SkynetError("ARGUMENT", `loginserver needs a function "${handler}"`);
  if (!Number.isInteger(conf.port) || conf.port < 0 || conf.port > 65535)
    throw new SkynetError("ARGUMENT", `loginserver: port must be a whole number from 0 to 65535, not ${String(conf.port)}`);
  if (conf.instance !== undefined && !(Number.isInteger(conf.instance) && conf.instance > 0))
    throw new SkynetError("ARGUMENT", `loginserver: instance must be a whole number above 0, not ${String(conf.instance)}`);
  const name = `.${conf.name ?? "login"}`;
  skynet.start(() => {
    if (skynet.localname(name) !== undefined) return slave(conf);
    skynet.register(name);
    return master(conf);
  });
}
