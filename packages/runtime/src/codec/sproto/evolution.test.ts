/** Schemas that grow: an old reader with a new writer, and the other way round, over random changes of random schemas. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decode, encode, parseSchema, readBundle, withUnpacked, zeroPack } from "./index.ts";
import type { SprotoSchema } from "./index.ts";

const KINDS = ["integer", "integer(2)", "boolean", "string", "binary", "double"] as const;
/** A field as a schema's author sees it: its tag is its identity, its name may change. */
interface Field {
  readonly tag: number;
  readonly name: string;
  /** A kind, or the number of an earlier type. */
  readonly kind: (typeof KINDS)[number] | number;
  readonly array: boolean;
}
/** Types by number; a type may hold earlier ones. */
type Model = readonly (readonly Field[])[];
type Value = Record<string, unknown>;

function compile(model: Model): SprotoSchema {
  const text = model
    .map((fields, i) => {
      const lines = fields.map((f) => `  ${f.name} ${f.tag} : ${f.array ? "*" : ""}${typeof f.kind === "number" ? `T${f.kind}` : f.kind}`);
      return `.T${i} {\n${lines.join("\n")}\n}`;
    })
    .join("\n");
  return readBundle(parseSchema(text));
}

const field = (i: number): fc.Arbitrary<Omit<Field, "tag">> =>
  fc.record({
    name: fc.integer({ min: 0, max: 999 }).map((n) => `f${n}`),
    kind: i === 0 ? fc.constantFrom(...KINDS) : fc.oneof(fc.constantFrom(...KINDS), fc.nat({ max: i - 1 })),
    array: fc.boolean(),
  });
/** Fields of type `i`, tags with gaps, names unique. */
const fields = (i: number): fc.Arbitrary<Field[]> =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 40 }), field(i)), { maxLength: 8 })
    .map((list) => unique(list.map(([tag, rest]) => ({ tag, ...rest }))));
const models: fc.Arbitrary<Model> = fc.tuple(fields(0), fields(1), fields(2));

function unique(list: readonly Field[]): Field[] {
  const tags = new Set<number>();
  const names = new Set<string>();
  return list.filter((f) => {
    if (tags.has(f.tag) || names.has(f.name)) return false;
    tags.add(f.tag);
    names.add(f.name);
    return true;
  });
}

/** Another version of a schema: fields removed, renamed and added under tags that were free. */
const versions: fc.Arbitrary<readonly [Model, Model]> = models.chain((model) =>
  fc
    .tuple(
      ...model.map((list, i) =>
        fc.tuple(
          fc.array(fc.constantFrom("keep", "keep", "remove", "rename"), { minLength: list.length, maxLength: list.length }),
          fields(i),
        ),
      ),
    )
    .map(
      (changes) =>
        [
          model,
          model.map((list, i) => {
            const [what, added] = changes[i]!;
            const kept = list.flatMap((f, n) => (what[n] === "remove" ? [] : [what[n] === "rename" ? { ...f, name: `r${f.name}` } : f]));
            // A tag is never used again for something else, also when its field is gone.
            return unique([...kept, ...added.filter((f) => !list.some((old) => old.tag === f.tag))]);
          }),
        ] as const,
    ),
);

const scalars: Readonly<Record<(typeof KINDS)[number], fc.Arbitrary<unknown>>> = {
  integer: fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 60n, max: 2n ** 62n })),
  "integer(2)": fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 100),
  boolean: fc.boolean(),
  string: fc.string({ unit: "binary" }),
  binary: fc.uint8Array({ maxLength: 20 }),
  double: fc.double({ noNaN: true }),
};

function values(model: Model, type: number): fc.Arbitrary<Value> {
  const one = (f: Field): fc.Arbitrary<unknown> => {
    const scalar = typeof f.kind === "number" ? values(model, f.kind) : scalars[f.kind];
    return f.array ? fc.array(scalar, { maxLength: 4 }) : scalar;
  };
  return fc.record(Object.fromEntries(model[type]!.map((f) => [f.name, one(f)])), { requiredKeys: [] }) as fc.Arbitrary<Value>;
}

/** What a reader of one version sees of what a writer of another has written. */
function seen(value: Value, from: Model, to: Model, type: number): Value {
  const result: Value = {};
  for (const f of from[type]!) {
    const target = to[type]!.find((t) => t.tag === f.tag);
    if (target === undefined || !Object.hasOwn(value, f.name)) continue;
    const { kind } = f;
    const one = (v: unknown): unknown => (typeof kind === "number" ? seen(v as Value, from, to, kind) : v);
    const content = value[f.name];
    result[target.name] = f.array ? (content as unknown[]).map(one) : one(content);
  }
  return result;
}

describe("schema evolution", () => {
  it("an old reader and a new writer understand each other, and the other way round: by tag, what they do not share is skipped", () => {
    fc.assert(
      fc.property(
        versions.chain(([older, newer]) => fc.tuple(fc.constant(older), fc.constant(newer), values(older, 2), values(newer, 2))),
        ([older, newer, written, grown]) => {
          const [a, b] = [compile(older), compile(newer)].map((schema) => schema.types.get("T2")!) as [never, never];
          const forth = encode(a, written);
          expect(decode(b, forth)).toEqual([seen(written, older, newer, 2), forth.length]);
          const back = encode(b, grown);
          expect(decode(a, back)).toEqual([seen(grown, newer, older, 2), back.length]);
          const packed = zeroPack(back);
          expect(withUnpacked(packed, (bytes, length) => decode(a, bytes, 0, length))[0]).toEqual(seen(grown, newer, older, 2));
          // What passes through the other version loses what that does not know, and nothing else.
          const through = decode(a, encode(b, decode(b, forth)[0]))[0];
          expect(through).toEqual(seen(seen(written, older, newer, 2), newer, older, 2));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("a field that becomes an array, or another kind, is an error or another value, never a crash", () => {
    const one = readBundle(parseSchema(".A { x 0 : integer s 1 : string }")).types.get("A")!;
    const two = readBundle(parseSchema(".A { x 0 : *integer s 1 : B } .B { y 0 : integer }")).types.get("A")!;
    expect(() => decode(two, encode(one, { x: 5 }))).toThrow(/decode error/);
    expect(() => decode(two, encode(one, { s: "text" }))).toThrow(/decode error/);
    expect(decode(one, encode(two, { s: { y: 5 } }))[0]).toHaveProperty("s");
  });
});
