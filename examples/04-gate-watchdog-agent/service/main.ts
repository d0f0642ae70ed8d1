/** Starts the server: protocol, console, database, watchdog. */
import { defineService, skynet } from "@skyloom/runtime";
import type {} from "../services.ts";

const MAX_CLIENTS = 64;

export default defineService(function* () {
  skynet.error("Server start");
  yield* skynet.uniqueservice("protoloader");
  yield* skynet.newservice("debug_console", Number(skynet.getenv("console_port") ?? 8000));
  yield* skynet.newservice("simpledb");
  const watchdog = yield* skynet.newservice("watchdog");
  const conf = { address: skynet.getenv("gate_address") ?? "0.0.0.0", maxclient: MAX_CLIENTS, nodelay: true };
  const [address, port] = yield* skynet.callall<[string, number]>(watchdog as number, "lua", "start", {
    ...conf,
    port: Number(skynet.getenv("gate_port") ?? 8888),
  });
  skynet.error(`Watchdog listen on ${address}:${port}`);
  skynet.setenv("gate_bound", port);
  // The same watchdog and agents for browsers, when the configuration says where.
  const websocketPort = skynet.getenv("websocket_port");
  if (websocketPort !== undefined) {
    const entrance = { ...conf, port: Number(websocketPort), websocket: true };
    const [where, bound] = yield* skynet.callall<[string, number]>(watchdog as number, "lua", "start", entrance);
    skynet.error(`Watchdog listen on ws://${where}:${bound}`);
    skynet.setenv("websocket_bound", bound);
  }
  return {};
});
