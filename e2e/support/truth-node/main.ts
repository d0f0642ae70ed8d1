/** Services with something for every panel to show: calls, a deadlock, a listener, timers, lines in the log. A test ends its process. */
import { defineService, skynet } from "@skyloom/runtime";
import { socket } from "@skyloom/runtime/socket";

export default defineService(function* () {
  const left = yield* skynet.newservice("pair");
  const right = yield* skynet.newservice("pair");
  yield* skynet.call(left!, "lua", "meet", right);
  yield* skynet.call(right!, "lua", "meet", left);
  skynet.fork(() => skynet.call(left!, "lua", "both"));
  skynet.fork(() => skynet.call(right!, "lua", "both"));
  const [id] = yield* socket.listen("127.0.0.1", 0);
  yield* socket.start(id, () => {});
  const echo = yield* skynet.newservice("echo");
  skynet.fork(function* () {
    for (let n = 1; ; n++) {
      yield* skynet.call(echo!, "lua", "say", n);
      skynet.error("said", n);
      yield* skynet.sleep(50);
    }
  });
  return {};
});
