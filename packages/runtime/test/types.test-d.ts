/** Type tests of typed services (design D3): what must compile does, what must not is marked. Checked by the compiler, never run. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Handle, Operation, ServiceDefinition } from "@skyloom/runtime";

export interface Agent {
  kick(reason: string): { at: number };
  room(): number | undefined;
}
export interface Room {
  join(agent: number): boolean;
  members(): number[];
}
declare module "@skyloom/runtime" {
  interface Services {
    t_agent: { commands: Agent; args: [id: number] };
    t_room: { commands: Room; args: [] };
    t_counter: typeof counter;
  }
}

/** Two services that call each other, and one that calls its own kind. */
export const agent: ServiceDefinition<Agent, [number]> = defineService<Agent, [number]>(function* (id) {
  const room = yield* skynet.newservice("t_room");
  const other = yield* skynet.newservice("t_agent", id + 1);
  return {
    *kick(reason) {
      const kicked = yield* skynet.call(other, "lua", "kick", reason);
      return { at: kicked.at };
    },
    *room() {
      const list = yield* skynet.call(room, "lua", "members");
      return list[0];
    },
  };
});
export const room: ServiceDefinition<Room, []> = defineService<Room>(() => ({
  *join(who: number) {
    const found = yield* skynet.queryservice("t_agent");
    return (yield* skynet.call(found, "lua", "kick", `${who}`)).at > 0;
  },
  members: () => [1, 2],
}));

const counter = defineService((start: number) => ({
  get: () => start,
  add: (by: number) => start + by,
  both: () => skynet.values(1, "two"),
  *slow(): Operation<string> {
    yield* skynet.sleep(1);
    return "slow";
  },
  later: async () => Promise.resolve(true),
}));

export function* caller(): Operation<void> {
  const c = yield* skynet.newservice("t_counter", 5);
  const total: number = yield* skynet.call(c, "lua", "add", 2);
  const text: string = yield* skynet.call(c, "lua", "slow");
  const flag: boolean = yield* skynet.call(c, "lua", "later");
  const one: number = yield* skynet.call(c, "lua", "both");
  const [n, s] = yield* skynet.callall(c, "lua", "both");
  const checked: [number, string] = [n, s];
  const handle: Handle<Agent> = yield* skynet.uniqueservice("t_agent", 1);
  skynet.send(handle, "lua", "kick", "bye");
  void [total, text, flag, one, checked];

  // @ts-expect-error -- "two" where a number is due
  yield* skynet.call(c, "lua", "add", "two");
  // @ts-expect-error -- no such command
  yield* skynet.call(c, "lua", "nope");
  // @ts-expect-error -- the start argument is a number
  yield* skynet.newservice("t_counter", "5");
  // @ts-expect-error -- kick takes a text
  skynet.send(handle, "lua", "kick", 1);
  // @ts-expect-error -- the reply is an object
  const wrong: string = yield* skynet.call(handle, "lua", "kick", "x");
  void wrong;

  // Untyped: any name, any address; the result is unknown until told.
  const free = yield* skynet.newservice("whatever", 1, "two");
  const value: unknown = yield* skynet.call(free!, "lua", "get");
  const told = yield* skynet.call<string>(".simpledb", "lua", "get", "key");
  void [value, told.length];
  // @ts-expect-error -- unknown is not a string
  const bad: string = yield* skynet.call(".simpledb", "lua", "get", "key");
  void bad;
}

export async function forgotten(): Promise<void> {
  // @ts-expect-error -- inside a service write yield*
  await skynet.sleep(5);
  // @ts-expect-error -- the same for a generator annotated with Operation
  await caller();
}
