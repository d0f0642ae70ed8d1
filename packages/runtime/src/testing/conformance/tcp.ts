/**
 * What every {@link TcpPort} must do, as tests. Real TCP, the simulated network and a relay all run this same suite.
 *
 * Knows only the port; how time passes is the fixture's business.
 *
 * @module
 */
import type { SocketLink, TcpPort } from "../../ports/tcp.ts";
import type { TestKit } from "./kit.ts";
import { Breaches, dial, listen, Probe, type ListenProbe } from "./tcp-probe.ts";

/** Two hosts that can reach each other (they may be the same), and a way to let time pass. */
export interface TcpFixture {
  readonly server: TcpPort;
  readonly client: TcpPort;
  /** What the server binds to, and what clients dial. */
  readonly host: string;
  /** Lets time pass until `done()` is true. Throws when that takes too long. */
  readonly until: (done: () => boolean) => Promise<void>;
  /** Lets things happen that should not: some tens of milliseconds. */
  readonly settle: () => Promise<void>;
}

/**
 * Declares the suite.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from "vitest";
 *
 * declare function fixture(): TcpFixture; // two hosts of the network that is tested
 * tcpConformance({ describe, expect, it }, "simulated", () => fixture());
 * ```
 */
export function tcpConformance(kit: TestKit, name: string, fixture: () => TcpFixture): void {
  const { describe, expect } = kit;

  describe(`TCP conformance: ${name}`, () => {
    const it = (title: string, body: (t: Bench) => Promise<void>, timeoutMs?: number): void =>
      kit.it(
        title,
        async () => {
          const bench = new Bench(fixture());
          try {
            await body(bench);
            await bench.settle();
            expect(bench.breaches.list).toEqual([]);
          } finally {
            await bench.clear();
          }
        },
        timeoutMs,
      );

    it("connects, accepts and echoes", async (t) => {
      const { client, server, listener } = await t.pair();
      expect(listener.log).toEqual(["listening"]);
      expect(client.log).toEqual(["opened"]);
      expect(server.link.remote?.port).toBe(client.link.local?.port);
      expect(client.link.remote).toEqual({ host: t.host, port: listener.address!.port });
      server.onData = (bytes) => server.call("write", [bytes]);
      client.write("hello, ", "world");
      await t.until(() => client.received === 12);
      expect(client.text).toBe("hello, world");
    });

    it("port 0 takes a free port, each time another, and says which", async (t) => {
      const [a, b] = [await t.listening(), await t.listening()];
      expect(a.address!.port).toBeGreaterThan(0);
      expect(a.address!.host).toBe(t.host);
      expect(a.address!.port !== b.address!.port).toBe(true);
    });

    it("nobody listens: Connection refused, then closed", async (t) => {
      const gone = await t.listening();
      gone.link.close();
      await t.until(() => gone.log.includes("closed"));
      const client = t.dial(gone.address!.port);
      await t.until(() => client.isClosed);
      expect(client.log).toEqual(["failed", "closed"]);
      expect(client.failures).toEqual([{ code: "ECONNREFUSED", text: "Connection refused" }]);
    });

    it("a port that is taken: Address already in use, then closed", async (t) => {
      const first = await t.listening();
      const second = listen(t.fixture.server, t.breaches, t.host, first.address!.port);
      await t.until(() => second.log.includes("closed"));
      expect(second.log).toEqual(["failed", "closed"]);
      expect(second.failures).toEqual([{ code: "EADDRINUSE", text: "Address already in use" }]);
    });

    it("a port that is none is a failure, not an exception", async (t) => {
      const client = t.dial(70_000);
      const server = listen(t.fixture.server, t.breaches, t.host, -1);
      await t.until(() => client.isClosed && server.log.includes("closed"));
      expect(client.failures[0]?.code).toBe("EAI_SERVICE");
      expect(server.failures[0]?.code).toBe("EAI_SERVICE");
    });

    it("an accepted connection is silent until it is attached and resumed; then everything comes, in order", async (t) => {
      const { client, listener } = await t.connected();
      await t.until(() => listener.links.length === 1);
      client.write("before ");
      client.call("end");
      await t.settle();
      const server = t.attach(listener.links[0]!, false);
      await t.settle();
      expect([server.received, server.log]).toEqual([0, []]);
      server.call("resume");
      await t.until(() => server.isEnded);
      expect(server.text).toBe("before ");
    });

    it("a paused listener accepts nothing; resuming accepts those who wait, in order", async (t) => {
      const listener = await t.listening();
      listener.link.pause();
      const first = t.dial(listener.address!.port);
      await t.until(() => first.isOpen);
      const second = t.dial(listener.address!.port);
      await t.until(() => second.isOpen);
      await t.settle();
      expect(listener.links.length).toBe(0);
      t.breaches.call("resume", () => listener.link.resume());
      await t.until(() => listener.links.length === 2);
      expect(listener.links.map((l) => l.remote!.port)).toEqual([first, second].map((p) => p.link.local!.port));
    });

    it("pause holds bytes back, resume brings them in order", async (t) => {
      const { client, server } = await t.pair();
      client.write("one ");
      await t.until(() => server.received === 4);
      server.call("pause");
      client.write("two ");
      client.write("three");
      await t.settle();
      expect(server.text).toBe("one ");
      server.call("resume");
      await t.until(() => server.received === 13);
      expect(server.text).toBe("one two three");
    });

    it("pausing inside data stops it at once", async (t) => {
      const { client, server } = await t.pair();
      server.onData = () => server.call("pause");
      const chunk = new Uint8Array(300_000).fill(7);
      client.call("write", [chunk]);
      for (let reports = 0; server.received < chunk.length; reports++) {
        const before = server.received;
        await t.until(() => server.received > before);
        const after = server.received;
        if (reports < 3) await t.settle();
        expect(server.received).toBe(after);
        server.call("resume");
      }
      await t.until(() => client.link.queued === 0);
    });

    it("16 MiB to a slow reader: queued grows, drained comes, every byte arrives once and in order", async (t) => {
      const { client, server } = await t.pair();
      const total = 16 * 1024 * 1024;
      server.call("pause");
      server.keep = false;
      let wrong = 0;
      let at = 0;
      server.onData = (bytes) => {
        for (let i = 0; i < bytes.length; i += 61) if (bytes[i] !== pattern(at + i)) wrong++;
        at += bytes.length;
      };
      for (let i = 0; i < 64; i++) {
        const piece = new Uint8Array(total / 64);
        for (let j = 0; j < piece.length; j++) piece[j] = pattern(i * piece.length + j);
        client.call("write", [piece]);
      }
      await t.settle();
      expect(client.link.queued).toBeGreaterThan(1024 * 1024);
      expect(client.link.queued).toBeLessThanOrEqual(total);
      expect(client.drains).toBe(0);
      server.call("resume");
      await t.until(() => server.received === total);
      await t.until(() => client.drains === 1);
      expect([wrong, client.link.queued, client.drains]).toEqual([0, 0, 1]);
    }, 30_000);

    it("many small joined writes keep their order", async (t) => {
      const { client, server } = await t.pair();
      let expected = "";
      for (let i = 0; i < 200; i++) {
        const chunks = Array.from({ length: 50 }, (_, j) => `${i}.${j};`);
        expected += chunks.join("");
        client.write(...chunks);
      }
      await t.until(() => server.received === expected.length);
      expect(server.text).toBe(expected);
    });

    it("the list given to write is the caller's again on return, and empty chunks and lists do no harm", async (t) => {
      const { client, server } = await t.pair();
      const list = [new Uint8Array([97]), new Uint8Array(0), new Uint8Array([98])];
      client.call("write", list);
      list.length = 0;
      client.call("write", []);
      client.call("write", [new Uint8Array(0)]);
      list.push(new Uint8Array([99]));
      client.call("write", list);
      list.length = 0;
      await t.until(() => server.received === 3);
      expect(server.text).toBe("abc");
    });

    it("received bytes belong to the receiver: changing them changes nothing at the sender", async (t) => {
      const { client, server } = await t.pair();
      const mine = new Uint8Array([1, 2, 3]);
      server.onData = (bytes) => bytes.fill(0);
      client.call("write", [mine]);
      await t.until(() => server.received === 3);
      expect([...mine]).toEqual([1, 2, 3]);
    });

    it("bytes written before the connection is open are sent when it is", async (t) => {
      const listener = await t.listening();
      const client = t.dial(listener.address!.port);
      client.write("early");
      await t.until(() => listener.links.length === 1);
      const server = t.attach(listener.links[0]!);
      await t.until(() => server.received === 5);
      expect(client.link.queued).toBe(0);
    });

    it("the peer's end is reported once, after its bytes, and writing still works", async (t) => {
      const { client, server } = await t.pair();
      client.write("question");
      client.call("endOutput");
      await t.until(() => server.isEnded);
      expect(server.text).toBe("question");
      server.write("answer");
      await t.until(() => client.received === 6);
      expect([client.log, server.log]).toEqual([["opened"], ["ended"]]);
    });

    it("half-close, the other way round, and when both have ended the connection closes by itself", async (t) => {
      const { client, server } = await t.pair();
      server.write("bye");
      server.call("endOutput");
      await t.until(() => client.isEnded);
      client.write("and bye to you");
      client.call("endOutput");
      await t.until(() => client.isClosed && server.isClosed);
      expect([client.text, server.text]).toEqual(["bye", "and bye to you"]);
      expect([client.log, server.log]).toEqual([
        ["opened", "ended", "closed"],
        ["ended", "closed"],
      ]);
    });

    it("end sends what is queued to a slow reader, and only then closes", async (t) => {
      const { client, server } = await t.pair();
      server.call("pause");
      server.keep = false;
      client.call("write", [new Uint8Array(8 * 1024 * 1024)]);
      client.call("end");
      await t.settle();
      expect(client.isClosed).toBe(false);
      server.call("resume");
      await t.until(() => server.isEnded && client.isClosed);
      expect(server.received).toBe(8 * 1024 * 1024);
      expect(client.log).toEqual(["opened", "closed"]);
    });

    it("what is written after end or endOutput goes nowhere", async (t) => {
      const { client, server } = await t.pair();
      client.write("all");
      client.call("end");
      client.write("nothing");
      await t.until(() => server.isEnded);
      expect(server.text).toBe("all");
      server.write("to nobody");
      await t.until(() => client.isClosed);
    });

    it("destroy drops what is queued; the peer learns of it and both are closed once", async (t) => {
      const { client, server } = await t.pair();
      server.call("pause");
      server.keep = false;
      const total = 24 * 1024 * 1024;
      client.call("write", [new Uint8Array(total)]);
      await t.settle();
      client.call("destroy");
      client.call("destroy");
      await t.until(() => client.isClosed);
      server.call("resume");
      await t.until(() => server.isEnded || server.isClosed);
      expect(server.received < total).toBe(true);
      server.call("destroy");
      await t.until(() => server.isClosed);
      expect(client.log).toEqual(["opened", "closed"]);
    });

    it("destroying with unread input resets the peer: Connection reset by peer, then closed", async (t) => {
      const { client, listener } = await t.connected();
      await t.until(() => listener.links.length === 1);
      client.write("never read");
      await t.settle();
      listener.links[0]!.destroy();
      await t.until(() => client.isClosed);
      expect(client.log).toEqual(["opened", "failed", "closed"]);
      expect(client.failures).toEqual([{ code: "ECONNRESET", text: "Connection reset by peer" }]);
    });

    it("writing to a peer that has gone fails: Broken pipe or Connection reset by peer, then closed", async (t) => {
      const { client, server } = await t.pair();
      client.call("destroy");
      await t.until(() => server.isEnded);
      for (let i = 0; i < 50 && !server.isClosed; i++) {
        server.write("anybody?");
        await t.settle();
      }
      expect(server.log).toEqual(["ended", "failed", "closed"]);
      const { code, text } = server.failures[0]!;
      expect(
        code === "EPIPE" ? text === "Broken pipe" : code === "ECONNRESET" && text === "Connection reset by peer",
        `${code}: ${text}`,
      ).toBe(true);
    });

    it("an accepted connection nobody attached can be destroyed; attaching to it later reports closed", async (t) => {
      const { client, listener } = await t.connected();
      await t.until(() => listener.links.length === 1);
      listener.links[0]!.destroy();
      await t.until(() => client.isEnded || client.isClosed);
      const server = t.attach(listener.links[0]!);
      await t.until(() => server.isClosed);
      expect(server.log).toEqual(["closed"]);
    });

    it("destroy while connecting: closed, nothing else", async (t) => {
      const listener = await t.listening();
      const client = t.dial(listener.address!.port);
      client.call("destroy");
      await t.until(() => client.isClosed);
      expect(client.log).toEqual(["closed"]);
    });

    it("end while connecting sends what was written", async (t) => {
      const listener = await t.listening();
      const client = t.dial(listener.address!.port);
      client.write("short visit");
      client.call("end");
      await t.until(() => listener.links.length === 1);
      const server = t.attach(listener.links[0]!);
      await t.until(() => server.isEnded && client.isClosed);
      expect(server.text).toBe("short visit");
      expect(client.log.at(-1)).toBe("closed");
    });

    it("a closed listener refuses new connections and leaves the accepted ones alone", async (t) => {
      const { client, server, listener } = await t.pair();
      t.breaches.call("close", () => listener.link.close());
      t.breaches.call("close", () => listener.link.close());
      await t.until(() => listener.log.includes("closed"));
      const late = t.dial(listener.address!.port);
      await t.until(() => late.isClosed);
      expect(late.failures[0]?.code).toBe("ECONNREFUSED");
      client.write("still here");
      await t.until(() => server.received === 10);
      expect(listener.log).toEqual(["listening", "closed"]);
    });

    it("a listener closed before it was bound reports closed, nothing else", async (t) => {
      const listener = listen(t.fixture.server, t.breaches, t.host, 0);
      t.breaches.call("close", () => listener.link.close());
      await t.until(() => listener.log.includes("closed"));
      expect(listener.log).toEqual(["closed"]);
    });

    it("nodelay may be set at any time and loses nothing", async (t) => {
      const listener = await t.listening();
      const client = t.dial(listener.address!.port);
      client.call("nodelay", true);
      await t.until(() => client.isOpen && listener.links.length === 1);
      const server = t.attach(listener.links[0]!);
      server.call("nodelay", true);
      client.write("a");
      client.call("nodelay", false);
      client.write("b");
      await t.until(() => server.received === 2);
      client.call("destroy");
      client.call("nodelay", true);
    });

    it("calls on a closed connection are harmless", async (t) => {
      const { client, server } = await t.pair();
      client.call("destroy");
      await t.until(() => client.isClosed);
      client.write("x");
      for (const what of ["pause", "resume", "endOutput", "end", "destroy"] as const) client.call(what);
      expect(client.link.queued).toBe(0);
      await t.until(() => server.isEnded);
      expect(client.log).toEqual(["opened", "closed"]);
    });

    it("replying, ending and destroying from inside a report is allowed", async (t) => {
      const { client, server } = await t.pair();
      server.onData = (bytes) => {
        server.call("write", [bytes]);
        server.call("end");
      };
      client.onData = () => client.call("destroy");
      client.write("go");
      await t.until(() => client.isClosed && server.isClosed);
      expect(client.text).toBe("go");
    });

    it("many connections at once do not mix their bytes", async (t) => {
      const listener = await t.listening(128);
      listener.onAccepted = (link) => {
        const server = t.attach(link);
        server.onData = (bytes) => server.call("write", [bytes]);
      };
      const clients = Array.from({ length: 40 }, () => t.dial(listener.address!.port));
      clients.forEach((c, i) => {
        c.call("resume");
        c.write(`I am ${i}`);
      });
      await t.until(() => clients.every((c, i) => c.received === `I am ${i}`.length));
      expect(clients.map((c) => c.text)).toEqual(clients.map((_, i) => `I am ${i}`));
    });
  });
}

