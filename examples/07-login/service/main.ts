/** Starts the login server and one game server, which makes itself known there. */
import { defineService, skynet } from "@skyloom/runtime";

export default defineService(function* () {
  const address = skynet.getenv("gate_address") ?? "127.0.0.1";
  const logind = yield* skynet.newservice("logind");
  const gate = yield* skynet.newservice("gated", logind);
  yield* skynet.call(gate!, "lua", "open", {
    address,
    port: Number(skynet.getenv("gate_port") ?? 8888),
    maxclient: 64,
    servername: "sample",
  });
  if (skynet.getenv("client") !== undefined) yield* skynet.newservice("client");
  return {};
});
