/** The place where everybody logs in: checks the token, knows the game servers, and who plays where. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { crypt } from "@skyloom/runtime/crypt";
import { loginserver } from "@skyloom/runtime/loginserver";

interface Online {
  readonly gate: number;
  readonly subid: string;
  readonly server: string;
}

export default function logind(): void {
  const gates = new Map<string, number>();
  const online = new Map<string, Online>();

  const commands: Readonly<Record<string, (...args: never[]) => void>> = {
    register_gate: (server: string, gate: number) => void gates.set(server, gate),
    logout(uid: string, subid: string | number) {
      const user = online.get(uid);
      if (user === undefined || user.subid !== String(subid)) return;
      skynet.error(`${uid}@${user.server} is logout`);
      online.delete(uid);
    },
  };

  loginserver({
    host: skynet.getenv("gate_address") ?? "127.0.0.1",
    port: Number(skynet.getenv("login_port") ?? 8001),
    name: "login_master",
    multilogin: false,

    /** The token is base64(user)@base64(server):base64(password). */
    auth_handler(token) {
      const [, ...parts] = /^([^@]+)@([^:]+):(.+)$/.exec(skynet.totext(token)) ?? [];
      if (parts.length !== 3) throw new Error("the token is not user@server:password");
      const [user, server, password] = parts.map((part) => skynet.totext(crypt.base64decode(part)));
      if (password !== "password") throw new Error("Invalid password");
      return [server, user];
    },

    *login_handler(server, uid, secret): Operation<string> {
      const gate = gates.get(server);
      if (gate === undefined) throw new Error(`Unknown server ${server}`);
      const last = online.get(uid);
      if (last !== undefined) yield* skynet.call(last.gate, "lua", "kick", uid, last.subid);
      if (online.has(uid)) throw new Error(`user ${uid} is already online`);
      const subid = String(yield* skynet.call(gate, "lua", "login", uid, secret));
      online.set(uid, { gate, subid, server });
      skynet.error(`${uid}@${server} is login`);
      return subid;
    },

    command_handler(cmd, ...args) {
      const command = Object.hasOwn(commands, cmd) ? commands[cmd] : undefined;
      if (command === undefined) throw new Error(`logind has no command ${cmd}; it has ${Object.keys(commands).join(", ")}`);
      command(...args);
    },
  });
}
