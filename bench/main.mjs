/**
 * The subject of the comparison: runs one case and prints RESULT lines, under the names the Lua side uses.
 * usage: node bench/main.mjs <case>[,<case>]   (after a build)
 */
import { createNode, defineService, skynet } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";
import { snax } from "@skyloom/runtime/snax";
import { sproto } from "@skyloom/runtime/sproto";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { nested, person, schema, zoo } from "./shapes.mjs";

const out = (name, value, unit) => console.log(`RESULT ${name} ${value.toPrecision(6)} ${unit}`);
const seconds = function* (f) {
  const t = performance.now();
  yield* f();
  return (performance.now() - t) / 1000;
};
const parallel = function* (width, f) {
  const token = {};
  let left = width;
  for (let i = 0; i < width; i++)
    skynet.fork(function* () {
      yield* f();
      if (--left === 0) skynet.wakeup(token);
    });
  yield* skynet.wait(token);
};

/** Echo, in the long form as the Lua one is. */
const echo = () => {
  let count = 0;
  skynet.dispatch("lua", (session, _source, ...args) => {
    if (session === 0) {
      count++;
      return;
    }
    if (args[0] === "COUNT") {
      skynet.retpack(count);
      count = 0;
    } else skynet.retpack(...args);
  });
};
const ring = () => {
  let next, home;
  skynet.dispatch("lua", (_session, _source, cmd, a, b) => {
    if (cmd === "T") {
      if (a === 0) skynet.send(home, "lua", "RINGDONE");
      else skynet.send(next, "lua", "T", a - 1);
    } else if (cmd === "LINK") {
      next = a;
      home = b;
      skynet.ret();
    }
  });
};
const nop = () => skynet.dispatch("lua", () => void skynet.ret());

