/**
 * Operations per second of the codecs: lua-seri, the message copier, netpack, sproto. Each on one core, from the built packages.
 *
 * Usage: node bench/codec.mjs [rounds] [name part]; rounds 5 by default. The cases take turns, each figure is the median of its rounds.
 * Set against the real Skynet (`bench_main`, cases pack and sproto) these are the goals "lua-seri pack / unpack" and "sproto encode / decode".
 */
import { nested, person, schema, zoo } from "./shapes.mjs";

const dist = new URL("../packages/runtime/dist/", import.meta.url);
const load = (path) => import(new URL(path, dist).href);
const { pack, unpack } = await load("codec/luaseri/index.js");
const { copyValues } = await load("codec/copy.js");
const { packFrame, NetpackQueue } = await load("codec/netpack/index.js");
const { sproto } = await load("lib/sproto.js");

const sp = sproto.parse(schema);
const who = person();
const encoded = sp.encode("Person", who);
const packed = sp.pencode("Person", who);
const small = pack(["echo", 42]);
const large = pack([nested()]);
const record = nested();
const records = zoo(12);
const frame = packFrame(new Uint8Array(64));
const ten = new Uint8Array(frame.length * 10 + 1);
for (let i = 0; i < 10; i++) ten.set(frame, i * frame.length);
const queue = new NetpackQueue();

/** Other shapes and other texts each time: nothing is found among what was seen before but the names of fields. */
const fresh = Array.from({ length: 2000 }, (_, i) =>
  pack([{ ...records[i % 12], title: `title ${i}`, guild: `guild ${i}`, tags: [`a${i}`, `b${i}`, `c${i}`] }]),
);

/** name → [operations in one run, the run] */
const cases = {
  copy_small: [1_000_000, (n) => loop(n, (i) => copyValues(["echo", i]))],
  copy_nested: [100_000, (n) => loop(n, () => copyValues([record]))],
  copy_12_shapes: [100_000, (n) => loop(n, (i) => copyValues([records[i % 12]]))],
  pack_small: [400_000, (n) => loop(n, (i) => pack(["echo", i]))],
  pack_nested: [60_000, (n) => loop(n, () => pack([record]))],
  pack_12_shapes: [60_000, (n) => loop(n, (i) => pack([records[i % 12]]))],
  unpack_small: [400_000, (n) => loop(n, () => unpack(small))],
  unpack_nested: [60_000, (n) => loop(n, () => unpack(large))],
  unpack_fresh: [60_000, (n) => loop(n, (i) => unpack(fresh[i % 2000]))],
  netpack_pack: [400_000, (n) => loop(n, () => packFrame(small))],
  netpack_single: [400_000, (n) => loop(n, (i) => queue.filter([1, i & 63, frame.length, frame]))],
  // Ten frames a chunk and the first byte of the next length: per frame.
  netpack_joined: [400_000, (n) => loop(n / 10, (i) => joined(i))],
  sproto_encode: [100_000, (n) => loop(n, () => sp.encode("Person", who))],
  sproto_decode: [100_000, (n) => loop(n, () => sp.decode("Person", encoded))],
  sproto_pencode: [100_000, (n) => loop(n, () => sp.pencode("Person", who))],
  sproto_pdecode: [100_000, (n) => loop(n, () => sp.pdecode("Person", packed))],
};

function joined(fd) {
  queue.filter([1, fd, 0, ten]);
  queue.filter([3, fd, 0, undefined]);
  let popped = queue.pop();
  for (; popped !== undefined; popped = queue.pop()) sink = popped;
}

let sink;
function loop(n, run) {
  for (let i = 0; i < n; i++) sink = run(i);
  return sink;
}

const rounds = Number(process.argv[2] ?? 5);
const chosen = Object.entries(cases).filter(([name]) => name.includes(process.argv[3] ?? ""));
const results = new Map(chosen.map(([name]) => [name, []]));
for (const [, [n, run]] of chosen) run(n >> 1);
for (let round = 0; round < rounds; round++)
  for (const [name, [n, run]] of round % 2 === 0 ? chosen : chosen.toReversed()) {
    const start = process.hrtime.bigint();
    run(n);
    results.get(name).push(n / (Number(process.hrtime.bigint() - start) / 1e9));
  }
for (const [name, rates] of results) {
  rates.sort((a, b) => a - b);
  const show = (rate) => Math.round(rate).toLocaleString("en").padStart(12);
  console.log(
    `${name.padEnd(18)}${show(rates[rates.length >> 1])} /s   (lowest ${show(rates[0]).trim()}, highest ${show(rates.at(-1)).trim()})`,
  );
}
