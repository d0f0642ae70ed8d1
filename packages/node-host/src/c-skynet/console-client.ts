/**
 * The conversation with a debug console over one TCP connection: one command at a time, each with a time limit.
 *
 * Knows nothing of what commands mean. An answer is the text up to the line that ends it. After a command that was not answered in time the
 * connection is given up, so that a late answer can never be taken for the next one; after a console that is gone, attempts grow rarer.
 *
 * @module
 */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { SkynetError } from "@skyloom/runtime";
import type { Clock, ClockTimer } from "@skyloom/runtime/ports";
import { failureOf } from "../ports/failures.ts";
import { consoleLimits } from "./console-limits.ts";
import type { ConsoleLimits } from "./console-limits.ts";
import { AnswerReader } from "./answer-reader.ts";
import type { WholeAnswer } from "./answer-reader.ts";

/** So long nothing comes before the console is nudged. */
const NUDGE_MS = 2;
const BANNER = "Welcome to skynet console";

export type { ConsoleLimits };

/** What a console answered. */
export interface ConsoleAnswer extends WholeAnswer {
  readonly tookMs: number;
}

/** Why there was no answer. */
export class ConsoleError extends SkynetError {
  override readonly name = "ConsoleError";
  /** `gone`: nobody greets there. `silent`: no answer in time. `closed`: the connection ended before the answer did. `refused`: not sent. */
  readonly why: "gone" | "silent" | "closed" | "refused";
  constructor(why: ConsoleError["why"], message: string) {
    super(why === "refused" ? "ARGUMENT" : "SOCKET", message);
    this.why = why;
  }
}

interface Asked {
  readonly line: string;
  readonly limitMs: number;
  readonly resolve: (answer: ConsoleAnswer) => void;
  readonly reject: (error: ConsoleError) => void;
}

/** A console's address, as `host:port`. */
export interface ConsoleAddress {
  readonly host: string;
  readonly port: number;
}

/** One conversation. Connects when there is something to ask. */
export class ConsoleClient {
  /** `host:port`, for people. */
  readonly where: string;
  readonly #address: ConsoleAddress;
  readonly #clock: Clock;
  readonly #limits: ConsoleLimits;
  readonly #random: () => number;
  readonly #queue: Asked[] = [];
  #socket: Socket | undefined;
  #greeted = false;
  #current: Asked | undefined;
  #sentMs = 0;
  readonly #answer = new AnswerReader();
  /** What came before the greeting was whole. */
  #greeting = "";
  #timer: ClockTimer | undefined;
  #nudging: ClockTimer | undefined;
  #heardMs = 0;
  #failures = 0;
  #retryMs = -Infinity;
  #gone: ConsoleError | undefined;
  #closed = false;

  constructor(address: ConsoleAddress, clock: Clock, limits: Partial<ConsoleLimits> = {}, random: () => number = Math.random) {
    this.#address = address;
    this.#clock = clock;
    this.#limits = { ...consoleLimits, ...limits };
    this.#random = random;
    this.where = `${address.host.includes(":") ? `[${address.host}]` : address.host}:${address.port}`;
  }

  /** Why nobody answers there, when that is so, and when the next attempt is made (on the clock that was given). */
  get gone(): { readonly error: ConsoleError; readonly retryMs: number } | undefined {
    return this.#gone === undefined ? undefined : { error: this.#gone, retryMs: this.#retryMs };
  }

  /** The command under way, and when it was sent (on the clock that was given). */
  get current(): { readonly line: string; readonly sentMs: number } | undefined {
    return this.#current === undefined ? undefined : { line: this.#current.line, sentMs: this.#sentMs };
  }

  /** Commands that wait or are under way. */
  get pending(): number {
    return this.#queue.length + (this.#current === undefined ? 0 : 1);
  }