const cases = {
  *call() {
    const to = yield* skynet.newservice("echo");
    const shape = nested();
    let n = 200_000;
    out(
      "call_seq_small",
      n /
        (yield* seconds(function* () {
          for (let i = 0; i < n; i++) yield* skynet.call(to, "lua", "echo", i);
        })),
      "call/s",
    );
    n = 60_000;
    out(
      "call_seq_nested",
      n /
        (yield* seconds(function* () {
          for (let i = 0; i < n; i++) yield* skynet.call(to, "lua", shape);
        })),
      "call/s",
    );
  },
  *zoo() {
    const to = yield* skynet.newservice("echo");
    const shapes = zoo(12);
    const n = 60_000;
    out(
      "call_seq_zoo12",
      n /
        (yield* seconds(function* () {
          for (let i = 0; i < n; i++) yield* skynet.call(to, "lua", shapes[i % 12]);
        })),
      "call/s",
    );
  },
  *callpar() {
    const to = yield* skynet.newservice("echo");
    const shape = nested();
    let per = 5000;
    out(
      "call_par64_small",
      (64 * per) /
        (yield* seconds(() =>
          parallel(64, function* () {
            for (let i = 0; i < per; i++) yield* skynet.call(to, "lua", "echo", i);
          }),
        )),
      "call/s",
    );
    per = 1500;
    out(
      "call_par64_nested",
      (64 * per) /
        (yield* seconds(() =>
          parallel(64, function* () {
            for (let i = 0; i < per; i++) yield* skynet.call(to, "lua", shape);
          }),
        )),
      "call/s",
    );
  },
  *send() {
    const sink = yield* skynet.newservice("echo");
    const n = 1_000_000;
    out(
      "send_1m",
      n /
        (yield* seconds(function* () {
          for (let i = 0; i < n; i++) skynet.send(sink, "lua", "msg", i);
          if ((yield* skynet.call(sink, "lua", "COUNT")) !== n) throw new Error("messages were lost");
        })),
      "msg/s",
    );
    out(
      "send_batched",
      n /
        (yield* seconds(function* () {
          for (let b = 0; b < 1000; b++) {
            for (let i = 0; i < 1000; i++) skynet.send(sink, "lua", "msg", i);
            yield* skynet.call(sink, "lua", "COUNT");
          }
        })),
      "msg/s",
    );
    skynet.kill(sink);
  },
  *ring() {
    const list = [];
    for (let i = 0; i < 1000; i++) list.push(yield* skynet.newservice("ring"));
    for (let i = 0; i < 1000; i++) yield* skynet.call(list[i], "lua", "LINK", list[(i + 1) % 1000], skynet.self());
    const hops = 500_000;
    out(
      "ring_hops",
      hops /
        (yield* seconds(function* () {
          skynet.send(list[0], "lua", "T", hops);
          yield* skynet.wait(ringDone);
        })),
      "hop/s",
    );
  },
  *fork() {
    const n = 500_000;
    let done = 0;
    out(
      "fork",
      n /
        (yield* seconds(function* () {
          for (let b = 0; b < n / 1000; b++) {
            for (let i = 0; i < 1000; i++)
              skynet.fork(() => {
                done++;
              });
            yield* skynet.yield();
          }
        })),
      "fork/s",
    );
    if (done !== n) throw new Error("forks were lost");
    out(
      "yield_one",
      200_000 /
        (yield* seconds(function* () {
          for (let i = 0; i < 200_000; i++) yield* skynet.yield();
        })),
      "resume/s",
    );
    out(
      "yield_100",
      300_000 /
        (yield* seconds(() =>
          parallel(100, function* () {
            for (let i = 0; i < 3000; i++) yield* skynet.yield();
          }),
        )),
      "resume/s",
    );
  },
  *timer() {
    const n = 200_000;
    const token = {};
    let fired = 0;
    const cpu = process.cpuUsage();
    const t0 = performance.now();
    for (let i = 1; i <= n; i++)
      skynet.timeout(1 + ((i * 7919) % 100), () => {
        if (++fired === n) skynet.wakeup(token);
      });
    const t1 = performance.now();
    yield* skynet.wait(token);
    const t2 = performance.now();
    const used = process.cpuUsage(cpu);
    out("timer_create", n / ((t1 - t0) / 1000), "timer/s");
    out("timer_wall", (t2 - t0) / 1000, "s");
    out("timer_per_cpu_s", n / ((used.user + used.system) / 1e6), "timer/cpu-s");
    fired = 0;
    const t3 = performance.now();
    for (let i = 0; i < n; i++)
      skynet.timeout(50, () => {
        if (++fired === n) skynet.wakeup(token);
      });
    yield* skynet.wait(token);
    out("timer_burst_late", (performance.now() - t3) / 1000 - 0.5, "s-after-deadline");
  },
  *spawn() {
    const n = 2000;
    let list = [];
    // Warm up; the pages this takes stay with the process and do not count below.
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < n; i++) list.push(yield* skynet.newservice("nop"));
      for (const s of list) skynet.kill(s);
      list = [];
      yield* skynet.sleep(10);
    }
    const rss = process.memoryUsage.rss();
    out(
      "spawn",
      n /
        (yield* seconds(function* () {
          for (let i = 0; i < n; i++) list.push(yield* skynet.newservice("nop"));
        })),
      "service/s",
    );
    out("spawn_rss_per_service", (process.memoryUsage.rss() - rss) / n, "B");
    out(
      "kill",
      n /
        (yield* seconds(function* () {
          for (const s of list) skynet.kill(s);
        })),
      "service/s",
    );
  },
  *heap() {
    const n = 10_000;
    const list = [];
    const used = () => {
      for (let i = 0; i < 4; i++) globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    for (let i = 0; i < 200; i++) list.push(yield* skynet.newservice("nop"));
    yield* skynet.sleep(20);
    const before = used();
    for (let i = 0; i < n; i++) list.push(yield* skynet.newservice("nop"));
    yield* skynet.sleep(20);
    out("heap_per_idle_service", (used() - before) / n, "B");
  },
};
const ringDone = {};

