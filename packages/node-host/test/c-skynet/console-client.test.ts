import type { Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { ConsoleClient } from "../../src/c-skynet/console-client.ts";
import type { ConsoleLimits } from "../../src/c-skynet/console-client.ts";
import { nodeClock } from "../../src/ports/index.ts";
import { recording, TranscriptServer } from "./transcript.ts";
import type { Exchange } from "./transcript.ts";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function serve(
  exchanges: readonly Exchange[] = [],
  options: ConstructorParameters<typeof TranscriptServer>[1] = {},
): Promise<TranscriptServer> {
  const server = await new TranscriptServer(exchanges, options).listen();
  closers.push(() => server.close());
  return server;
}

function talk(port: number, limits: Partial<ConsoleLimits> = {}): ConsoleClient {
  const client = new ConsoleClient({ host: "127.0.0.1", port }, nodeClock(), { connectMs: 300, commandMs: 300, ...limits }, () => 0.5);
  closers.push(() => client.close());
  return client;
}

const OK = (text: string): string => `${text}<CMD OK>\n`;

describe("a conversation with a console", () => {
  it.each([1, 7, undefined])("gives each recorded answer to its own command, whatever pieces of %s bytes it comes in", async (bytes) => {
    const exchanges = recording("console");
    const server = await serve(exchanges, bytes === undefined ? {} : { bytes });
    const client = talk(server.port, { commandMs: 5_000 });
    const answers = await Promise.all(exchanges.map(async ({ send }) => client.ask(send)));
    for (const [i, { recv }] of exchanges.entries()) {
      const failed = recv.endsWith("<CMD Error>\n");
      expect(answers[i]).toMatchObject({ ok: !failed, text: recv.slice(0, -(failed ? 12 : 9)) });
    }
    expect(server.asked).toEqual(exchanges.map((e) => e.send.trim()));
    expect(server.sockets.size).toBe(1);
  });

  it("sends one command at a time", async () => {
    const server = await serve();
    const open: Socket[] = [];
    for (const line of ["a", "b"]) server.play(line, (socket) => open.push(socket));
    const client = talk(server.port, { commandMs: 2_000 });
    const both = [client.ask("a"), client.ask("b")];
    await expect.poll(() => server.asked).toEqual(["a"]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(server.asked).toEqual(["a"]);
    open[0]!.write(OK("1\n"));
    await expect.poll(() => server.asked).toEqual(["a", "b"]);
    open[1]!.write(OK("2\n"));
    expect((await Promise.all(both)).map((a) => a.text)).toEqual(["1\n", "2\n"]);
  });

  it("gives up a command that is not answered, and takes its late answer for no other", async () => {
    const server = await serve([{ send: "next", recv: OK("right\n") }]);
    server.play("slow", (socket) => setTimeout(() => socket.writable && socket.write(OK("late\n")), 150));
    const client = talk(server.port, { commandMs: 100 });
    const slow = client.ask("slow");
    const next = client.ask("next");
    await expect(slow).rejects.toMatchObject({
      why: "silent",
      message: expect.stringMatching(/did not answer "slow" within 0.1 s/) as string,
    });
    expect((await next).text).toBe("right\n");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await client.ask("next")).text).toBe("right\n");
  });

  it("goes on over a new connection when the console hangs up in an answer, and tells what was not answered", async () => {
    const server = await serve([{ send: "next", recv: OK("1\n") }]);
    server.play("drop", (socket) => socket.end("half a li"));
    const client = talk(server.port);
    await expect(client.ask("drop")).rejects.toMatchObject({ why: "closed" });
    expect((await client.ask("next")).text).toBe("1\n");
    for (const socket of server.sockets) socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await client.ask("next")).text).toBe("1\n");
  });

  it("takes text that is printed between and within answers for what it is", async () => {
    const server = await serve();
    server.play("a", (socket) => {
      socket.write("key\tvalue\n");
      socket.write("printed by somebody else\n not <CMD OK>\n");
      socket.write(`${OK("other\tvalue\n")}unasked\n<CMD OK>\n`);
    });
    server.play("b", { send: "b", recv: OK("b\n") });
    const client = talk(server.port);
    expect((await client.ask("a")).text).toBe("key\tvalue\nprinted by somebody else\n not <CMD OK>\nother\tvalue\n");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect((await client.ask("b")).text).toBe("b\n");
  });

  it("reads an answer of many megabytes, and gives up one that is longer than the limit", async () => {
    const line = `:0000000a\tsnlua ${"x".repeat(100)}\n`;
    const server = await serve([{ send: "list", recv: OK(line.repeat(50_000)) }]);
    const { text } = await talk(server.port, { commandMs: 5_000 }).ask("list");
    expect(text.length).toBe(line.length * 50_000);
    const short = talk(server.port, { commandMs: 5_000, answerLength: 100_000 });
    await expect(short.ask("list")).rejects.toMatchObject({ message: expect.stringContaining("longer than 100000 characters") as string });
  });

  it("keeps letters that the network cuts in two", async () => {
    const server = await serve();
    const bytes = Buffer.from(OK("名\t值\n"));
    server.play("a", (socket) => {
      socket.write(bytes.subarray(0, 1));
      setTimeout(() => socket.write(bytes.subarray(1)), 20);
    });
    expect((await talk(server.port).ask("a")).text).toBe("名\t值\n");
  });

  it("tells what is wrong where no console is, and tries again later and later, but not more rarely than every 15 s", async () => {
    const server = await serve([{ send: "a", recv: OK("") }]);
    const { port } = server;
    await server.close();
    closers.pop();
    let now = 0;
    const clock = { ...nodeClock(), now: () => now };
    const client = new ConsoleClient({ host: "127.0.0.1", port }, clock, {}, () => 0.5);
    closers.push(() => client.close());
    const pauses: number[] = [];
    for (let i = 0; i < 6; i++) {
      await expect(client.ask("a")).rejects.toMatchObject({
        why: "gone",
        message: `no debug console at 127.0.0.1:${port}: Connection refused`,
      });
      pauses.push(client.gone!.retryMs - now);
      // In between nobody connects.
      await expect(client.ask("a")).rejects.toMatchObject({ why: "gone" });
      now = client.gone!.retryMs;
    }
    expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000]);
    const again = await new TranscriptServer([{ send: "a", recv: OK("back\n") }]).listen(port);
    closers.push(() => again.close());
    expect((await client.ask("a")).text).toBe("back\n");
    expect(client.gone).toBeUndefined();
  });

  it.each([
    ["HTTP/1.1 400 Bad Request\r\n", 'is no debug console: it begins with "HTTP/1.1 400 Bad Request'],
    ["", "something listens there, but does not greet as a debug console within 0.3 s"],
    ["Welcome to skynet", "does not greet"],
  ])("does not talk to what greets with %j", async (banner, why) => {
    const server = await serve([], { banner });
    await expect(talk(server.port).ask("list")).rejects.toMatchObject({ why: "gone", message: expect.stringContaining(why) as string });
    expect(server.asked).toEqual([]);
  });

  it.each(["", " ", "a\nb", "a\r", "GET / HTTP/1.1", "POST x"])("does not send %j", async (line) => {
    const server = await serve();
    await expect(talk(server.port).ask(line)).rejects.toMatchObject({ why: "refused", code: "ARGUMENT" });
  });

  it("rejects everything that waits when it is closed", async () => {
    const server = await serve();
    server.play("a", () => undefined);
    const client = talk(server.port);
    const waiting = [client.ask("a"), client.ask("a")];
    client.close();
    for (const one of waiting) await expect(one).rejects.toMatchObject({ why: "closed" });
    await expect(client.ask("a")).rejects.toMatchObject({ why: "closed" });
  });
});
