/**
 * What every {@link UdpPort} must do, as tests. Real UDP and the simulated network run this same suite.
 *
 * Knows only the port; how time passes is the fixture's business.
 *
 * @module
 */
import type { SocketAddress, SocketFailure } from "../../ports/tcp.ts";
import type { DatagramEvents, DatagramLink, UdpPort } from "../../ports/udp.ts";
import type { TestKit } from "./kit.ts";

/** Two hosts that can reach each other without losing anything (they may be the same), and a way to let time pass. */
export interface UdpFixture {
  readonly server: UdpPort;
  readonly client: UdpPort;
  /** A literal address of the server. */
  readonly host: string;
  /** Lets time pass until `done()` is true. Throws when that takes too long. */
  readonly until: (done: () => boolean) => Promise<void>;
  /** Lets things happen that should not: some tens of milliseconds. */
  readonly settle: () => Promise<void>;
}

/** What fits into one datagram over IPv4. */
const MOST_BYTES = 65_507;

/** A socket that writes down what is reported to it. */
class Probe implements DatagramEvents {
  readonly got: { readonly bytes: Uint8Array; readonly from: SocketAddress }[] = [];
  readonly failures: SocketFailure[] = [];
  readonly breaches: string[] = [];
  link!: DatagramLink;
  inCall = false;
  closes = 0;

  call(fn: (link: DatagramLink) => void): void {
    this.inCall = true;
    fn(this.link);
    this.inCall = false;
  }

  datagram(bytes: Uint8Array, from: SocketAddress): void {
    this.#check("datagram");
    if (Object.getPrototypeOf(bytes) !== Uint8Array.prototype) this.breaches.push("a datagram is a subclass of Uint8Array");
    this.got.push({ bytes, from });
  }

  lost(failure: SocketFailure): void {
    this.#check("lost");
    this.failures.push(failure);
  }

  failed(failure: SocketFailure): void {
    this.#check("failed");
    this.failures.push(failure);
  }

  closed(): void {
    this.#check("closed");
    this.closes++;
  }

  #check(what: string): void {
    if (this.inCall) this.breaches.push(`${what} was reported inside a call`);
    if (this.closes > 0) this.breaches.push(`${what} was reported after closed`);
  }
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/**
 * Declares the suite.
 *
 * @example
 * ```ts
 * import { describe, expect, it } from "vitest";
 *
 * declare function fixture(): UdpFixture; // two hosts of the network that is tested
 * udpConformance({ describe, expect, it }, "simulated", () => fixture());
 * ```
 */
export function udpConformance(kit: TestKit, name: string, fixture: () => UdpFixture): void {
  const { describe, expect } = kit;

  interface Bench extends UdpFixture {
    open(port: UdpPort, host?: string, portNumber?: number): Probe;
  }

  describe(`UDP conformance: ${name}`, () => {
    const it = (title: string, body: (t: Bench) => Promise<void>): void =>
      kit.it(title, async () => {
        const probes: Probe[] = [];
        const given = fixture();
        const open = (port: UdpPort, host = given.host, portNumber = 0): Probe => {
          const probe = new Probe();
          probe.inCall = true;
          const link = port.open(host, portNumber, probe);
          probe.inCall = false;
          if ("code" in link) throw new Error(`cannot open ${host}:${portNumber}: ${link.text}`);
          probe.link = link;
          probes.push(probe);
          return probe;
        };
        try {
          await body({ ...given, open });
          await given.settle();
        } finally {
          for (const probe of probes) probe.call((link) => link.close());
          await given.until(() => probes.every((probe) => probe.closes > 0));
        }
        expect(probes.flatMap((probe) => probe.breaches)).toEqual([]);
        expect(probes.every((probe) => probe.closes === 1)).toBe(true);
      });

    it("a literal address is bound at once; port 0 takes a free one, each time another", async (t) => {
      const [a, b] = [t.open(t.server), t.open(t.server)];
      expect([a.link.family, a.link.local?.host, b.link.local?.host]).toEqual([4, t.host, t.host]);
      expect(a.link.local!.port).toBeGreaterThan(0);
      expect(a.link.local!.port !== b.link.local!.port).toBe(true);
    });

    it("datagrams keep their borders and say where they come from; an answer finds its way", async (t) => {
      const server = t.open(t.server);
      const client = t.open(t.client, "");
      for (const text of ["one", "", "three"]) client.call((link) => link.send(bytesOf(text), server.link.local!));
      await t.until(() => server.got.length === 3);
      expect(server.got.map((d) => textOf(d.bytes)).sort()).toEqual(["", "one", "three"]);
      const { from } = server.got[0]!;
      expect(from.port).toBe(client.link.local!.port);
      server.call((link) => link.send(bytesOf("back"), from));
      await t.until(() => client.got.length === 1);
      expect([textOf(client.got[0]!.bytes), client.got[0]!.from]).toEqual(["back", server.link.local]);
    });

    it("what arrives belongs to the receiver", async (t) => {
      const server = t.open(t.server);
      const client = t.open(t.client, "");
      for (const text of ["first", "other"]) client.call((link) => link.send(bytesOf(text), server.link.local!));
      await t.until(() => server.got.length === 2);
      const kept = textOf(server.got[1]!.bytes);
      server.got[0]!.bytes.fill(0);
      await t.settle();
      expect(textOf(server.got[1]!.bytes)).toBe(kept);
    });

    it("65507 bytes are the most: one more is lost, and said to be", async (t) => {
      const server = t.open(t.server);
      const client = t.open(t.client, "");
      const whole = Uint8Array.from({ length: MOST_BYTES }, (_, i) => i % 251);
      client.call((link) => link.send(new Uint8Array(MOST_BYTES + 1), server.link.local!));
      await t.until(() => client.failures.length === 1);
      expect(client.failures).toEqual([{ code: "EMSGSIZE", text: "Message too long" }]);
      client.call((link) => link.send(whole, server.link.local!));
      await t.until(() => server.got.length === 1);
      expect(server.got[0]!.bytes.every((byte, i) => byte === i % 251) && server.got[0]!.bytes.length === MOST_BYTES).toBe(true);
    });

    it("an address that is taken, or a port that is none, is a failure that is returned, and nothing is reported", async (t) => {
      const first = t.open(t.server);
      const silent = new Probe();
      expect(t.server.open(t.host, first.link.local!.port, silent)).toEqual({ code: "EADDRINUSE", text: "Address already in use" });
      const bad = t.server.open(t.host, 70_000, silent);
      expect("code" in bad && bad.code).toBe("EAI_SERVICE");
      await t.settle();
      expect([silent.failures, silent.closes]).toEqual([[], 0]);
    });

    it("sending where nobody listens does no harm", async (t) => {
      const gone = t.open(t.server);
      const to = gone.link.local!;
      gone.call((link) => link.close());
      await t.until(() => gone.closes === 1);
      const client = t.open(t.client, "");
      client.call((link) => link.send(bytesOf("anybody?"), to));
      await t.settle();
      expect([client.got, client.closes]).toEqual([[], 0]);
    });

    it("after close nothing comes, sending is harmless, and the port is free", async (t) => {
      const server = t.open(t.server);
      const client = t.open(t.client, "");
      const to = server.link.local!;
      client.call((link) => link.send(bytesOf("late"), to));
      server.call((link) => link.close());
      server.call((link) => link.send(bytesOf("dead"), client.link.local!));
      server.call((link) => link.close());
      await t.until(() => server.closes === 1);
      await t.settle();
      expect([server.got, client.got]).toEqual([[], []]);
      expect(t.open(t.server, t.host, to.port).link.local).toEqual(to);
    });
  });
}
