import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { datacenter } from "@skyloom/runtime/datacenter";
import { multicast } from "@skyloom/runtime/multicast";
import { sharetable } from "@skyloom/runtime/sharetable";
import { snax } from "@skyloom/runtime/snax";

const say = (...words: unknown[]): void => skynet.error(">", ...words);

/** What `pcall` answers: whether it went well. */
function* tried(operation: Operation<unknown>): Operation<boolean> {
  try {
    yield* operation;
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return false;
  }
}

function* room(): Operation<void> {
  const room = (yield* skynet.newservice("room", 2))!;
  const [ok, channel] = yield* skynet.callall<[boolean, number]>(room, "lua", "join", "ann");
  say("join", ok);
  const hall = yield* multicast.new({ channel, dispatch: (_channel, _source, ...words: unknown[]) => say("heard", ...words) });
  yield* hall.subscribe();
  say("join again", ...(yield* skynet.callall(room, "lua", "join", "ann")));
  say("say", yield* skynet.call(room, "lua", "say", "hello"));
  skynet.send(room, "lua", "leave");
  yield* skynet.sleep(5);
  say("say unjoined", yield* tried(skynet.call(room, "lua", "say", "anybody?")));
}

function* rank(): Operation<void> {
  yield* sharetable.loadtable("rules", { win: 3, draw: 1 });
  const rank = yield* snax.newservice("rank", "rules");
  say("add", yield* rank.req.add("ann", "win"), yield* rank.req.add("bob", "draw"), yield* rank.req.add("ann", "draw"));
  say("top", yield* rank.req.top(2));
  rank.post.forget("ann");
  say("top", yield* rank.req.top(2));
  say("no rule", yield* tried(rank.req.add("ann", "luck")));
  yield* snax.kill(rank, "good bye");
}

function* cache(): Operation<void> {
  yield* skynet.newservice("cache");
  const handle = yield* datacenter.wait<number>("cache", "handle");
  say("set", yield* skynet.call(handle, "lua", "set", "colour", "blue"));
  say("get", ...(yield* skynet.callall(handle, "lua", "get", "colour")));
  say("get", ...(yield* skynet.callall(handle, "lua", "get", "shape")));
  say("spoil", yield* skynet.call(handle, "lua", "spoil"));
  yield* skynet.sleep(5);
  say("get", ...(yield* skynet.callall(handle, "lua", "get", "colour")));
}

export default defineService(function* () {
  yield* room();
  yield* rank();
  yield* cache();
  say("done");
});
