/**
 * HTTP requests and WebSocket messages per second against Node's own HTTP server and the `ws` package, under the same load.
 * usage: node bench/http.mjs [seconds]   (after a build)
 *
 * Server and load are processes of their own; on a machine whose cores they must share, the figure per second of CPU is the truer one. The servers take turns, so that what else the machine does falls on both.
 */
import { createNode, defineService } from "@skyloom/runtime";
import { httpd, sockethelper } from "@skyloom/runtime/http";
import { socket } from "@skyloom/runtime/socket";
import { websocket } from "@skyloom/runtime/websocket";
import { nodePorts } from "@skyloom/node-host";
import { fork } from "node:child_process";
import { createServer } from "node:http";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { WebSocket, WebSocketServer } from "ws";

const CONNECTIONS = 32;
const ROUNDS = 3;

// --- servers

const web = defineService(function* () {
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(listener, function* (fd) {
    yield* socket.start(fd);
    socket.nodelay(fd);
    const [read, write] = [sockethelper.readfunc(fd), sockethelper.writefunc(fd)];
    for (;;) {
      const [code, url] = yield* httpd.read_request(read, 8192);
      if (code !== 200) break;
      httpd.write_response(write, 200, `hello ${url}\n`, { "content-type": "text/plain" });
    }
    yield* socket.close(fd);
  });
  return { port: () => port };
});

const echo = defineService(function* () {
  const [listener, , port] = yield* socket.listen("127.0.0.1", 0);
  const handle = { message: (id, data, kind) => websocket.write(id, data, kind), connect: (id) => socket.nodelay(id) };
  yield* socket.start(listener, (id, addr) => websocket.accept(id, handle, "ws", addr));
  return { port: () => port };
});

const servers = {
  async "http ours"() {
    const node = await createNode({ ports: nodePorts(), services: { web }, config: { start: "" } });
    return node.call(await node.newservice("web"), "lua", "port");
  },
  "http node": () =>
    new Promise((resolve) => {
      const server = createServer((req, res) => {
        const body = `hello ${req.url}\n`;
        res.writeHead(200, { "content-type": "text/plain", "content-length": Buffer.byteLength(body) });
        res.end(body);
      });
      server.listen(0, "127.0.0.1", () => resolve(server.address().port));
    }),
  async "ws ours"() {
    const node = await createNode({ ports: nodePorts(), services: { echo }, config: { start: "" } });
    return node.call(await node.newservice("echo"), "lua", "port");
  },
  "ws node": () =>
    new Promise((resolve) => {
      const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
      server.on("connection", (peer) => peer.on("message", (data, binary) => peer.send(data, { binary })));
      server.on("listening", () => resolve(server.address().port));
    }),
};

// --- load

/** Asks again as soon as an answer has come: 100 bytes of fields, as a browser's are. */
function httpLoad(port, done) {
  const request = Buffer.from(
    `GET /some/path?x=1 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\nAccept: text/html\r\nX-Filler: ${"y".repeat(40)}\r\n\r\n`,
  );
  const end = Buffer.from("x=1\n");
  const link = connect(port, "127.0.0.1", () => link.write(request));
  link.setNoDelay(true);
  link.on("data", (data) => {
    // One answer at a time; its body is its end.
    if (!data.subarray(-4).equals(end)) return;
    done();
    link.write(request);
  });
  return link;
}

function wsLoad(port, done) {
  const peer = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const data = Buffer.alloc(64, 7);
  // Four under way at a time, as in a game.
  peer.on("open", () => {
    for (let i = 0; i < 4; i++) peer.send(data);
  });
  peer.on("message", () => {
    done();
    peer.send(data);
  });
  return { destroy: () => peer.terminate() };
}

/** Messages in so many seconds, and the seconds of CPU the server took for them. */
async function measure(kind, port, seconds, cpu) {
  let count = 0;
  const links = Array.from({ length: CONNECTIONS }, () => (kind === "http" ? httpLoad : wsLoad)(port, () => void count++));
  await new Promise((resolve) => setTimeout(resolve, 500));
  const [before, from, spent] = [count, performance.now(), await cpu()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const done = count - before;
  const rate = done / ((performance.now() - from) / 1000);
  const perCpuSecond = done / ((await cpu()) - spent);
  for (const link of links) link.destroy();
  return { rate, perCpuSecond };
}

const [, , first, second] = process.argv;
if (first === "serve") {
  process.send(await servers[second]());
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send((user + system) / 1e6);
  });
  process.on("disconnect", () => process.exit());
} else {
  const seconds = Number(first ?? 3);
  for (const [kind, unit, goal] of [
    ["http", "requests/s", 0.7],
    ["ws", "messages/s", 0.8],
  ]) {
    const rates = { ours: [], node: [] };
    for (let round = 0; round < ROUNDS; round++)
      for (const whose of ["ours", "node"]) {
        const child = fork(fileURLToPath(import.meta.url), ["serve", `${kind} ${whose}`], {
          stdio: ["ignore", "ignore", "inherit", "ipc"],
        });
        const port = await new Promise((resolve) => child.once("message", resolve));
        const cpu = () =>
          new Promise((resolve) => {
            child.once("message", resolve);
            child.send("cpu");
          });
        rates[whose].push(await measure(kind, port, seconds, cpu));
        child.disconnect();
        await new Promise((resolve) => child.once("exit", resolve));
      }
    const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];
    for (const [what, name] of [
      ["rate", unit],
      ["perCpuSecond", `${unit.slice(0, -2)} per second of the server's CPU`],
    ]) {
      const [ours, theirs] = [rates.ours, rates.node].map((list) => median(list.map((r) => r[what])));
      console.log(
        `RESULT ${kind} ours ${ours.toFixed(0)}, node ${theirs.toFixed(0)} ${name}, ratio ${(ours / theirs).toFixed(2)} (goal ${goal})`,
      );
    }
  }
}
