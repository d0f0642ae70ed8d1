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
  const [address, port] = yield* skynet.callall<[string, number]>(watchdog as number, "lua", "start", {
    address: skynet.getenv("gate_address") ?? "0.0.0.0",
    port: Number(skynet.getenv("gate_port") ?? 8888),
    maxclient: MAX_CLIENTS,
    nodelay: true,
  });
  skynet.error(`Watchdog listen on ${address}:${port}`);
  skynet.setenv("gate_bound", port);
  return {};
});
