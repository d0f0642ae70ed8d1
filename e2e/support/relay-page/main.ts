/** The page: the game server of the examples, on real TCP ports of the relay that `relay` of the address names. */
import { createNode } from "@skyloom/runtime";
import { browserPorts } from "@skyloom/runtime/browser";
import { services } from "@skyloom/example-04-gate-watchdog-agent";

const query = new URLSearchParams(location.search);
const ports = browserPorts({ console: false, relay: { url: query.get("relay")! } });
const node = await createNode({
  ports,
  services,
  config: { start: "main", gate_address: "127.0.0.1", gate_port: Number(query.get("gate")), console_port: Number(query.get("console")) },
});
Object.assign(globalThis, { node, ports });
setInterval(() => (document.querySelector("#log")!.textContent = ports.lines.join("\n")), 20);
