/** Type tests of snax (style.md §3): what must compile does, what must not is marked. Checked by the compiler, never run. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { snax } from "@skyloom/runtime/snax";
import type { SnaxDefinition, SnaxObject } from "@skyloom/runtime/snax";

const pinger = snax.define((hello: string) => {
  let seen = 0;
  return {
    response: {
      *ping(text: string) {
        yield* skynet.sleep(1);
        seen++;
        return { text, hello };
      },
      count: () => seen,
      both: () => skynet.values(1, "two"),
    },
    accept: {
      forget(by: number) {
        seen -= by;
      },
    },
    exit() {
      skynet.error("bye");
    },
  };
});

const split = snax.define(
  function* (start: number) {
    yield* skynet.sleep(1);
    return { n: start };
  },
  { methods: (state) => ({ response: { get: () => state.n }, accept: { set: (n: number) => void (state.n = n) } }) },
);

/** With its interface written out, as library code does and as two services that call each other must. */
interface Room {
  response: { join(who: number): boolean };
  accept: { leave(who: number): void };
}
export const room: SnaxDefinition<Room, [size: number]> = snax.define<Room, [size: number]>((size) => ({
  response: {
    *join(who) {
      yield* skynet.sleep(who);
      return size > 0;
    },
  },
  accept: { leave: () => undefined },
}));

declare module "@skyloom/runtime/snax" {
  interface SnaxServices {
    t_pinger: typeof pinger;
    t_split: typeof split;
    t_room: { methods: Room; args: [size: number] };
  }
}

export async function forgetful(ps: SnaxObject<{ response: { count(): number } }>): Promise<void> {
  // @ts-expect-error -- inside a service an operation is run with yield*
  await ps.req.count();
}

export function* caller(): Operation<void> {
  const ps = yield* snax.newservice("t_pinger", "hi");
  const r = yield* ps.req.ping("x");
  const texts: [string, string] = [r.text, r.hello];
  const n: number = yield* ps.req.count();
  const one: number = yield* ps.req.both();
  const both: readonly [number, string] = yield* ps.reqall.both();
  ps.post.forget(1);
  // @ts-expect-error -- no such method
  ps.post.nope();
  // @ts-expect-error -- posted, not requested
  ps.req.forget(1);
  // @ts-expect-error -- a number is due
  ps.post.forget("1");
  // @ts-expect-error -- the init function wants a text
  yield* snax.newservice("t_pinger", 5);

  const s = yield* snax.uniqueservice("t_split", 3);
  const got: number = yield* s.req.get();
  s.post.set(got);
  // @ts-expect-error -- a text is not a number
  s.post.set("x");
  const rm = yield* snax.queryservice("t_room");
  const joined: boolean = yield* rm.req.join(1);
  const again = snax.bind(rm.handle, "t_room");
  again.post.leave(2);
  yield* snax.kill(again, "why", 5);

  // Of a name that nobody registered nothing is known.
  const any: SnaxObject = yield* snax.newservice("t_unknown", 1, "two");
  any.post.whatever(1);
  void [texts, n, one, both, joined];
}
