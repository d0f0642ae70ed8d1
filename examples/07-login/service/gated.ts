/** A game server's gate: gives each user who logs in an agent, and hands him what the agent answers. */
import { CallError, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { msgserver } from "@skyloom/runtime/msgserver";

interface User {
  readonly name: string;
  readonly agent: number;
}

export default function gated(logind: number | string): void {
  const login = Number(logind);
  const users = new Map<string, User>();
  const agents = new Map<string, number>();
  let server = "";
  let last = 0;

  skynet.register_protocol({ name: "client", id: skynet.PTYPE_CLIENT });

  /** The user, if the name is that of his present login. */
  function present(uid: string, subid: string | number): User | undefined {
    const user = users.get(uid);
    return user?.name === msgserver.username(uid, subid, server) ? user : undefined;
  }

  msgserver.start({
    /** From the login server. It never lets one user in twice at a time. */
    *login_handler(uid, secret): Operation<number> {
      if (users.has(uid)) throw new Error(`${uid} is already login`);
      const subid = ++last;
      const name = msgserver.username(uid, subid, server);
      const agent = (yield* skynet.newservice("msgagent"))!;
      yield* skynet.call(agent, "lua", "login", uid, subid, secret);
      users.set(uid, { name, agent });
      agents.set(name, agent);
      msgserver.login(name, secret);
      return subid;
    },

    /** From the agent. */
    *logout_handler(uid, subid): Operation<void> {
      const user = present(uid, subid);
      if (user === undefined) return;
      msgserver.logout(user.name);
      users.delete(uid);
      agents.delete(user.name);
      yield* skynet.call(login, "lua", "logout", uid, subid);
    },

    /** From the login server: somebody logs in under the same name. */
    *kick_handler(uid, subid): Operation<void> {
      const user = present(uid, subid);
      if (user === undefined) return;
      try {
        yield* skynet.call(user.agent, "lua", "logout");
      } catch (error) {
        // The agent ends itself while it is asked, so nobody answers.
        if (!(error instanceof CallError)) throw error;
      }
    },

    *disconnect_handler(username): Operation<void> {
      const agent = agents.get(username);
      if (agent !== undefined) yield* skynet.call(agent, "lua", "afk");
    },

    *request_handler(username, message) {
      const agent = agents.get(username);
      if (agent === undefined) throw new Error(`${username} has logged out`);
      return skynet.tostring(yield* skynet.rawcall(agent, "client", message));
    },

    *register_handler(name, address, port): Operation<void> {
      skynet.error(`gate is open at ${address}:${port}`);
      server = name;
      yield* skynet.call(login, "lua", "register_gate", name, skynet.self());
    },
  });
}
