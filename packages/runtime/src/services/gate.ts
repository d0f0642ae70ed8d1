/**
 * The stock gate: tells a watchdog of connections, hands frames to agents.
 *
 * Source: service/gate.lua; services.md §3.
 *
 * @module
 */
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { gateserver } from "../lib/gateserver.ts";

interface Connection {
  readonly fd: number;
  readonly address: string;
  agent: number | undefined;
  client: number;
}

/** File body of the gate. */
export default function gate(): void {
  let watchdog = 0;
  const connections = new Map<number, Connection>();

  function find(fd: number, what: string): Connection {
    const c = connections.get(fd);
    if (c === undefined) throw new SkynetError("SOCKET", `gate ${what}: connection ${fd} is not open`);
    return c;
  }

  // Registered for its number: frames are redirected raw.
  skynet.register_protocol({ name: "client", id: skynet.PTYPE_CLIENT });

  const commands: Readonly<Record<string, (source: number, ...args: never[]) => void>> = {
    forward(source, fd: number, client?: number, address?: number) {
      const c = find(fd, "forward");
      c.client = client ?? 0;
      c.agent = address ?? source;
      gateserver.openclient(fd);
    },
    accept(_source, fd: number) {
      const c = find(fd, "accept");
      c.agent = undefined;
      gateserver.openclient(fd);
    },
    kick: (_source, fd: number) => gateserver.closeclient(fd),
  };

  gateserver.start({
    open(source, conf) {
      watchdog = conf.watchdog ?? source;
      return [conf.address, conf.port];
    },
    message(fd, frame) {
      const c = connections.get(fd);
      if (c?.agent === undefined) skynet.send(watchdog, "lua", "socket", "data", fd, frame);
      else skynet.redirect(c.agent, c.client, "client", fd, frame);
    },
    connect(fd, address) {
      connections.set(fd, { fd, address, agent: undefined, client: 0 });
      skynet.send(watchdog, "lua", "socket", "open", fd, address);
    },
    disconnect(fd) {
      connections.delete(fd);
      skynet.send(watchdog, "lua", "socket", "close", fd);
    },
    error(fd, text) {
      connections.delete(fd);
      skynet.send(watchdog, "lua", "socket", "error", fd, text);
    },
    warning(fd, kib) {
      skynet.send(watchdog, "lua", "socket", "warning", fd, kib);
    },
    command(cmd, source, ...args) {
      const command = Object.hasOwn(commands, cmd) ? commands[cmd] : undefined;
      if (command === undefined)
        throw new SkynetError("ARGUMENT", `gate has no command "${cmd}"; it has open, close, ${Object.keys(commands).join(", ")}`);
      command(source, ...args);
    },
  });
}
