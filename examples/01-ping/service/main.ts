/** Starts pong and asks it something, once a second. */
import { defineService, skynet } from "@skyloom/runtime";
import type {} from "../services.ts";

export default defineService(function* () {
  const pong = yield* skynet.newservice("pong");
  skynet.fork(function* () {
    for (let n = 1; ; n++) {
      const answer = yield* skynet.call(pong, "lua", "ping", n);
      skynet.error("ping", n, "->", answer);
      yield* skynet.sleep(100);
    }
  });
  return {};
});
