/** A client of the real Skynet plays against our gate. Needs SKYNET_HOME (a built checkout) and port 8888, which that client has built in. */
import { spawn } from "node:child_process";
import { expect, it } from "vitest";
import { createNode } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { services } from "./index.ts";

const home = process.env["SKYNET_HOME"];
if (home === undefined) console.log("SKYNET_HOME is not set: the test with a real Skynet client is skipped");

it.skipIf(home === undefined)(
  "examples/client.lua of a Skynet checkout shakes hands, sets, gets and quits",
  { timeout: 20_000 },
  async () => {
    const ports = { ...nodePorts(), log: { output: { line: () => undefined } } };
    const node = await createNode({
      ports,
      services,
      config: { start: "main", gate_address: "127.0.0.1", gate_port: 8888, console_port: 0 },
    });
    try {
      const client = spawn(`${home}/3rd/lua/lua`, ["examples/client.lua"], { cwd: home, stdio: ["pipe", "pipe", "pipe"] });
      let out = "";
      client.stdout.on("data", (d: Buffer) => (out += d.toString()));
      client.stderr.on("data", (d: Buffer) => (out += d.toString()));
      const ended = new Promise((resolve) => client.on("exit", resolve));
      const until = async (text: string) => {
        for (let i = 0; !out.includes(text); i++) {
          if (i > 300) throw new Error(`the client never printed ${text}; it printed:\n${out}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      };
      // The client prints through a pipe, so its lines come when it ends; what it typed is answered one by one.
      client.stdin.write("hello\n");
      await new Promise((resolve) => setTimeout(resolve, 500));
      client.stdin.write("quit\n");
      await ended;
      await until("RESPONSE\t3");
      expect(out).toMatch(/RESPONSE\t1\nmsg\tWelcome to skynet, I will send heartbeat every 5 sec\.\n/);
      expect(out).toMatch(/RESPONSE\t3\nresult\tworld\n/);
      expect(out).toContain("Server closed");
    } finally {
      await node.stop();
    }
  },
);
