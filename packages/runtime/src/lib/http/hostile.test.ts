/** Random, cut, changed and oversized bytes for everything that reads what peers say; and another parser's opinion of requests. */
import fc from "fast-check";
import { HTTPParser } from "http-parser-js";
import { describe, expect, it } from "vitest";
import type { Operation } from "../../core/operation.ts";
import { encodeFrame, FrameError } from "../websocket/frame.ts";
import { MessageReader } from "../websocket/messages.ts";
import { httpd } from "../httpd.ts";
import type { HttpRequest } from "../httpd.ts";
import { SkynetError } from "../../errors/error.ts";
import { url } from "../url.ts";

/** Runs an operation that need not wait. */
function now<T>(op: Operation<T>): T {
  const step = (op as unknown as Iterable<unknown>)[Symbol.iterator]().next();
  if (step.done !== true) throw new Error("it waits");
  return step.value as T;
}

const GONE = "the peer is gone";

/** Reads a request out of bytes that come in pieces of the given sizes. */
function request(bytes: Uint8Array, sizes: readonly number[], limit = 1000): { got: HttpRequest; read: number } {
  let at = 0;
  let turn = 0;
  const got = now(
    httpd.read_request(() => {
      if (at >= bytes.length) throw new Error(GONE);
      const size = sizes.length === 0 ? bytes.length : sizes[turn++ % sizes.length]!;
      const piece = bytes.subarray(at, at + size);
      at += piece.length;
      return piece;
    }, limit),
  );
  return { got, read: at };
}

const latin = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 255);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 });

const token = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
const value = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
const body = fc.string({ unit: fc.integer({ min: 32, max: 126 }).map((c) => String.fromCharCode(c)), maxLength: 200 });

/** Requests as they should be. */
const wellFormed = fc
  .record({
    method: fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS"),
    url: fc.stringMatching(/^\/[!-~]{0,30}$/),
    version: fc.constantFrom("1.0", "1.1"),
    fields: fc.array(
      fc.tuple(
        token.filter((n) => !/^(content-length|transfer-encoding|connection|upgrade|host|trailer)$/i.test(n)),
        value,
      ),
      {
        maxLength: 6,
      },
    ),
    parts: fc.array(
      body.filter((b) => b !== ""),
      { maxLength: 4 },
    ),
    chunked: fc.boolean(),
  })
  .map((r) => {
    const fields = r.fields.map(([n, v]) => `${n}: ${v}\r\n`).join("");
    const all = r.parts.join("");
    const rest =
      r.chunked && r.version === "1.1"
        ? `Transfer-Encoding: chunked\r\n\r\n${r.parts.map((p) => `${p.length.toString(16)}\r\n${p}\r\n`).join("")}0\r\n\r\n`
        : `Content-Length: ${all.length}\r\n\r\n${all}`;
    return { ...r, all, bytes: latin(`${r.method} ${r.url} HTTP/${r.version}\r\nHost: h\r\n${fields}${rest}`) };
  });

/** What the other parser makes of bytes: `undefined` when it refuses them or does not see an end. */
function other(bytes: Uint8Array): { method: string; url: string; body: string } | undefined {
  const parser = new HTTPParser(HTTPParser.REQUEST);
  let head: { method: string; url: string } | undefined;
  let text = "";
  let complete = false;
  parser[HTTPParser.kOnHeadersComplete] = (info) => {
    head = { method: HTTPParser.methods[info.method] ?? "", url: info.url };
  };
  parser[HTTPParser.kOnBody] = (chunk, offset, length) => {
    text += chunk.toString("latin1", offset, offset + length);
  };
  parser[HTTPParser.kOnMessageComplete] = () => {
    complete = true;
  };
  const outcome = parser.execute(Buffer.from(bytes));
  return complete && head !== undefined && typeof outcome === "number" ? { ...head, body: text } : undefined;
}

