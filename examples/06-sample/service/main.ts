/** Starts the server: console, protocol, hub; then it has nothing left to do. */
import { defineService, skynet } from "@skyloom/runtime";

export default defineService(function* () {
  skynet.error("Server start");
  const console = skynet.getenv("console_port") ?? 8000;
  if (console !== "off") yield* skynet.newservice("debug_console", Number(console));
  const protoloader = yield* skynet.uniqueservice("protoloader" as string);
  yield* skynet.call(protoloader, "lua", "load", ["proto.c2s", "proto.s2c"]);
  const hub = yield* skynet.uniqueservice("hub" as string);
  yield* skynet.call(hub, "lua", "open", skynet.getenv("hub_address") ?? "0.0.0.0", Number(skynet.getenv("hub_port") ?? 5678));
  skynet.exit();
});
