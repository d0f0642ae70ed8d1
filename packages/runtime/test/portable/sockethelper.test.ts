/** sockethelper (api.md §7, §15), on real sockets and on those of a page. */
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";
import { sockethelper } from "@skyloom/runtime/sockethelper";
import { describe, expect, it } from "vitest";
import { startNode } from "./host.ts";

const text = (bytes: Uint8Array): string => skynet.totext(bytes) as string;

/** Sends what it is told to each visitor, then closes; says what it got. */
const server = defineService(function* (greeting: string) {
  const got: string[] = [];
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (id) {
    yield* socket.start(id);
    socket.write(id, greeting);
    const [line] = yield* socket.readline(id);
    if (line !== false) got.push(text(line));
    yield* socket.close(id);
  });
  return { port: () => port, got: () => got };
});

const client = defineService(() => ({
  *read(port: number, pre: string, ...sizes: (number | false)[]) {
    const seen: string[] = [];
    const fd = yield* sockethelper.connect("127.0.0.1", port);
    const read = sockethelper.readfunc(fd, pre);
    sockethelper.writefunc(fd)(["I read ", `${sizes.length} times\n`]);
    try {
      for (const size of sizes) seen.push(text(yield* read(size === false ? undefined : size)));
    } catch (error) {
      seen.push(error instanceof sockethelper.socket_error ? error.message.replace(String(fd), "N") : `other: ${String(error)}`);
    }
    yield* sockethelper.close(fd);
    try {
      sockethelper.writefunc(fd)("late");
    } catch (error) {
      seen.push((error as Error).message.replace(String(fd), "N"));
    }
    return seen;
  },
  *all(port: number) {
    const fd = yield* sockethelper.connect("127.0.0.1", port, 500);
    sockethelper.writefunc(fd)("\n");
    const all = yield* sockethelper.readall(fd);
    yield* sockethelper.close(fd);
    return all === false ? all : text(all);
  },
  *shut(port: number) {
    const fd = yield* sockethelper.connect("127.0.0.1", port);
    sockethelper.shutdown(fd);
    let why = "";
    try {
      yield* sockethelper.readfunc(fd)(1);
    } catch (error) {
      why = (error as Error).message.replace(String(fd), "N");
    }
    yield* sockethelper.close(fd);
    return why;
  },
  *refused(port: number, timeout?: number) {
    try {
      return yield* sockethelper.connect("127.0.0.1", port, timeout);
    } catch (error) {
      return [(error as { code: string }).code, (error as Error).message];
    }
  },
}));

async function pair(
  greeting: string,
): Promise<{ port: number; call: (...args: unknown[]) => Promise<unknown>; got: () => Promise<unknown> }> {
  const { node, start } = await startNode({ server, client });
  const [s, c] = [await start("server", greeting), await start("client")];
  return {
    port: await node.call<number>(s, "lua", "port"),
    call: (...args) => node.call(c, "lua", ...args),
    got: () => node.call(s, "lua", "got"),
  };
}

describe("sockethelper", () => {
  it("readfunc (fd) reads by size, and throws the socket error when the peer closes; writefunc (fd) throws on a closed socket", async () => {
    const { port, call, got } = await pair("abcdef");
    expect(await call("read", port, "", 2, 3, 9)).toEqual([
      "ab",
      "cde",
      "[Socket Error] : read failed fd = N",
      "[Socket Error] : write failed fd = N",
    ]);
    await expect.poll(got).toEqual(["I read 3 times"]);
  });

  it("readfunc (fd, prefix) gives what was read before first, alone or joined with what follows", async () => {
    const { port, call } = await pair("cdef");
    expect(((await call("read", port, "ab", false)) as string[])[0]).toBe("ab");
    expect(((await call("read", port, "ab", 1, 3, 2)) as string[]).slice(0, 3)).toEqual(["a", "bcd", "ef"]);
    expect(((await call("read", port, "ab", 2, 4)) as string[]).slice(0, 2)).toEqual(["ab", "cdef"]);
  });

  it("shutdown (fd) ends both directions; close (fd) is still due", async () => {
    const { port, call } = await pair("");
    expect(await call("shut", port)).toBe("[Socket Error] : read failed fd = N");
  });

  it("readall gives everything until the peer closes", async () => {
    const { port, call } = await pair("x".repeat(300_000));
    expect(await call("all", port)).toBe("x".repeat(300_000));
  });

  it("connect (host, port, timeout) throws the socket error naming host, port and reason", async () => {
    const { call } = await pair("");
    const refusal = "connect failed host = 127.0.0.1 port = 9 timeout =";
    expect(await call("refused", 9)).toEqual(["SOCKET", `[Socket Error] : ${refusal} none err = Connection refused`]);
    expect(await call("refused", 9, 100)).toEqual(["SOCKET", `[Socket Error] : ${refusal} 100 err = Connection refused`]);
  });
});
