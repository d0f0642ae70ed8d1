/**
 * Asks one name server, over UDP and, where an answer was cut off, over TCP. One question at a time for each name, however many tasks want
 * to know it; answers are kept as long as they say.
 *
 * One client belongs to one service, as a Lua module's locals do. Knows nothing of hosts files and of what a name may look like.
 * Source: lualib/skynet/dns.lua; api.md §10, wire.md §13.
 *
 * @module
 */
import { error as log, now } from "../../core/api/info.ts";
import { fork, sleep, timeout, wait, wakeup } from "../../core/api/tasks.ts";
import { caughtError } from "../../core/failures.ts";
import type { Op } from "../../core/op.ts";
import type { Operation } from "../../core/operation.ts";
import { currentContext } from "../../core/task.ts";
import { SkynetError } from "../../errors/error.ts";
import { addressBytes } from "../../kernel/socket/index.ts";
import { socket } from "../socket.ts";
import { queryPacket, readReply } from "./packet.ts";
import type { AddressType, Reply } from "./packet.ts";

/** Centiseconds until nobody answers. */
const LIMIT = 3000;
/** Centiseconds after which a question is asked again: datagrams get lost. */
const AGAIN = 500;
/** Centiseconds without a question after which the socket is closed. */
const RETIRE = 6000;
/** Answers kept; the oldest is forgotten first. */
const KEPT = 4096;
/** Bytes of the longest answer over TCP. */
const MOST_TCP = 0xffff;

/** Where questions go. */
export interface NameServer {
  readonly address: string;
  readonly port: number;
}

interface Known {
  readonly addresses: readonly string[];
  /** Centiseconds of the node's clock. */
  readonly until: number;
}

interface Question {
  readonly id: number;
  readonly name: string;
  readonly type: AddressType;
  readonly packet: Uint8Array;
  /** Tokens of the tasks that wait. */
  readonly waiting: Set<object>;
  addresses: readonly string[] | undefined;
  /** Why there are none. */
  why: string;
  isOver: boolean;
  isOverTcp: boolean;
  /** An answer that was cut off. */
  cut: Reply | undefined;
  /** Its connection over TCP, which ends with it. */
  tcp: number | undefined;
}

/** See the file's comment. */
export class DnsClient {
  readonly #findServer: () => string | undefined;
  #server: NameServer | undefined = undefined;
  #fd: number | undefined = undefined;
  #usedAt = 0;
  readonly #questions = new Map<number, Question>();
  readonly #asked = new Map<string, Question>();
  readonly #known = new Map<string, Known>();

  /** @param findServer - The server to ask when none was chosen. */
  constructor(findServer: () => string | undefined) {
    this.#findServer = findServer;
  }

