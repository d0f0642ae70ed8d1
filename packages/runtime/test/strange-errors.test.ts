/** Errors that are none, and errors that cannot be printed (semantics §8). */
import { describe, expect, it } from "vitest";
import { skynet } from "@skyloom/runtime";
import { testNode } from "@skyloom/runtime/testing";

const failure = (p: PromiseLike<unknown>) =>
  Promise.resolve(p).then(
    (v) => ({ answered: v }) as never,
    (e: unknown) => e as { message: string; reason?: string; cause?: unknown },
  );

describe("what is thrown need not be an error (semantics §8)", () => {
  const circular = (): Error => {
    const a = new Error("first");
    const b = new Error("second", { cause: a });
    a.cause = b;
    return a;
  };
  const evil = {
    get message(): string {
      throw new Error("no message");
    },
    toString(): string {
      throw new Error("no text");
    },
  };
  const cases: readonly (readonly [name: string, thrown: unknown, line: RegExp])[] = [
    ["a text", "just text", /error : \S+just text\S+$/],
    ["undefined", undefined, /error : \S+<no error object>\S+$/],
    ["null", null, /error : \S+nil\S+$/],
    ["a number", 42, /error : \S+42\S+$/],
    ["an object", { code: 7 }, /error : \S+\{"code":7\}\S+$/],
    ["an object without prototype", Object.create(null), /error : /],
    ["a function", () => 1, /error : /],
    ["a symbol", Symbol("odd"), /error : \S+Symbol\(odd\)/],
    ["an error whose causes go in a circle", circular(), /first[\s\S]*caused by Error: second[\s\S]*caused by itself/],
    ["an object whose text cannot be read", evil, /cannot be read/],
    ["an error without a stack", Object.assign(new Error("stackless"), { stack: undefined }), /Error: stackless/],
  ];

  it.each(cases)(
    "%s: the caller's call fails with it as cause, the log has one line, the service lives on",
    async (_name, thrown, line) => {
      const s = () =>
        skynet.dispatch("lua", (_s, _f, cmd: string) => {
          // oxlint-disable-next-line typescript/only-throw-error -- the point of the test
          if (cmd === "throw") throw thrown;
          return "alive";
        });
      const t = await testNode({ services: { s } });
      const to = await t.newservice("s");
      const before = t.log.length;
      const error = await failure(t.call(to, "lua", "throw"));
      expect(error).toMatchObject({ message: "call failed", reason: "handler-error" });
      expect(error.cause).toBe(thrown);
      expect(t.log.length).toBe(before + 1);
      expect(t.log.at(-1)).toMatch(line);
      expect(await t.call(to, "lua", "x")).toBe("alive");
      await t.stop();
    },
  );
});