  /**
   * Asks for something.
   *
   * @param line - One command; its words are parted by blanks.
   * @param limitMs - How long the answer may take once the command is sent.
   * @returns the answer, also one that ends in `<CMD Error>`; rejects with a {@link ConsoleError} when there is none.
   */
  async ask(line: string, limitMs: number = this.#limits.commandMs): Promise<ConsoleAnswer> {
    if (/[\r\n\0]/.test(line) || line.trim() === "")
      throw new ConsoleError("refused", `a command is one line with at least a word in it, not ${JSON.stringify(line.slice(0, 80))}`);
    if (/^(GET|POST) /.test(line)) throw new ConsoleError("refused", "a line that begins with GET or POST would be taken for HTTP");
    if (this.#closed) throw new ConsoleError("closed", `the conversation with ${this.where} has been ended`);
    if (this.#queue.length >= this.#limits.queue)
      throw new ConsoleError("refused", `${this.#limits.queue} commands wait for ${this.where} already`);
    if (this.#gone !== undefined && this.#clock.now() < this.#retryMs) throw this.#gone;
    return new Promise((resolve, reject) => {
      this.#queue.push({ line, limitMs, resolve, reject });
      this.#next();
    });
  }

  /** Ends the conversation; what waits is given up. */
  close(): void {
    this.#closed = true;
    this.#end(new ConsoleError("closed", `the conversation with ${this.where} has been ended`), true);
  }

  #next(): void {
    if (this.#current !== undefined || this.#queue.length === 0) return;
    if (this.#socket === undefined) return this.#connect();
    if (!this.#greeted) return;
    const asked = this.#queue.shift()!;
    this.#current = asked;
    // What the console printed unasked since the last answer belongs to nobody.
    this.#forget();
    this.#sentMs = this.#clock.now();
    this.#limit(asked.limitMs, () =>
      this.#drop(
        new ConsoleError("silent", `${this.where} did not answer ${JSON.stringify(short(asked.line))} within ${asked.limitMs / 1000} s`),
      ),
    );
    this.#socket.write(`${asked.line}\n`);
  }

  #connect(): void {
    const socket = connect({ host: this.#address.host, port: this.#address.port, noDelay: true });
    this.#socket = socket;
    this.#greeted = false;
    this.#forget();
    const decoder = new StringDecoder("utf8");
    const mine = (fn: () => void): void => {
      if (this.#socket === socket) fn();
    };
    this.#limit(this.#limits.connectMs, () =>
      mine(() =>
        this.#lost(
          socket.connecting
            ? `no answer within ${this.#limits.connectMs / 1000} s`
            : `something listens there, but does not greet as a debug console within ${this.#limits.connectMs / 1000} s`,
        ),
      ),
    );
    socket.on("data", (bytes: Buffer) => mine(() => this.#take(decoder.write(bytes))));
    socket.on("error", (error) => mine(() => this.#broken(failureOf(error).text)));
    socket.on("close", () => mine(() => this.#broken("the connection was closed from there")));
  }

  #take(text: string): void {
    if (!this.#greeted) {
      this.#greeting += text;
      const at = this.#greeting.indexOf("\n");
      const line = at < 0 ? this.#greeting : this.#greeting.slice(0, at);
      if (!BANNER.startsWith(line.slice(0, BANNER.length)))
        return this.#lost(`what listens there is no debug console: it begins with ${JSON.stringify(line.slice(0, 40))}`);
      if (at < 0) return this.#nudge();
      this.#greeted = true;
      this.#failures = 0;
      this.#gone = undefined;
      this.#stopTimer();
      this.#next();
      return;
    }
    const asked = this.#current;
    if (asked === undefined) return;
    const answer = this.#answer.take(text);
    if (answer === undefined) {
      if (this.#answer.length <= this.#limits.answerLength) return this.#nudge();
      return this.#drop(
        new ConsoleError(
          "silent",
          `the answer of ${this.where} to ${JSON.stringify(short(asked.line))} is longer than ${this.#limits.answerLength} characters`,
        ),
      );
    }
    this.#stopTimer();
    this.#current = undefined;
    asked.resolve({ ...answer, tookMs: this.#clock.now() - this.#sentMs });
    this.#next();
  }

  /**
   * Sends an empty line, which consoles skip, once nothing has come for a moment. A console writes a line and its end apart, and the end waits
   * on the way until the first part is acknowledged, for 40 ms; what is sent carries the acknowledgement at once. Each costs the console a
   * message, so there is none while pieces keep coming.
   */
  #nudge(): void {
    this.#heardMs = this.#clock.now();
    this.#nudging ??= this.#clock.after(NUDGE_MS, () => this.#nudgeNow());
  }

  #nudgeNow(): void {
    this.#nudging = undefined;
    if (this.#socket === undefined || (this.#greeted && this.#current === undefined)) return;
    const quietMs = this.#clock.now() - this.#heardMs;
    if (quietMs >= NUDGE_MS) this.#socket.write("\n");
    else this.#nudging = this.#clock.after(NUDGE_MS - quietMs, () => this.#nudgeNow());
  }

  /** The command under way gets no answer; the others go on over a new connection. */
  #drop(error: ConsoleError): void {
    this.#stopTimer();
    this.#hangUp();
    const asked = this.#current;
    this.#current = undefined;
    asked?.reject(error);
    this.#next();
  }

  #broken(why: string): void {
    if (!this.#greeted) return this.#lost(why);
    const asked = this.#current;
    if (asked === undefined) {
      // Nobody asks: the next command will connect anew and find out.
      this.#hangUp();
      return this.#next();
    }
    this.#drop(new ConsoleError("closed", `${this.where} hung up before it answered ${JSON.stringify(short(asked.line))} (${why})`));
  }

  /** There is no console: everybody who waits is told, and the next attempt is made later. */
  #lost(why: string): void {
    const pause = Math.min(this.#limits.mostBackOffMs, this.#limits.backOffMs * 2 ** this.#failures++);
    this.#retryMs = this.#clock.now() + pause * (0.75 + this.#random() / 2);
    this.#gone = new ConsoleError("gone", `no debug console at ${this.where}: ${why}`);
    this.#end(this.#gone, false);
  }

  #end(error: ConsoleError, quietly: boolean): void {
    this.#stopTimer();
    this.#hangUp(quietly);
    const asked = [...(this.#current === undefined ? [] : [this.#current]), ...this.#queue.splice(0)];
    this.#current = undefined;
    for (const one of asked) one.reject(error);
  }

  #hangUp(politely: boolean = false): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#greeted = false;
    this.#forget();
    if (this.#nudging !== undefined) this.#clock.cancel(this.#nudging);
    this.#nudging = undefined;
    if (socket === undefined) return;
    if (politely) {
      socket.end();
      socket.unref();
    } else socket.destroy();
  }

  #forget(): void {
    this.#answer.reset();
    this.#greeting = "";
  }

  #limit(ms: number, fn: () => void): void {
    this.#stopTimer();
    this.#timer = this.#clock.after(ms, fn);
  }

  #stopTimer(): void {
    if (this.#timer !== undefined) this.#clock.cancel(this.#timer);
    this.#timer = undefined;
  }
}

const short = (line: string): string => (line.length <= 60 ? line : `${line.slice(0, 59)}…`);