  /** Chooses the server; questions that are open are asked there from now on. */
  use(server: NameServer | undefined): void {
    if (server?.address === this.#server?.address && server?.port === this.#server?.port) return;
    this.#server = server;
    this.#hangUp();
  }

  flush(): void {
    this.#known.clear();
  }

  /**
   * The addresses of a name.
   *
   * @param limit - Centiseconds to wait at most.
   * @returns `undefined` when that time is over.
   * @throws SkynetError `DNS`, `timeout or no answer`; what opening the socket throws.
   * @remarks Suspends unless the answer is known.
   */
  *resolve(name: string, type: AddressType, limit?: number): Operation<readonly string[] | undefined> {
    const key = `${type} ${name}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.until > now()) return known.addresses;
    const question = this.#asked.get(key) ?? this.#ask(key, name, type);
    const token = {};
    question.waiting.add(token);
    const op = limit === undefined ? wait(token) : sleep(limit, token);
    (op as unknown as Op).reason = `dns ${name}`;
    try {
      yield* op;
    } finally {
      question.waiting.delete(token);
    }
    if (!question.isOver) return undefined;
    const addresses = question.addresses ?? this.#known.get(key)?.addresses;
    if (addresses === undefined) throw new SkynetError("DNS", `timeout or no answer: ${name} (${type}): ${question.why}`);
    return addresses;
  }

  #ask(key: string, name: string, type: AddressType): Question {
    const id = this.#freeId();
    const packet = queryPacket(id, name, type);
    const question: Question = {
      id,
      name,
      type,
      packet,
      waiting: new Set(),
      addresses: undefined,
      why: "nobody answered",
      isOver: false,
      isOverTcp: false,
      cut: undefined,
      tcp: undefined,
    };
    this.#send(question);
    this.#questions.set(id, question);
    this.#asked.set(key, question);
    fork(() => this.#insist(key, question));
    return question;
  }

  /** Asks again until there is an answer or the time is over. */
  *#insist(key: string, question: Question): Operation<void> {
    try {
      for (let waited = 0; !question.isOver && waited < LIMIT; waited += AGAIN) {
        const op = sleep(AGAIN, question);
        (op as unknown as Op).reason = `dns ${question.name}`;
        yield* op;
        if (!question.isOver && !question.isOverTcp && waited + AGAIN < LIMIT) this.#send(question);
      }
      if (question.isOver) return;
      log(`DNS query ${question.name} timeout`);
      if (question.cut !== undefined) this.#finish(question, question.cut);
    } finally {
      question.isOver = true;
      this.#questions.delete(question.id);
      this.#asked.delete(key);
      for (const token of question.waiting) wakeup(token);
      if (question.tcp !== undefined) socket.shutdown(question.tcp);
    }
  }

  /** Ids are random: who cannot see the questions cannot answer them. */
  #freeId(): number {
    const { ports } = currentContext("dns.resolve").kernel;
    const bytes = new Uint8Array(2);
    for (let tries = 0; tries < 1000; tries++) {
      ports.random(bytes);
      const id = bytes[0]! * 256 + bytes[1]!;
      if (!this.#questions.has(id)) return id;
    }
    throw new SkynetError("DNS", `${this.#questions.size} questions are open, which is all there can be`);
  }

  #send(question: Question): void {
    this.#usedAt = now();
    socket.write(this.#connected(), question.packet);
  }

  #connected(): number {
    if (this.#fd !== undefined && !socket.invalid(this.#fd)) return this.#fd;
    const server = this.#chosen();
    const fd = socket.udp(() => undefined, server.address.includes(":") ? "::" : undefined);
    try {
      socket.udp_connect(fd, server.address, server.port, (data, from) => {
        if (isFrom(server, from)) this.#received(data, server);
      });
    } catch (failure) {
      fork(() => socket.close(fd));
      throw failure;
    }
    this.#fd = fd;
    log(`Udp server open ${server.address}:${server.port} (${fd})`);
    timeout(2 * RETIRE, () => this.#retire(fd));
    return fd;
  }

  #chosen(): NameServer {
    const address = this.#server?.address ?? this.#findServer();
    if (address === undefined)
      throw new SkynetError("DNS", "Call dns.server first: no server was chosen, and none stands in the resolver's configuration");
    return (this.#server ??= { address, port: 53 });
  }

  #retire(fd: number): void {
    if (this.#fd !== fd) return;
    if (now() > this.#usedAt + RETIRE) this.#hangUp();
    else timeout(2 * RETIRE, () => this.#retire(fd));
  }

  #hangUp(): void {
    const fd = this.#fd;
    if (fd === undefined) return;
    this.#fd = undefined;
    fork(() => socket.close(fd));
    log(`Udp server close (${fd})`);
  }

  #received(data: Uint8Array, server: NameServer): void {
    const reply = readReply(data);
    if (typeof reply === "string") return log(`Recv an invalid package when dns query: ${reply}`);
    const question = this.#questions.get(reply.id);
    // It may have come too late.
    if (question === undefined || question.isOver) return;
    if (!isTo(reply, question)) return log(`Recv an invalid name when dns query: ${reply.name} instead of ${question.name}`);
    if (!reply.truncated) return this.#finish(question, reply);
    if (question.isOverTcp) return;
    question.isOverTcp = true;
    question.cut = reply;
    fork(() => this.#askOverTcp(question, reply, server));
  }

  /** What was cut off is better than nothing where the server does not speak TCP. */
  *#askOverTcp(question: Question, cut: Reply, { address, port }: NameServer): Operation<void> {
    let reply: Reply | string = "the server cut its answer off";
    try {
      const [fd, refused] = yield* socket.open(address, port);
      if (fd === undefined) reply = `the server cut its answer off, and over TCP: ${refused}`;
      else {
        try {
          question.tcp = fd;
          const length = new Uint8Array([question.packet.length >> 8, question.packet.length & 255]);
          if (!question.isOver) socket.write(fd, [length, question.packet]);
          const [head] = question.isOver ? [false as const] : yield* socket.read(fd, 2);
          const [body] = head === false ? [false as const] : yield* socket.read(fd, Math.min(MOST_TCP, socket.header(head)));
          if (body !== false) reply = readReply(body);
        } finally {
          question.tcp = undefined;
          yield* socket.close(fd);
        }
      }
    } catch (failure) {
      // A host without TCP, for one.
      reply = `the server cut its answer off, and over TCP: ${caughtError(failure).message}`;
    }
    if (question.isOver) return;
    if (typeof reply !== "string" && reply.id === question.id && isTo(reply, question)) return this.#finish(question, reply);
    if (typeof reply === "string") question.why = reply;
    this.#finish(question, cut);
  }

  #finish(question: Question, reply: Reply): void {
    question.isOver = true;
    if (reply.addresses.length === 0) question.why = reply.code === "NOERROR" ? "it has no such address" : reply.code;
    else {
      question.addresses = reply.addresses;
      const key = `${question.type} ${question.name}`;
      // Anew at the end, for the order is that of age.
      this.#known.delete(key);
      if (this.#known.size >= KEPT) this.#known.delete(this.#known.keys().next().value!);
      this.#known.set(key, { addresses: reply.addresses, until: now() + reply.ttl * 100 });
    }
    wakeup(question);
  }
}

const isTo = (reply: Reply, { name, type }: Question): boolean => reply.name === name && reply.type === type;

/** Whether a datagram is of the server that was asked. A server given by name cannot be told from others. */
function isFrom({ address, port }: NameServer, from: Uint8Array): boolean {
  const wanted = addressBytes(address);
  if (wanted === undefined) return true;
  const [ip, of] = socket.udp_address(from);
  return of === port && addressBytes(ip)?.join() === wanted.join();
}