Object.assign(cases, {
  *pack() {
    const shape = nested();
    const ops = (name, n, f) => {
      for (let i = 0; i < n / 10; i++) f(i);
      const t = performance.now();
      for (let i = 0; i < n; i++) f(i);
      out(name, n / ((performance.now() - t) / 1000), "op/s");
    };
    ops("pack_small", 2_000_000, (i) => skynet.packstring("echo", i));
    ops("pack_nested", 300_000, () => skynet.packstring(shape));
    const a = skynet.packstring("echo", 42);
    const b = skynet.packstring(shape);
    out("pack_size_nested", b.length, "B");
    ops("unpack_small", 2_000_000, () => skynet.unpack(a));
    ops("unpack_nested", 200_000, () => skynet.unpack(b));
    yield* skynet.yield();
  },
  *sproto() {
    const sp = sproto.parse(schema);
    const record = person();
    const plain = sp.encode("Person", record);
    const packed = sp.pencode("Person", record);
    const ops = (name, f) => {
      const n = 200_000;
      for (let i = 0; i < n / 10; i++) f();
      const t = performance.now();
      for (let i = 0; i < n; i++) f();
      out(name, n / ((performance.now() - t) / 1000), "op/s");
    };
    ops("sproto_encode", () => sp.encode("Person", record));
    ops("sproto_decode", () => sp.decode("Person", plain));
    ops("sproto_pencode", () => sp.pencode("Person", record));
    ops("sproto_pdecode", () => sp.pdecode("Person", packed));
    yield* skynet.yield();
  },
  *startup() {
    const child = spawn(process.execPath, [fileURLToPath(new URL("./startup.mjs", import.meta.url))], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const begun = performance.now();
    const ready = yield* skynet.await(new Promise((resolve) => child.stdout.once("data", () => resolve(performance.now()))));
    out("startup", ready - begun, "ms");
    yield* skynet.sleep(50);
    out("rss_empty", Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))[1]) / 1024, "MiB");
    child.kill();
  },
  /** A snax request beside a call that does the same, taking turns: the ratio is the median of the turns. */
  *snax() {
    const plain = yield* skynet.newservice("answer");
    const { req } = yield* snax.newservice("pinger");
    const n = 10_000;
    const sides = {
      *call() {
        for (let i = 0; i < n; i++) yield* skynet.call(plain, "lua", "echo", i);
      },
      *req() {
        for (let i = 0; i < n; i++) yield* req.echo(i);
      },
    };
    for (let warm = 0; warm < 10; warm++) for (const side of Object.values(sides)) yield* side();
    const rates = { call: [], req: [] };
    for (let round = 0; round < 101; round++)
      for (const name of round % 2 === 0 ? ["call", "req"] : ["req", "call"]) rates[name].push(n / (yield* seconds(sides[name])));
    const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1];
    out("snax_call", median(rates.call), "call/s");
    out("snax_req", median(rates.req), "call/s");
    out("snax_req_to_call", median(rates.req.map((rate, i) => rate / rates.call[i])), "ratio");
  },
  /** Timers are due every 20 ms while messages flow without a pause. */
  *delay() {
    const to = yield* skynet.newservice("echo");
    let worst = 0;
    let over = false;
    skynet.fork(function* () {
      while (!over) {
        const t = performance.now();
        yield* skynet.sleep(2);
        worst = Math.max(worst, performance.now() - t - 20);
      }
    });
    for (let i = 0; i < 1_000_000; i++) {
      skynet.send(to, "lua", "msg", i);
      if (i % 1000 === 999) yield* skynet.call(to, "lua", "COUNT");
    }
    over = true;
    out("timer_worst_delay", worst, "ms");
  },
});

const main = () => {
  skynet.dispatch("lua", (_session, _source, cmd) => {
    if (cmd === "RINGDONE") skynet.wakeup(ringDone);
  });
  skynet.start(() => {
    skynet.fork(function* () {
      const runs = Number(process.env.BENCH_RUNS ?? 1);
      for (let r = 0; r < runs; r++) for (const name of process.argv[2].split(",")) if (cases[name]) yield* cases[name]();
      console.log("DONE");
      skynet.abort();
    });
  });
};
const quiet = {
  ...nodePorts(),
  log: {
    output: {
      line: (text) => {
        if (/error|fail/i.test(text)) console.error(text);
      },
    },
  },
};
/** The same as a plain service and as a snax service. */
const answer = defineService(() => ({ echo: (i) => i }));
const pinger = snax.define(() => ({ response: { echo: (i) => i } }));
await createNode({ ports: quiet, services: { main, echo, ring, nop, answer, pinger } });
