/** Ten tasks add to one counter at once; none is lost. */
import { defineService, skynet } from "@skyloom/runtime";
import type {} from "../services.ts";

export default defineService(function* () {
  const counter = yield* skynet.newservice("counter", 0);
  for (let i = 1; i <= 10; i++)
    skynet.fork(function* () {
      for (;;) {
        yield* skynet.call(counter, "lua", "add", i);
        yield* skynet.sleep(100 + i * 7);
      }
    });
  skynet.fork(function* () {
    for (;;) {
      yield* skynet.sleep(300);
      skynet.error("count", yield* skynet.call(counter, "lua", "get"));
    }
  });
  return {};
});
