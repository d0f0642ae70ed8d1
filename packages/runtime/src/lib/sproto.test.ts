import { describe, expect, it } from "vitest";
import { testNode } from "@skyloom/runtime/testing";
import { canonical, fromHex, hex, read, vectorCases, vectorValue } from "../../test/vectors.ts";
import type { VectorValue } from "../../test/vectors.ts";
import { SkynetError } from "../errors/error.ts";
import { core } from "./sproto-core.ts";
import { sproto, type SprotoDispatched, type SprotoInput, type SprotoSession } from "./sproto.ts";
import { createSprotoLoader, sprotoloader, SprotoSlots } from "./sprotoloader.ts";
import { sprotoparser } from "./sprotoparser.ts";

interface RpcCase {
  readonly op: "rpc" | "misc";
  readonly name?: string;
  readonly desc?: string;
  readonly result?: readonly VectorValue[];
  readonly error?: string;
  readonly client_schema: string;
  readonly server_schema: string;
  readonly package: string;
  readonly proto: string | number;
  readonly args: VectorValue;
  readonly session: VectorValue;
  readonly ud: VectorValue;
  readonly request?: string;
  readonly request_unpacked?: string;
  readonly dispatch?: { kind: string; proto: string; args: VectorValue; has_response: boolean; ud: VectorValue };
  readonly response?: string;
  readonly response_args?: VectorValue;
  readonly response_ud?: VectorValue;
  readonly response_error?: string;
  readonly response_dispatch?: { kind: string; session: VectorValue; args: VectorValue; ud: VectorValue };
}

const texts = new Map(vectorCases<{ name: string; schema: string }>("sproto_schema.json").map((c) => [c.name, c.schema]));
const schema = (name: string): ReturnType<typeof sproto.parse> => sproto.parse(texts.get(name)!);
const value = (form: VectorValue): never => vectorValue(form, read) as never;
const cases = vectorCases<RpcCase>("sproto_rpc.json");

function request(what: SprotoDispatched): Extract<SprotoDispatched, readonly ["REQUEST", ...unknown[]]> {
  if (what[0] !== "REQUEST") throw new Error("not a request");
  return what;
}

describe("host, dispatch, attach equal the real program (wire.md §6.4)", () => {
  it.each(cases.filter((c) => c.op === "rpc").map((c, i) => [`${i} ${c.proto}`, c] as const))("%s", (_, c) => {
    const client = schema(c.client_schema).host(c.package);
    const ask = client.attach(schema(c.server_schema));
    const make = (): Uint8Array => ask(c.proto, value(c.args), value(c.session), value(c.ud));
    if (c.error !== undefined) return expect(make).toThrow(c.error);
    const packet = make();
    expect(hex(packet)).toBe(c.request);
    expect(hex(sproto.unpack(packet))).toBe(c.request_unpacked);

    const [kind, name, args, response, ud] = request(schema(c.server_schema).host(c.package).dispatch(packet));
    expect([kind, name, canonical(args), response !== undefined, canonical(ud)]).toEqual([
      c.dispatch!.kind,
      c.dispatch!.proto,
      canonical(value(c.dispatch!.args)),
      c.dispatch!.has_response,
      canonical(value(c.dispatch!.ud)),
    ]);
    if (response === undefined) return expect(client.pending).toBe(0);
    const answer = (): Uint8Array => response(value(c.response_args!), value(c.response_ud!));
    if (c.response_error !== undefined) return expect(answer).toThrow(c.response_error);
    expect(hex(answer())).toBe(c.response);

    expect(client.pending).toBe(1);
    const wanted = c.response_dispatch!;
    const [what, session, result, back] = client.dispatch(answer());
    expect([what, canonical(session), canonical(result), canonical(back)]).toEqual([
      wanted.kind,
      canonical(value(wanted.session)),
      canonical(value(wanted.args)),
      canonical(value(wanted.ud)),
    ]);
    expect(client.pending).toBe(0);
    expect(() => client.dispatch(answer())).toThrow("Unknown session");
  });
});