describe("httpd.read_request", () => {
  it("reads what is well-formed, however it is cut, as another parser does", () => {
    fc.assert(
      fc.property(wellFormed, sizes, (r, cuts) => {
        const { got } = request(r.bytes, cuts, 10_000);
        expect([got[0], got[1], got[2]]).toEqual([200, r.url, r.method]);
        expect(got[4]).toEqual(latin(r.all));
        expect(other(r.bytes)).toEqual({ method: r.method, url: r.url, body: r.all });
        for (const [name, v] of r.fields) expect([got[3]![name.toLowerCase()]].flat()).toContain(v);
      }),
      { numRuns: 300 },
    );
  });

  it("ends for changed, cut and random bytes with a request, a status or an error, reads no more than its limits, and agrees with itself", () => {
    const mutated = fc.tuple(wellFormed, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 5 }), fc.nat()).map(([r, changes, cut]) => {
      const bytes = r.bytes.slice(0, cut % 3 === 0 ? cut % (r.bytes.length + 1) : r.bytes.length);
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), sizes, (bytes, cuts) => {
        const { got } = request(bytes, cuts);
        expect([200, 400, 413, 501, 505, undefined]).toContain(got[0]);
        if (got[0] === undefined) expect(got[1]).toBeInstanceOf(Error);
        if (got[0] === 200) expect(got[4].length).toBeLessThanOrEqual(1000);
        // How bytes are cut must not change what they mean, up to whether the end was seen before a limit.
        const whole = request(bytes, []).got;
        if (got[0] === 200) expect(whole.slice(0, 3)).toEqual(got.slice(0, 3));
        if (got[0] === 200) expect(whole[4]).toEqual(got[4]);
      }),
      { numRuns: 1500 },
    );
  });

  it("stops reading soon after a limit, whatever comes", () => {
    for (const endless of ["a", "GET / HTTP/1.1\r\n", "\r", " ", "GET / HTTP/1.1\r\nx: y\r\n"]) {
      const { got, read } = request(latin(endless.repeat(40_000 / endless.length)), [100]);
      expect(got[0]).toBe(413);
      expect(read).toBeLessThan(8192 + 300);
    }
    const sized = request(latin(`POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n${"1".repeat(5000)}`), [10]);
    expect([sized.got[0], sized.read < 250]).toEqual([400, true]);
    const ones = request(latin(`POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n${"1\r\nx\r\n".repeat(5000)}`), [100]);
    expect([ones.got[0], ones.read < 6300]).toEqual([413, true]);
  });
});

describe("frames of websocket", () => {
  const LIMIT = 1000;

  /** Everything a reader gives for bytes in pieces; then the status of the error, when there was one. */
  function messages(bytes: Uint8Array, cuts: readonly number[]): unknown[] {
    const reader = new MessageReader(LIMIT);
    const got: unknown[] = [];
    try {
      for (let at = 0, turn = 0; at < bytes.length;) {
        const size = cuts.length === 0 ? bytes.length : cuts[turn++ % cuts.length]!;
        reader.push(bytes.slice(at, at + size));
        at += size;
        for (let m = reader.next(); m !== undefined; m = reader.next()) got.push([m.op, Buffer.from(m.payload).toString("hex")]);
      }
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      got.push(error.status);
    }
    return got;
  }

  const sent = fc.array(
    fc.record({
      op: fc.constantFrom(1, 2, 8, 9, 10),
      payload: fc.uint8Array({ maxLength: 300 }),
      key: fc.option(fc.integer({ min: 0, max: 0xffffffff }), { nil: undefined }),
    }),
    { maxLength: 6 },
  );

  it("come back as they were sent, masked or not, however they are cut", () => {
    fc.assert(
      fc.property(sent, sizes, (list, cuts) => {
        const fits = list.map((f) => (f.op >= 8 ? { ...f, payload: f.payload.subarray(0, 125) } : f));
        const bytes = Buffer.concat(fits.map((f) => encodeFrame(f.op, f.payload, f.key)));
        expect(messages(bytes, cuts)).toEqual(fits.map((f) => [f.op, Buffer.from(f.payload).toString("hex")]));
      }),
      { numRuns: 300 },
    );
  });

  it("random and changed bytes give messages within the limit, or end with 1002 or 1009; how they are cut makes no difference", () => {
    const changed = fc.tuple(sent, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 })).map(([list, changes]) => {
      const bytes = new Uint8Array(Buffer.concat(list.map((f) => encodeFrame(f.op, f.payload, f.key))));
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 400 })), sizes, (bytes, cuts) => {
        const got = messages(bytes, cuts);
        expect(got).toEqual(messages(bytes, []));
        for (const m of got) {
          if (Array.isArray(m)) expect((m[1] as string).length / 2).toBeLessThanOrEqual(LIMIT);
          else expect([1002, 1009]).toContain(m);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("what was given out stays as it was while more comes", () => {
    const reader = new MessageReader(LIMIT);
    const first = encodeFrame(2, Uint8Array.of(1, 2, 3));
    const second = encodeFrame(2, new Uint8Array(100).fill(9));
    reader.push(first.slice(0, 2));
    reader.push(new Uint8Array([...first.slice(2), ...second.slice(0, 10)]));
    const message = reader.next()!;
    reader.push(second.slice(10));
    expect([...message.payload]).toEqual([1, 2, 3]);
    expect(reader.next()!.payload).toHaveLength(100);
  });
});

describe("url", () => {
  it("takes any text apart, or says what is no %XX", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          expect(Object.getPrototypeOf(url.parse_query(text))).toBeNull();
          expect(url.parse(text)).toHaveLength(2);
        } catch (error) {
          expect([error instanceof SkynetError, text.includes("%")]).toEqual([true, true]);
        }
      }),
    );
  });
});
