/**
 * A made-up host that always looks the same: every channel has rows, and all its figures follow from its clock, so that pictures of it can be
 * compared. With no services it has nothing at all, and it can be told to offer nothing.
 */
import { logFeed, traceFeed } from "./gallery-feeds.mjs";

const US = 1_000_000;
const names = ["gate", "watchdog", "simpledb", "auth", "rank", "mail"];
/** The two that wait for each other. */
const accounts = [6, 7];

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

/** Up and down with a period of so many seconds, from 0 to 1; never the same for two `i`. */
const wave = (seconds, period, i = 0) => 0.5 + 0.5 * Math.sin((2 * Math.PI * seconds) / period + i * 2.4);

/** What is not offered, and nothing else. */
const barren = (base, reason) => ({
  ...base,
  capabilities: () =>
    Object.fromEntries(
      ["overview", "services", "mailboxes", "sessions", "waits", "memory", "sockets", "timers", "logs", "trace"].map((name) => [
        name,
        reason,
      ]),
    ),
  tables: {},
});

/**
 * The source.
 *
 * @param count - Services.
 * @param now - Milliseconds of the agent's clock.
 * @param options - `startMs`: when the host was started, for people. `without`: the reason why it offers no channel and no command.
 */
export function gallerySource(count, now, { startMs = 1_700_000_000_000, without } = {}) {
  const us = () => now() * 1000;
  const seconds = () => now() / 1000;
  const busy = Math.min(1, count / 200);
  /** Messages a second of a service: most do little. */
  const rate = (i) => {
    if (count >= 8 && accounts.includes(i)) return 0;
    if (i < 6) return [412, 96, 830, 51, 7, 3][i];
    return full(i) ? 6 : i % 40 === 1 ? 12 + (i % 37) : i % 5 === 0 ? (i % 11) / 10 : 0;
  };
  const full = (i) => i % 400 === 13;
  const stuck = (i) => i % 1200 === 21;
  const mqlen = (i) => (full(i) ? 1204 - (i % 300) : i % 40 === 1 ? 3 : 0);
  const sum = (of) => Array.from({ length: count }, (_, i) => of(i)).reduce((all, n) => all + n, 0);
  const [rates, waiting] = [sum(rate), sum(mqlen)];
  const messages = () => Math.floor(rates * (seconds() + 1.5 * wave(seconds(), 75)));
  const addr = (i) => i + 8;
  const name = (i) => (i < names.length ? `.${names[i]}` : accounts.includes(i) ? `account ${"ab"[i - 6]}` : `agent u${1000 + i}`);
  const type = (i) => (i < names.length ? names[i] : accounts.includes(i) ? "account" : "agent");
  const node = "game1";
  const state = (i) => {
    if (count >= 8 && accounts.includes(i)) return "deadlocked";
    if (full(i)) return "overload";
    return stuck(i) ? "stuck" : i % 40 === 1 ? "busy" : i % 5 === 2 ? "waiting" : "idle";
  };
  const some = (n) => Math.min(n, count);
  const sweepAlert = () => ({
    id: "deadlock-1",
    kind: "deadlock",
    severity: "error",
    entities: [{ kind: "service", id: ":0000000e" }],
    title: "Deadlock of 4 tasks",
    text: "4 tasks of :0000000e account a, :0000000f account b wait for each other and will never go on.",
    evidence: [
      "Deadlock: 4 tasks of 2 services wait for each other",
      "1. :0000000e account a, lua pay for :00000008 .gate (session 40)",
      "   holds queue #1",
      "   waits 41.20 s for the reply to lua take of :0000000f account b (session 46) from 4",
      "2. :0000000e account a, lua take for :0000000f account b (session 47)",
      "   waits 41.20 s for queue #1, held by 1",
      "3. :0000000f account b, lua pay for :00000008 .gate (session 41)",
      "   holds queue #1",
      "   waits 41.20 s for the reply to lua take of :0000000e account a (session 47) from 2",
      "4. :0000000f account b, lua take for :0000000e account a (session 46)",
      "   waits 41.20 s for queue #1, held by 3",
    ].join("\n"),
    first: us() - 41.2 * US,
    last: us(),
  });
  const base = {
    host: () => ({ id: "gallery", name: "gallery", mode: "sim", runtime: "0.1.0", startMs }),
    totals: () => ({ services: count, messages: messages() }),
  };
  if (without !== undefined) return barren(base, without);
  return {
    ...base,
    tables: {
      overview: walk(1, () => ({
        node,
        services: count,
        messages: messages(),
        mqlen: Math.round(waiting * (0.8 + 0.2 * wave(seconds(), 47))),
        pending: some(40),
        oldestUs: count === 0 ? 0 : 41.2 * US,
        cpuUs: count === 0 ? 0 : busy * US * (0.42 * seconds() + 4 * wave(seconds(), 90)),
        errors: count === 0 ? 0 : Math.floor(seconds() / 130),
        tasks: count * 2,
        sockets: some(12),
        bytesIn: count === 0 ? 0 : 52_000 * seconds() + 400_000 * wave(seconds(), 60),
        bytesOut: count === 0 ? 0 : 81_000 * seconds() + 700_000 * wave(seconds(), 60),
        timers: some(40),
        heap: 42_000_000 + 14_000_000 * ((seconds() % 24) / 24),
        heapLimit: 4_300_000_000,
        rss: 96_000_000,
        external: 3_200_000,
      })),
      services: walk(count, (i) => ({
        addr: addr(i),
        name: name(i),
        type: type(i),
        node,
        state: state(i),
        mqlen: mqlen(i),
        mqmax: 0,
        task: i % 4,
        msg: Math.floor(rate(i) * seconds()),
        cpuUs: 30 * rate(i) * seconds(),
        mem: 40_000 + 640 * i,
        err: i % 97 === 5 ? 3 : 0,
        oldestUs: state(i) === "deadlocked" || stuck(i) ? 41.2 * US : 0,
        flags: 4 + 2,
        startUs: us() - (192 + (i % 41)) * US,
      })),
      mailboxes: walk(count, (i) => ({
        addr: addr(i),
        name: name(i),
        type: type(i),
        node,
        mqlen: mqlen(i),
        mqmax: full(i) ? 1400 : mqlen(i),
        bytes: 0,
        in: Math.floor(rate(i) * seconds()) + (full(i) ? 1204 : 0),
        out: Math.floor(rate(i) * seconds()),
        oldestSinceUs: full(i) ? us() - 3.2 * US : -1,
        topSender: full(i) ? 8 : 0,
        topSenderName: full(i) ? ".gate" : "",
        topType: full(i) ? "lua" : "",
        system: 0,
      })),
      sessions: walk(some(40), (i) => {
        const dead = count >= 8 && accounts.includes(i);
        return {
          node,
          from: addr(i),
          fromName: name(i),
          session: 40 + i,
          fromTask: dead ? [7, 4][i - 6] : 100 + i,
          to: dead ? addr(13 - i) : addr((i + 1) % count),
          toName: dead ? name(13 - i) : name((i + 1) % count),
          toTask: dead ? [9, 5][i - 6] : i % 3 === 0 ? 0 : 200 + i,
          type: "lua",
          command: dead ? "take" : ["hold", "get", "login", "buy"][i % 4],
          state: dead ? "cycle" : ["waiting", "queued", "running", "waiting", "unknown-waker", "lost"][i % 6],
          sentUs: us() - (dead ? 41.2 : 34 - 0.8 * i) * US,
          dispatchedUs: us() - (dead ? 41.1 : 33.9 - 0.8 * i) * US,
          suspendedUs: us() - (dead ? 41.1 : 33 - 0.8 * i) * US,
          hops: 1 + (i % 3),
          tag: "",
        };
      }),
      waits: walk(count < 8 ? 0 : 4, (i) => ({
        node,
        index: 0,
        fromTask: [7, 9, 4, 5][i],
        from: [14, 15, 15, 14][i],
        fromName: ["account a", "account b", "account b", "account a"][i],
        toTask: [9, 4, 5, 7][i],
        to: [15, 15, 14, 14][i],
        toName: ["account b", "account b", "account a", "account a"][i],
        kind: i % 2 === 0 ? "call" : "lock",
        resource: [":0000000e-46", "queue #1 of :0000000f", ":0000000f-47", "queue #1 of :0000000e"][i],
        sinceUs: us() - 41.2 * US,
        deadlock: "deadlock-1",
      })),
      memory: walk(count, (i) => ({
        addr: addr(i),
        name: name(i),
        type: type(i),
        node,
        mem: Math.round(40_000 + 6400 * (i % 61) + (i % 97 === 4 ? 9_000 * seconds() : 0)),
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
        read: Math.round(5_200 * i * seconds()),
        write: Math.round(8_100 * i * seconds()),
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
      logs: logFeed(count, us),
      trace: traceFeed(count, us),
    },
    questions: { tracing: () => (count === 0 ? false : { kind: "sample", n: 64 }) },
    commands: commandsOf(() => Array.from({ length: some(6) }, (_, i) => [`:${addr(i).toString(16).padStart(8, "0")}`, name(i)])),
    *sweep() {
      yield;
      return count < 8 ? [] : [sweepAlert()];
    },
  };
}

/** A few commands that answer, and those that it only has. */
function commandsOf(services) {
  const answer = (value) => ({
    ok: true,
    text: `${Object.entries(value)
      .map(([k, v]) => `${k}\t${v}\n`)
      .join("")}<CMD OK>`,
    value,
  });
  const only = (name, scope, usage, help) => ({ name, scope, usage, help, run: () => answer({}) });
  const list = () => answer(Object.fromEntries(services()));
  const all = [
    { ...only("list", "read", "list", "All services the launcher started"), run: list },
    {
      ...only("mem", "read", "mem", "What each service holds"),
      run: () => answer(Object.fromEntries(services().map(([id, n], i) => [id, `${39 + i * 7}.50 Kb (snlua ${n})`]))),
    },
    only("ping", "read", "ping <address>", "How long a service takes to answer"),
    only("trace", "operate", "trace <address> [lua] [on|off]", "Records what a service does"),
    only("trace.start", "operate", "trace.start <mode>", "Records traces"),
    only("trace.stop", "operate", "trace.stop", "Ends the recording"),
    only("failsession", "danger", "failsession <address>-<session>", "Gives the caller an error instead of the reply"),
    only("exit", "danger", "exit <address>", "Asks a service to exit"),
    only("kill", "danger", "kill <address>", "Ends a service at once"),
  ];
  const help = {
    ...only("help", "read", "help", "What each command does"),
    run: () => answer(Object.fromEntries(all.map((c) => [c.name, c.help]))),
  };
  return [help, ...all];
}
