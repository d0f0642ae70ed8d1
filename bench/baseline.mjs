/**
 * The bare baseline: a queue, a callback and a loop, without anything an actor system adds. Same names as the cases it stands for.
 * usage: node bench/baseline.mjs <case>
 */
const out = (name, value, unit) => console.log(`RESULT ${name} ${value.toPrecision(6)} ${unit}`);
const cases = {
  call() {
    // A request and its reply, each through a linked queue and a callback, the caller a generator.
    let head, tail;
    const post = (to, value) => {
      const m = { to, value, next: undefined };
      if (tail === undefined) head = m;
      else tail.next = m;
      tail = m;
    };
    const n = 1_000_000;
    let done = 0;
    const caller = (function* () {
      for (let i = 0; i < n; i++) {
        post(echo, i);
        yield;
        done++;
      }
    })();
    const echo = (value) => post(back, value);
    const back = () => caller.next();
    const t = performance.now();
    caller.next();
    while (head !== undefined) {
      const m = head;
      head = m.next;
      if (head === undefined) tail = undefined;
      m.to(m.value);
    }
    if (done !== n) throw new Error("messages were lost");
    out("call_seq_small", n / ((performance.now() - t) / 1000), "call/s");
  },
  ring() {
    let head,
      tail,
      left = 5_000_000;
    const post = (to, value) => {
      const m = { to, value, next: undefined };
      if (tail === undefined) head = m;
      else tail.next = m;
      tail = m;
    };
    const nodes = Array.from({ length: 1000 }, (_, i) => (value) => {
      if (left-- > 0) post(nodes[(i + 1) % 1000], value - 1);
    });
    const n = left;
    post(nodes[0], n);
    const t = performance.now();
    while (head !== undefined) {
      const m = head;
      head = m.next;
      if (head === undefined) tail = undefined;
      m.to(m.value);
    }
    out("ring_hops", n / ((performance.now() - t) / 1000), "hop/s");
  },
};
for (let run = Number(process.env.BENCH_RUNS ?? 1); run > 0; run--) cases[process.argv[2]]?.();
