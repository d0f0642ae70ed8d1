/** Knows who has signed up, and lets a connection say who it is. Names only: nobody proves anything here. */
import { defineService, skynet } from "@skyloom/runtime";
import { socket_proxy } from "@skyloom/runtime/socket_proxy";
import { Endpoint } from "../lib/client.ts";
import type { Client, Handlers } from "../lib/client.ts";

export interface Auth {
  /** Talks to a connection until it has signed in; gives the user's name, or nothing when it ends or talks nonsense. */
  shakehand(fd: number): string | undefined;
}

interface Stranger extends Client {
  userid: string | undefined;
}

const LONGEST_NAME = 64;
const MOST_USERS = 100_000;

export default defineService<Auth>(() => {
  const endpoint = new Endpoint();
  const users = new Set<string>();

  const handlers: Handlers<Stranger> = {
    ping() {
      throw new Error("sign in first");
    },
    signup(_client, { userid }) {
      if (userid === undefined || userid === "" || userid.length > LONGEST_NAME || users.has(userid) || users.size >= MOST_USERS)
        return { ok: false };
      users.add(userid);
      return { ok: true };
    },
    signin(client, { userid }) {
      if (userid === undefined || !users.has(userid)) return { ok: false };
      client.userid = userid;
      return { ok: true };
    },
  };

  return {
    *shakehand(fd) {
      try {
        yield* socket_proxy.subscribe(fd);
        const client: Stranger = { fd, userid: undefined };
        // One after the other: what comes after signing in is for the agent.
        while (client.userid === undefined) yield* (yield* endpoint.next(client, handlers))();
        return client.userid;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        skynet.error(`nobody signs in on ${fd}: ${error.message}`);
        return undefined;
      } finally {
        socket_proxy.abandon(fd);
      }
    },
  };
});
