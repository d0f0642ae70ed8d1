/**
 * A made-up host that always looks the same: every channel has rows, and ages are counted back from the moment of the sample, so that
 * pictures of it can be compared.
 */

const US = 1_000_000;
const names = ["gate", "watchdog", "simpledb", "auth", "rank", "mail", "chat", "match"];

/** A walk over rows that are made when they are visited. */
const walk = (count, make) => () => {
  let i = 0;
  return {
    next(limit, visit) {
      for (const end = Math.min(count, i + limit); i < end; i++) visit(make(i));
      return i < count;
    },
  };
};

/**
 * The source.
 *
 * @param count - Services.
 * @param now - Milliseconds of the agent's clock.
 */
export function gallerySource(count, now) {
  const us = () => now() * 1000;
  const addr = (i) => i + 8;
  const name = (i) => (i < names.length ? `.${names[i]}` : `agent u${1000 + i}`);
  const type = (i) => (i < names.length ? names[i] : "agent");
  const node = "game1";
  const states = ["idle", "busy", "waiting", "idle", "idle", "overload", "stuck", "deadlocked"];
  const some = (n) => Math.min(n, count);
  const sweepAlert = () => ({
    id: "deadlock-1",
    kind: "deadlock",
    severity: "error",
    entities: [{ kind: "service", id: ":0000000e" }],
    title: "Deadlock of 4 tasks",
    text: "4 tasks of :0000000e account a, :0000000f account b wait for each other and will never go on.",
    evidence:
      "Deadlock: 4 tasks of 2 services wait for each other\n1. :0000000e account a, lua pay for :00000008 main (session 1)\n   holds queue #1\n   waits 41.20 s for the reply to lua take of :0000000f account b (session 2) from 4",
    first: us() - 41.2 * US,
    last: us(),
  });
  return {
    host: () => ({ id: "gallery", name: "gallery", mode: "sim", runtime: "0.1.0", startMs: 1_700_000_000_000 }),
    totals: () => ({ services: count, messages: 1_000_000 }),
    tables: {
      overview: walk(1, () => ({
        node,
        services: count,
        messages: 1_000_000,
        mqlen: count === 0 ? 0 : 1204,
        pending: some(6),
        oldestUs: count === 0 ? 0 : 41.2 * US,
        cpuUs: 12 * US,
        errors: 3,
        tasks: count * 2,
        sockets: some(12),
        bytesIn: 52_000_000,
        bytesOut: 81_000_000,
        timers: some(40),
        heap: 48_000_000,
        heapLimit: 4_300_000_000,
        rss: 96_000_000,
        external: 3_200_000,
      })),
      services: walk(count, (i) => ({
        addr: addr(i),
        name: name(i),
        type: type(i),
        node,
        state: states[i % states.length],
        mqlen: i % 8 === 5 ? 1204 : i % 8 === 1 ? 3 : 0,
        mqmax: 0,
        task: i % 4,
        msg: 1000 * i,
        cpuUs: 5000 * i,
        mem: 40_000 + 640 * i,
        err: i % 97 === 5 ? 3 : 0,
        oldestUs: i % 8 >= 6 ? 41.2 * US : 0,
        flags: 4 + 2,
        startUs: us() - 192 * US,
      })),
      mailboxes: walk(count, (i) => ({
        addr: addr(i),
        name: name(i),
        type: type(i),
        node,
        mqlen: i % 8 === 5 ? 1204 - (i % 300) : i % 8 === 1 ? 3 : 0,
        mqmax: i % 8 === 5 ? 1400 : 1,
        bytes: 0,
        in: 5000 + i,
        out: 5000,
        oldestSinceUs: i % 8 === 5 ? us() - 3.2 * US : -1,
        topSender: i % 8 === 5 ? 8 : 0,
        topSenderName: i % 8 === 5 ? ".gate" : "",
        topType: i % 8 === 5 ? "lua" : "",
        system: 0,
      })),
      sessions: walk(some(40), (i) => ({
        node,
        from: addr(i),
        fromName: name(i),
        session: 40 + i,
        fromTask: 100 + i,
        to: addr((i + 1) % count),
        toName: name((i + 1) % count),
        toTask: i % 3 === 0 ? 0 : 200 + i,
        type: "lua",
        command: ["hold", "get", "login", "buy"][i % 4],
        state: ["cycle", "waiting", "queued", "running", "unknown-waker", "lost"][i % 6],
        sentUs: us() - (41.2 - i) * US,
        dispatchedUs: us() - (41.1 - i) * US,
        suspendedUs: us() - (40 - i) * US,
        hops: 1 + (i % 3),
        tag: "",
      })),
      waits: walk(count < 8 ? 0 : 4, (i) => ({
        node,
        index: 0,
        fromTask: [7, 9, 4, 5][i],
        from: i % 3 === 0 ? 14 : 15,
        fromName: i % 3 === 0 ? "account a" : "account b",
        toTask: [9, 4, 5, 7][i],
        to: i < 2 ? 15 : 14,
        toName: i < 2 ? "account b" : "account a",
        kind: i % 2 === 0 ? "call" : "lock",
        resource: i % 2 === 0 ? `:0000000e-${40 + i}` : `queue #${i} of :0000000f`,
        sinceUs: us() - 41.2 * US,
        deadlock: "deadlock-1",
      })),
      memory: walk(count, (i) => ({
        addr: addr(i),
        name: name(i),
        type: type(i),
        node,
        mem: 40_000 + 6400 * (i % 61),
        mailboxBytes: (i % 7) * 1200,
        socketBytes: 0,
        timers: i % 3,
        tasks: i % 4,
        limit: 0,
        system: 0,
      })),
      sockets: walk(some(12), (i) => ({
        id: i + 1,
        node,
        type: i === 0 ? "LISTEN" : i === 5 ? "CLOSING" : "TCP",
        owner: 8,
        ownerName: ".gate",
        local: i === 0 ? "0.0.0.0:8888" : "",
        peer: i === 0 ? "" : `10.0.0.${i}:5${1000 + i}`,
        read: 52_000 * i,
        write: 81_000 * i,
        rtimeUs: us() - 0.4 * US * i,
        wtimeUs: us() - 0.3 * US * i,
        wbuffer: i === 5 ? 700_000 : 0,
        accepted: 40,
        flags: i === 7 ? 0 : 1,
      })),
      timers: walk(some(40), (i) => ({
        node,
        owner: addr(i),
        ownerName: name(i),
        session: i + 3,
        kind: i % 3 === 0 ? "timeout" : "sleep",
        dueUs: us() + i * 0.25 * US,
        ticks: 100 * (1 + (i % 5)),
        task: i % 3 === 0 ? 0 : 300 + i,
        together: 1,
      })),
    },
    events: {
      logs: logFeed(us),
      trace: { tail: 0, head: 0, attach() {}, detach() {}, read: (first) => ({ first, count: 0, columns: {} }) },
    },
    questions: { tracing: () => false },
    commands: [
      {
        name: "help",
        scope: "read",
        usage: "help",
        help: "What each command does",
        run: () => ({ ok: true, text: "<CMD OK>", value: {} }),
      },
      {
        name: "list",
        scope: "read",
        usage: "list",
        help: "All services the launcher started",
        run: () => ({ ok: true, text: "<CMD OK>", value: {} }),
      },
    ],
    *sweep() {
      yield;
      return count < 8 ? [] : [sweepAlert()];
    },
  };
}

/** Two dozen lines, the last of them just now. */
function logFeed(us) {
  const texts = [
    ["info", "LAUNCH snlua agent"],
    ["info", "New client from : 10.0.0.7:50211"],
    ["warn", "May overload, message queue length = 2048"],
    ["error", "lua call [8 to :0000000c : 41 msgsz = 12] error : no such user"],
    ["debug", "<TRACE :0000000a-7> 8123999 call : agent"],
    ["info", "KILL self"],
  ];
  const lines = Array.from({ length: 24 }, (_, i) => ({
    addr: 8 + (i % 5),
    name: ["gate", "watchdog", "simpledb", "agent", "chat"][i % 5],
    line: texts[i % texts.length],
  }));
  return {
    tail: 0,
    head: lines.length,
    attach() {},
    detach() {},
    read(from, limit) {
      const some = lines.slice(from, from + limit);
      const column = (make) => some.map(make);
      return {
        first: from,
        count: some.length,
        columns: {
          t: column((_, i) => us() - (24 - from - i) * 250_000),
          addr: column((l) => l.addr),
          node: column(() => "game1"),
          name: column((l) => l.name),
          level: column((l) => l.line[0]),
          text: column((l) => l.line[1]),
        },
      };
    },
  };
}
