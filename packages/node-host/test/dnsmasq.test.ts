/** Name look-ups with a real DNS server on loopback: dnsmasq, from `DNSMASQ_PATH` or where Debian puts it. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { existsSync } from "node:fs";
import { createNode, defineService } from "@skyloom/runtime";
import type { SkynetNode } from "@skyloom/runtime";
import { dns } from "@skyloom/runtime/dns";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodePorts } from "../src/index.ts";

const dnsmasq = process.env["DNSMASQ_PATH"] ?? "/usr/sbin/dnsmasq";
const isHere = existsSync(dnsmasq);
if (!isHere) console.log("dnsmasq.test.ts: no dnsmasq here (Debian: apt-get install dnsmasq-base): its tests are skipped");

/** More addresses than go into a datagram of 512 bytes. */
const MANY = 60;

const resolver = defineService((port: number) => {
  dns.DEFAULT_HOSTS = "";
  dns.server("127.0.0.1", port);
  return {
    resolve: function* (name: string, ipv6?: boolean) {
      return (yield* dns.resolve(name, ipv6))[1];
    },
  };
});

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createSocket("udp4").bind(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

describe.skipIf(!isHere)("a real name server", () => {
  let server: ChildProcess;
  let node: SkynetNode;
  let client: number;
  const lines: string[] = [];
  const ask = (name: string, ipv6?: boolean): Promise<unknown> => node.call(client, "lua", "resolve", name, ipv6);

  beforeAll(async () => {
    const port = await freePort();
    const addresses = Array.from({ length: MANY }, (_, i) => `--host-record=many.test,10.1.${i >> 6}.${(i & 63) + 1}`);
    server = spawn(
      dnsmasq,
      [
        "--keep-in-foreground --no-daemon --no-resolv --no-hosts --conf-file=/dev/null --pid-file= --bind-interfaces --user= --group=",
        `--port=${port} --listen-address=127.0.0.1 --local=/test/ --local-ttl=60`,
        "--host-record=game.test,10.0.0.5,fd00::5 --cname=www.test,mid.test --cname=mid.test,game.test",
        addresses.join(" "),
      ].flatMap((line) => line.split(" ")),
      { stdio: ["ignore", "ignore", "pipe"] },
    );
    let said = "";
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.once("exit", () => reject(new Error(`dnsmasq ended: ${said}`)));
      server.stderr!.on("data", (data) => {
        said += String(data);
        if (said.includes("started")) resolve();
      });
    });
    const ports = nodePorts();
    node = await createNode({
      services: { resolver },
      config: { start: "" },
      ports: { ...ports, log: { output: { line: (text) => lines.push(text) } } },
    });
    client = (await node.newservice("resolver", port))!;
  });

  afterAll(async () => {
    server?.removeAllListeners("exit").kill();
    await node?.stop();
  });

  it("A and AAAA", async () => {
    expect(await ask("game.test")).toEqual(["10.0.0.5"]);
    expect(await ask("game.test", true)).toEqual(["fd00:0:0:0:0:0:0:5"]);
  });

  it("a chain of aliases", async () => {
    expect(await ask("www.test")).toEqual(["10.0.0.5"]);
  });

  it("a name that does not exist", async () => {
    await expect(ask("nobody.test")).rejects.toThrow("call failed");
    expect(lines.join("\n")).toContain("timeout or no answer: nobody.test (A): NXDOMAIN");
  });

  it("an answer too long for a datagram, which comes over TCP", async () => {
    expect(((await ask("many.test")) as string[]).toSorted()).toEqual(
      Array.from({ length: MANY }, (_, i) => `10.1.${i >> 6}.${(i & 63) + 1}`).toSorted(),
    );
  });
});