describe("queryproto, exist_type, exist_proto, default, pencode, pdecode, request_encode, response_encode equal the real program", () => {
  const sp = schema("rpc");
  const misc: Readonly<Record<string, () => readonly unknown[]>> = {
    "dispatch response for an unknown session": () => [sp.host().dispatch(sp.pencode("package", { session: 321 }))],
    "queryproto by name": () => [sp.queryproto("fetch").name, sp.queryproto("fetch").tag],
    "queryproto by tag": () => [sp.queryproto(4).name, sp.queryproto(4).tag],
    "queryproto unknown": () => [sp.queryproto("none")],
    exist_type: () => ["user", "fetch.request", "zzz"].map((n) => sp.exist_type(n)),
    exist_proto: () => ["fetch", "zzz"].map((n) => sp.exist_proto(n)),
    "host of an unknown package": () => [sp.host("nothing")],
    "default alltypes T": () => [schema("alltypes").default("T")],
    "default maps Bag": () => [schema("maps").default("Bag")],
    "default user": () => [sp.default("user")],
    "default fetch REQUEST": () => [sp.default("fetch", "REQUEST")],
    "default far RESPONSE": () => [sp.default("far", "RESPONSE")],
    "default bye REQUEST": () => (sp.default("bye", "REQUEST") === undefined ? [] : ["something"]),
    "request_encode store": () => [...sp.request_encode("store", { key: "a", val: "b" })],
    "response_encode bye": () => [sp.response_encode("bye")],
    "response_encode ack": () => [sp.response_encode("ack", undefined)],
    "response_encode ack with table": () => [sp.response_encode("ack", {})],
    "pencode user": () => [sp.pencode("user", { name: "n", level: 1 })],
    "pdecode user": () => [...sp.pdecode("user", sp.pencode("user", { name: "n", level: 1 }))],
  };
  it.each(cases.filter((c) => c.op === "misc").map((c) => [c.name!, c] as const))("%s", (name, c) => {
    const run = misc[name]!;
    expect(run, `no test for ${name}: ${c.desc}`).toBeDefined();
    if (c.error !== undefined) {
      expect(run).toThrow(c.error);
      expect(run).toThrow(SkynetError);
    } else expect(run().map(canonical)).toEqual(c.result!.map((v) => canonical(vectorValue(v, read))));
  });
});

describe("the recorded game of the examples", () => {
  interface Frame {
    readonly conn: number;
    readonly dir?: "c2s" | "s2c";
    readonly bytes?: string;
    readonly means?: { kind: string; proto?: string; session?: number; args: VectorValue; wants_response?: boolean };
  }
  const header = ".package { type 0 : integer session 1 : integer }\n";
  const c2s = `${header} handshake 1 { response { msg 0 : string } } get 2 { request { what 0 : string } response { result 0 : string } }
    set 3 { request { what 0 : string value 1 : string } } quit 4 {}`;
  const s2c = `${header} heartbeat 1 {}`;

  it.each(vectorCases<{ name: string; frames: readonly Frame[] }>("gate_sproto.json").map((c) => [c.name, c.frames] as const))(
    "%s",
    (_, frames) => {
      // Each connection has a client host, whose answers we find by sending its requests again.
      const connections = new Map<
        number,
        { client: ReturnType<ReturnType<typeof sproto.parse>["host"]>; server: ReturnType<ReturnType<typeof sproto.parse>["host"]> }
      >();
      let compared = 0;
      for (const { conn, dir, bytes, means } of frames) {
        if (dir === undefined || means === undefined) continue;
        const side = connections.get(conn) ?? { client: sproto.parse(s2c).host(), server: sproto.parse(c2s).host() };
        connections.set(conn, side);
        const packet = fromHex(bytes!).subarray(2);
        if (means.kind === "REQUEST") {
          const [, name, args, response] = request((dir === "c2s" ? side.server : side.client).dispatch(packet));
          expect([name, canonical(args), response !== undefined]).toEqual([
            means.proto,
            canonical(value(means.args)),
            means.wants_response ?? false,
          ]);
          const asker = dir === "c2s" ? side.client : side.server;
          const ask = asker.attach(sproto.parse(dir === "c2s" ? c2s : s2c));
          expect(hex(ask(name, args, means.session))).toBe(hex(packet));
        } else {
          const [, session, result] = side.client.dispatch(packet);
          expect([session, canonical(result)]).toEqual([means.session, canonical(value(means.args))]);
        }
        compared++;
      }
      expect(compared).toBeGreaterThan(0);
    },
  );
});

describe("what sproto.new and parse give (api.md §6)", () => {
  const sp = sproto.parse(
    ".package { type 0 : integer session 1 : integer } .P { n 0 : integer l 1 : *P m 2 : *integer } ask 1 { request P response P }",
  );
  it("decode takes a given object, and says how many bytes it took", () => {
    const bytes = sp.encode("P", { n: 1 });
    const mine = { old: true };
    const [value, used] = sp.decode("P", new Uint8Array([...bytes, 1, 2, 3]), mine);
    expect(value).toBe(mine);
    expect(value).toEqual({ old: true, n: 1 });
    expect(used).toBe(bytes.length);
  });
  it("request_encode and request_decode, response_encode and response_decode: content of requests and responses without a header", () => {
    expect(sp.request_decode("ask", sp.request_encode("ask", { n: 5 })[0])).toEqual([{ n: 5 }, "ask"]);
    expect(sp.response_decode(1, sp.response_encode("ask", { m: [1] }))).toEqual({ m: [1] });
  });
  it("names what it does not find", () => {
    expect(() => sp.encode("Q", {})).toThrow("type not found");
    expect(() => sp.default("ask", "OTHER" as "REQUEST")).toThrow("Invalid type");
    expect(() => sp.host().dispatch(sp.pencode("package", { type: 9 }))).toThrow("9 not found");
    expect(() => sp.host().dispatch(sp.pencode("package", {}))).toThrow("session not found");
    expect(() => sproto.new(new Uint8Array([9, 9, 9]))).toThrow(SkynetError);
  });
  it("a request that cannot be encoded waits for no answer", () => {
    const host = sp.host();
    expect(() => host.attach(sp)("ask", { n: "x" } as SprotoInput, 1 as SprotoSession)).toThrow("P.n[0] is not an integer");
    expect(host.pending).toBe(0);
  });
  it("sharenew gives a second object for one schema", () => {
    expect(sproto.sharenew(sp.schema).schema).toBe(sp.schema);
  });
});

