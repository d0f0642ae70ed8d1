/**
 * The client: keeps one connection to an agent up, restores what was subscribed, and feeds the stores.
 *
 * Knows nothing of React and of how frames travel (a {@link Dial} does). Panels see the {@link Client} interface only, so that a live host, a host
 * in the page and later a recording look the same to them.
 *
 * @module
 */
import { PROTOCOL_VERSION } from "@skyloom/runtime/inspect";
import type { AgentErrorCode, AgentFrame, StatFrame } from "@skyloom/runtime/inspect";
import type { Clock, ClockTimer } from "@skyloom/runtime/ports";
import { createStore } from "zustand/vanilla";
import type { StoreApi } from "zustand/vanilla";
import { backoffMs } from "./backoff.ts";
import { checkHostFrame } from "./check-host-frame.ts";
import { initialConnection } from "./connection.ts";
import type { ConnectionView, HostFigures, Trouble } from "./connection.ts";
import type { ClientLink, Dial } from "./link.ts";
import { ServiceTable } from "../stores/service-table.ts";

/** One connection to a host, and the data that came over it. */
export interface Client {
  /** What to call the host before it has said its name, e.g. the address that is dialled. */
  readonly title: string;
  readonly connection: Pick<StoreApi<ConnectionView>, "getState" | "subscribe">;
  readonly services: ServiceTable;
  /** The client's own clock, in milliseconds: what the times in {@link ConnectionView} are measured with. */
  now(): number;
  /** Starts connecting; harmless when it has begun. */
  connect(): void;
  /** Tries again at once, whatever the state; also asks for a list anew that the host has ended. */
  retry(): void;
  /** Asks for the services until the returned function is called. */
  watchServices(): () => void;
  /** Ends the connection for good. */
  close(): void;
}

/** Options of {@link createClient}. */
export interface ClientOptions {
  readonly dial: Dial;
  readonly title: string;
  /** The host's token, if it asks for one. Kept in memory only. */
  readonly token?: string;
  /** Default: the browser's clock. */
  readonly clock?: Clock;
  /** From 0 up to 1; spreads reconnects. Default `Math.random`. */
  readonly random?: () => number;
}

/** Nothing heard for this long: the data is stale. */
export const STALE_MS = 3_000;
/** Nothing heard for this long: the link is given up. */
const DEAD_MS = 15_000;
/** An attempt to connect may take this long. */
const OPEN_MS = 10_000;
const PING_MS = 1_500;
/** Round trips that are looked at for the clock offset. */
const ROUND_TRIPS = 8;
/** At least this long between two requests for a key frame after bad or missing frames. */
const HEAL_MS = 1_000;
const SERVICES_ID = 1;

/** Refusals that the next attempt would meet again. */
const final: ReadonlySet<AgentErrorCode> = new Set<AgentErrorCode>(["AUTH", "AUTH_REQUIRED", "AUTH_BLOCKED", "VERSION"]);

const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, fn) => setTimeout(fn, ms) as unknown as ClockTimer,
  cancel: (timer) => clearTimeout(timer as unknown as ReturnType<typeof setTimeout>),
};

/**
 * Makes a client. It does nothing until {@link Client.connect}.
 *
 * @example
 * ```ts
 * import { createClient, webSocketDial } from "@skyloom/devtools";
 *
 * const client = createClient({ dial: webSocketDial("ws://127.0.0.1:7400/inspect"), title: "127.0.0.1:7400" });
 * client.connect();
 * ```
 */
export function createClient(options: ClientOptions): Client {
  return new LiveClient(options);
}

class LiveClient implements Client {
  readonly title: string;
  readonly services: ServiceTable;
  readonly connection: StoreApi<ConnectionView> = createStore(() => initialConnection);

  readonly #dial: Dial;
  readonly #token: string | undefined;
  readonly #clock: Clock;
  readonly #random: () => number;
  #link: ClientLink | undefined;
  #attempt = 0;
  #watchers = 0;
  #subscribed = false;
  #waitsForKey = false;
  #healedAt = -Infinity;
  #retryTimer: ClockTimer | undefined;
  #pulseTimer: ClockTimer | undefined;
  #openTimer: ClockTimer | undefined;
  #healTimer: ClockTimer | undefined;
  #pingedAt = -Infinity;
  #trips: { readonly rtt: number; readonly offset: number }[] = [];
  #stat: StatFrame | undefined;
  /** What the host said before it closed the link. */
  #refusal: Trouble | undefined;