function pattern(at: number): number {
  return (at * 31 + (at >>> 11)) & 255;
}

/** What one test uses, and has to be cleared away. */
class Bench {
  readonly fixture: TcpFixture;
  readonly host: string;
  readonly breaches: Breaches = new Breaches();
  readonly #probes: Probe[] = [];
  readonly #listeners: ListenProbe[] = [];

  constructor(fixture: TcpFixture) {
    this.fixture = fixture;
    this.host = fixture.host;
  }

  until(done: () => boolean): Promise<void> {
    return this.fixture.until(done);
  }

  settle(): Promise<void> {
    return this.fixture.settle();
  }

  dial(port: number): Probe {
    const probe = dial(this.fixture.client, this.breaches, this.host, port);
    this.#probes.push(probe);
    return probe;
  }

  async listening(backlog = 32): Promise<ListenProbe> {
    const listener = listen(this.fixture.server, this.breaches, this.host, 0, backlog);
    this.#listeners.push(listener);
    this.breaches.call("resume", () => listener.link.resume());
    await this.until(() => listener.address !== undefined);
    return listener;
  }

  /** A client that is open, and the listener that has accepted it or is about to. */
  async connected(): Promise<{ client: Probe; listener: ListenProbe }> {
    const listener = await this.listening();
    const client = this.dial(listener.address!.port);
    client.call("resume");
    await this.until(() => client.isOpen);
    return { client, listener };
  }

  /** Both ends, reading. */
  async pair(): Promise<{ client: Probe; server: Probe; listener: ListenProbe }> {
    const { client, listener } = await this.connected();
    await this.until(() => listener.links.length === 1);
    return { client, server: this.attach(listener.links[0]!), listener };
  }

  attach(link: SocketLink, reading = true): Probe {
    const probe = new Probe(this.breaches);
    probe.link = link;
    this.#probes.push(probe);
    probe.call("attach", probe);
    if (reading) probe.call("resume");
    return probe;
  }

  async clear(): Promise<void> {
    for (const listener of this.#listeners) listener.link.close();
    for (const listener of this.#listeners) for (const link of listener.links) link.destroy();
    for (const probe of this.#probes) probe.link.destroy();
    await this.until(() => this.#probes.every((p) => p.isClosed) && this.#listeners.every((l) => l.log.includes("closed")));
  }
}