describe("sprotoloader and sprotoparser", () => {
  const files = new Map([["a.sproto", ".A { x 0 : integer }"]]);
  it("keeps schemas in 16 slots of a node, the last writer winning", () => {
    const slots = new SprotoSlots();
    const [one, two] = [0, 1].map(() => createSprotoLoader(slots, (path) => files.get(path))) as [
      ReturnType<typeof createSprotoLoader>,
      ReturnType<typeof createSprotoLoader>,
    ];
    one.register("a.sproto", 15);
    const loaded = two.load(15);
    expect(loaded.exist_type("A")).toBe(true);
    two.save(sprotoparser.parse(".B {}"), 15);
    expect(one.load(15).exist_type("B")).toBe(true);
    expect(loaded.exist_type("A")).toBe(true);
    two.save(sprotoparser.parse(".C {}"));
    expect(one.load().exist_type("C")).toBe(true);
  });
  it("says what is missing", () => {
    const loader = createSprotoLoader(new SprotoSlots(), (path) => files.get(path));
    expect(() => loader.load(3)).toThrow("nil sproto at index 3");
    expect(() => loader.load(16)).toThrow("Invalid global slot index 16");
    expect(() => loader.save(new Uint8Array([0, 0]), -1)).toThrow("Invalid global slot index -1");
    expect(() => loader.register("none.sproto", 0)).toThrow("Can't open sproto file");
  });
  it("sprotoparser.parse gives bytes; dump shows 16 of them a line", () => {
    expect(sprotoparser.dump(Uint8Array.from({ length: 18 }, (_, i) => i))).toBe(
      "00 01 02 03 04 05 06 07 - 08 09 0A 0B 0C 0D 0E 0F\n10 11",
    );
  });
});

describe("sproto.core", () => {
  it("newproto, querytype, protocol, encode, decode, default, pack, unpack, dumpproto, deleteproto: the raw operations", () => {
    const cobj = core.newproto(
      sprotoparser.parse(
        ".A { x 0 : integer(2) l 1 : *A(x) m 2 : *K() b 3 : binary } .K { k 0 : string v 2 : A } p 1 { request A response nil } q 2 {}",
      ),
    );
    const type = core.querytype(cobj, "A")!;
    expect(core.decode(type, core.encode(type, { x: 1.5 }))).toEqual([{ x: 1.5 }, 4]);
    expect(core.querytype(cobj, "Z")).toBeUndefined();
    expect(core.protocol(cobj, "p")).toEqual([1, type, null]);
    expect(core.protocol(cobj, 2)).toEqual(["q", undefined, undefined]);
    expect(core.protocol(cobj, 3)).toBeUndefined();
    expect(core.encode(null, undefined).length).toBe(0);
    expect(() => core.encode(null, {})).toThrow("nil expected");
    expect(core.default(type)).toEqual({ x: 0, l: { __array: "A" }, m: { __array: "K" }, b: "" });
    expect(hex(core.unpack(core.pack(new Uint8Array([1]))))).toBe("0100000000000000");
    expect(core.dumpproto(cobj).split("\n")).toEqual([
      "=== 2 types ===", "A", "\tx (0) decimal(100)", "\tl (1) *A key[0]", "\tm (2) *K key[0] value[2]", "\tb (3) binary", "K", "\tk (0) string", "\tv (2) A",
      "=== 2 protocol ===", "\tp (1) request:A response nil", "\tq (2) request:(null)",
    ]); // prettier-ignore
    core.deleteproto(cobj);
  });
});

it("core.saveproto and loadproto use the node's slots, as sprotoloader does", async () => {
  const found: unknown[] = [];
  const s = () => {
    const schema = core.newproto(sprotoparser.parse(".Item { n 0 : integer }"));
    core.saveproto(schema, 3);
    found.push(core.loadproto(3) === schema, sprotoloader.load(3).exist_type("Item"));
    for (const wrong of [() => core.loadproto(4), () => core.saveproto(schema, 16)])
      try {
        wrong();
      } catch (error) {
        found.push((error as Error).message);
      }
  };
  const t = await testNode({ services: { s } });
  await t.newservice("s");
  expect(found).toEqual([
    true,
    true,
    expect.stringMatching(/^nil sproto at index 4/),
    expect.stringMatching(/^Invalid global slot index 16/),
  ]);
  await t.stop();
});