  constructor(options: ClientOptions) {
    this.title = options.title;
    this.#dial = options.dial;
    this.#token = options.token;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.services = new ServiceTable(() => this.#clock.now());
  }

  now(): number {
    return this.#clock.now();
  }

  connect(): void {
    if (this.connection.getState().phase === "idle") this.#open();
  }

  retry(): void {
    const { phase } = this.connection.getState();
    if (phase === "live" || phase === "stale") return this.#subscribe();
    if (phase === "reconnecting" || phase === "closed" || phase === "idle") this.#open();
  }

  watchServices(): () => void {
    let watching = true;
    if (++this.#watchers === 1) this.#subscribe();
    return () => {
      if (!watching) return;
      watching = false;
      if (--this.#watchers > 0 || !this.#subscribed) return;
      this.#subscribed = false;
      this.#link?.send({ type: "unsub", id: SERVICES_ID });
    };
  }

  close(): void {
    this.#hangUp();
    this.#set({ phase: "closed", trouble: undefined, retryAt: undefined });
  }

  #set(part: Partial<ConnectionView>): void {
    this.connection.setState(part);
  }

  #open(): void {
    this.#hangUp();
    this.#set({ phase: "connecting", retryAt: undefined });
    this.#refusal = undefined;
    // Each link has its own events: a late one of a link that was given up finds that it is no longer the current one.
    const current = (): boolean => this.#link === link;
    const link: ClientLink = this.#dial({
      opened: () => {
        if (!current()) return;
        const version = { v: PROTOCOL_VERSION } as const;
        link.send(this.#token === undefined ? { type: "hello", ...version } : { type: "auth", ...version, token: this.#token });
      },
      frame: (value) => {
        if (current()) this.#frame(value);
      },
      garbage: (why) => {
        if (current()) this.#lost({ code: "GARBAGE", msg: `the host sent something that cannot be read: ${why}` });
      },
      closed: ({ reason }) => {
        if (current()) this.#lost(this.#refusal ?? { code: "LOST", msg: reason === "" ? "the connection was lost" : reason });
      },
    });
    this.#link = link;
    this.#openTimer = this.#clock.after(OPEN_MS, () => this.#lost({ code: "LOST", msg: `no answer within ${OPEN_MS / 1000} s` }));
  }

  /** Ends link and timers. */
  #hangUp(): void {
    for (const timer of [this.#retryTimer, this.#pulseTimer, this.#openTimer, this.#healTimer])
      if (timer !== undefined) this.#clock.cancel(timer);
    this.#retryTimer = this.#pulseTimer = this.#openTimer = this.#healTimer = undefined;
    const link = this.#link;
    this.#link = undefined;
    this.#subscribed = false;
    this.#trips = [];
    this.#stat = undefined;
    link?.close();
  }

  #lost(trouble: Trouble): void {
    this.#hangUp();
    const past = { trouble, figures: undefined, rttMs: undefined } as const;
    if ((final as ReadonlySet<string>).has(trouble.code)) return this.#set({ ...past, phase: "closed", retryAt: undefined });
    const wait = backoffMs(this.#attempt++, this.#random());
    this.#set({ ...past, phase: "reconnecting", retryAt: this.#clock.now() + wait });
    this.#retryTimer = this.#clock.after(wait, () => this.#open());
  }

  #frame(value: unknown): void {
    const frame = checkHostFrame(value);
    if (frame === undefined) return;
    const heardAt = this.#clock.now();
    const { phase } = this.connection.getState();
    if (phase === "stale") this.#set({ phase: "live", heardAt });
    else this.#set({ heardAt });
    switch (frame.type) {
      case "hello":
        return this.#welcome(frame);
      case "key":
      case "delta":
        return this.#table(frame);
      case "stat":
        return this.#figures(frame);
      case "pong":
        return this.#pong(frame.t0, frame.t1);
      case "err": {
        const trouble: Trouble = { code: frame.code, msg: frame.msg };
        if (frame.id === SERVICES_ID) {
          if (frame.code !== "SOURCE") this.#subscribed = false;
          this.#set({ servicesTrouble: trouble });
        } else if (frame.id === undefined) this.#refusal = trouble;
      }
    }
  }

  #welcome(frame: Extract<AgentFrame, { type: "hello" }>): void {
    if (this.#openTimer !== undefined) this.#clock.cancel(this.#openTimer);
    this.#openTimer = undefined;
    this.#attempt = 0;
    const known = this.connection.getState().host;
    if (known !== undefined && known.id !== frame.host.id) this.services.newHost();
    this.#set({
      phase: "live",
      trouble: undefined,
      retryAt: undefined,
      host: frame.host,
      caps: frame.caps,
      scopes: frame.scopes,
      protocol: frame.v,
      clockOffsetMs: undefined,
    });
    this.#subscribe();
    this.#pulse();
  }

  #subscribe(): void {
    if (this.#link === undefined || this.#watchers === 0 || this.connection.getState().host === undefined) return;
    const { phase } = this.connection.getState();
    if (phase !== "live" && phase !== "stale") return;
    this.#subscribed = true;
    this.#waitsForKey = true;
    this.#set({ servicesTrouble: undefined });
    this.#ask();
  }

  #table(frame: Extract<AgentFrame, { type: "key" | "delta" }>): void {
    if (frame.id !== SERVICES_ID || !this.#subscribed) return;
    if (this.#waitsForKey && frame.type !== "key") return;
    const fault = this.services.apply(frame);
    if (fault === undefined) {
      this.#waitsForKey = false;
      if (this.connection.getState().servicesTrouble !== undefined) this.#set({ servicesTrouble: undefined });
      return;
    }
    // A frame is missing or broken: what is shown stays, a key frame makes it whole again.
    this.#waitsForKey = true;
    if (fault !== "gap") this.#set({ servicesTrouble: { code: "GARBAGE", msg: `the host sent a table that cannot be read: ${fault}` } });
    const wait = Math.max(0, this.#healedAt + HEAL_MS - this.#clock.now());
    this.#healTimer ??= this.#clock.after(wait, () => {
      this.#healTimer = undefined;
      this.#healedAt = this.#clock.now();
      if (this.#subscribed && this.#waitsForKey) this.#ask();
    });
  }

  #ask(): void {
    this.#link?.send({ type: "sub", ch: "services", id: SERVICES_ID, hz: 1, fields: ServiceTable.fields });
  }

  #figures(frame: StatFrame): void {
    const before = this.#stat;
    this.#stat = frame;
    const us = before === undefined ? 0 : frame.t - before.t;
    const rate = (now: number, then: number): number | undefined => (us > 0 && now >= then ? (now - then) / us : undefined);
    const messages = before && rate(frame.messages, before.messages);
    const cost = before && rate(frame.costUs, before.costUs);
    const figures: HostFigures = {
      services: frame.services,
      messagesPerSecond: messages === undefined ? undefined : messages * 1e6,
      lagMs: frame.lagUs / 1000,
      agentPercent: cost === undefined ? undefined : cost * 100,
      skipped: frame.skipped,
      dropped: frame.dropped,
    };
    this.#set({ figures });
  }

  #pong(t0: number, t1: number): void {
    const now = this.#clock.now();
    const rtt = now - t0;
    if (!(rtt >= 0) || typeof t1 !== "number") return;
    this.#trips.push({ rtt, offset: t1 / 1000 - (t0 + rtt / 2) });
    if (this.#trips.length > ROUND_TRIPS) this.#trips.shift();
    const best = this.#trips.reduce((a, b) => (b.rtt < a.rtt ? b : a));
    this.#set({ clockOffsetMs: best.offset, rttMs: best.rtt });
  }

  /** While connected: asks for a sign of life and looks whether there was one. */
  #pulse(): void {
    const now = this.#clock.now();
    if (now - this.#pingedAt >= PING_MS) {
      this.#pingedAt = now;
      this.#link?.send({ type: "ping", t0: now });
    }
    this.#pulseTimer = this.#clock.after(500, () => {
      const silence = this.#clock.now() - (this.connection.getState().heardAt ?? 0);
      if (silence > DEAD_MS) return this.#lost({ code: "LOST", msg: `nothing was heard for ${DEAD_MS / 1000} s` });
      if (silence > STALE_MS && this.connection.getState().phase === "live") this.#set({ phase: "stale" });
      this.#pulse();
    });
  }
}
