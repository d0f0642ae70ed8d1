/** The log and the traces of the made-up host: events that happen as its clock goes on, always the same ones. */

const US = 1_000_000;
const lineEvery = 0.4 * US;
const traceEvery = 1.5 * US;

const texts = [
  ["info", "LAUNCH snlua agent"],
  ["info", "New client from : 10.0.0.7:50211"],
  ["warn", "May overload, message queue length = 2048"],
  ["error", "lua call [8 to :0000000c : 41 msgsz = 12] error : no such user"],
  ["debug", "<TRACE :0000000a-7> 8123999 call : agent"],
  ["info", "KILL self"],
];
const speakers = ["gate", "watchdog", "simpledb", "agent", "chat"];

/** A feed whose event number `n` is `make(n)`, made as soon as its time has come. */
function feed(count, head, make) {
  return {
    tail: 0,
    get head() {
      return count === 0 ? 0 : head();
    },
    attach() {},
    detach() {},
    read(from, limit) {
      const events = Array.from({ length: Math.max(0, Math.min(this.head - from, limit)) }, (_, k) => make(from + k));
      const columns = {};
      for (const name of Object.keys(events[0] ?? {})) columns[name] = events.map((e) => e[name]);
      return { first: from, count: events.length, columns };
    },
  };
}

/** Lines of the log. */
export function logFeed(count, us) {
  return feed(
    count,
    () => Math.floor(us() / lineEvery),
    (n) => {
      const [level, text] = texts[(n * 7 + Math.floor(n / 5)) % texts.length];
      return { t: (n + 1) * lineEvery, addr: 8 + (n % 5), node: "game1", name: speakers[n % 5], level, text };
    },
  );
}

const kinds = { enqueue: 2, call: 4, request: 5, response: 6, resume: 7, sleep: 8, end: 11, error: 12 };
const [gate, auth, db, rank] = [8, 11, 10, 12];
const called = { [gate]: ".gate", [auth]: ".auth", [db]: ".simpledb", [rank]: ".rank" };

/** The events of one request to the gate. Every fifth fails. */
function request(n) {
  const events = [];
  const start = (n + 1) * traceEvery;
  const first = 1 + n * 20;
  let t = start - traceEvery + 1000;
  let task = first;
  let session = 1 + n * 20;
  const stretch = 1 + ((n * 13) % 29) / 6;
  const write = (kind, src, dst, sessionOf, taskOf, command = "", parent = 0, wait = 0) =>
    events.push({
      recording: 1,
      t: Math.round(t),
      kind: kinds[kind],
      src,
      dst,
      session: sessionOf,
      task: taskOf,
      size: kind === "call" || kind === "response" ? 40 : 0,
      trace: n + 1,
      parent,
      wait,
      command,
      tag: "",
      node: "game1",
      name: called[dst] ?? "",
    });
  const pass = (us) => (t += us * stretch);
  const own = (caller, from, to, command, work, inside) => {
    const [mine, its] = [session++, task++];
    write("call", from, to, mine, caller, command, caller);
    pass(120);
    write("request", from, to, mine, its, command, caller, Math.round(90 * stretch));
    pass(work / 2);
    inside?.(its);
    pass(work / 2);
    if (command === "forbid") write("error", to, from, mine, its, "no such user");
    else {
      write("response", to, from, mine, its);
      write("end", to, to, 0, its);
    }
    pass(60);
    write("resume", from, from, mine, caller);
  };
  const root = task++;
  const command = ["login", "buy", "rank", "chat"][n % 4];
  write("enqueue", 0, gate, session, 0, command);
  pass(200);
  write("request", 0, gate, session++, root, command, 0, Math.round(200 * stretch));
  pass(300);
  own(root, gate, auth, "check", 900, (its) => {
    pass(150);
    own(its, auth, db, "get", 1800);
  });
  for (let i = 0; i < 7; i++) own(root, gate, db, "get", 350 + 40 * ((i * 5 + n) % 7));
  own(root, gate, rank, "update", 2600, (its) => own(its, rank, db, "set", 700));
  if (n % 5 === 3) own(root, gate, auth, "forbid", 400);
  pass(250);
  write("response", gate, 0, 1 + n * 20, root);
  write("end", gate, gate, 0, root);
  return events;
}

/** Events of traces. */
export function traceFeed(count, us) {
  const events = [];
  let made = 0;
  const grow = () => {
    for (; (made + 1) * traceEvery <= us() && made < 400; made++) events.push(...request(made));
    return events.length;
  };
  return feed(count, grow, (n) => events[n]);
}
