/** Knows the agent of each user who is here, and starts one for those who come. */
import { CallError, defineService, skynet } from "@skyloom/runtime";
import type { Handle, Operation } from "@skyloom/runtime";
import type { Agent } from "./agent.ts";

export interface Manager {
  /** Gives a connection to its user's agent. */
  assign(fd: number, userid: string): void;
  /** From an agent that leaves. */
  exit(userid: string, agent: number): void;
}

export default defineService<Manager>(() => {
  const agents = new Map<string, Handle<Agent>>();
  /** One at a time, so that a user who comes twice at once gets one agent. */
  const lock = skynet.queue();

  const find = (userid: string) =>
    lock(function* (): Operation<Handle<Agent>> {
      let agent = agents.get(userid);
      if (agent === undefined) {
        agent = (yield* skynet.newservice("agent" as string)) as unknown as Handle<Agent>;
        agents.set(userid, agent);
      }
      return agent;
    });

  function forget(userid: string, agent: number): void {
    if (agents.get(userid) === agent) agents.delete(userid);
  }

  skynet.info_func(() => Object.fromEntries([...agents].map(([userid, agent]) => [userid, skynet.address(agent)])));
  return {
    *assign(fd, userid) {
      for (;;) {
        const agent = yield* find(userid);
        try {
          if (yield* skynet.call(agent, "lua", "assign", fd, userid)) {
            skynet.error(`Assign ${fd} to ${userid} [${skynet.address(agent)}]`);
            return;
          }
        } catch (error) {
          // It may have gone between two messages; a second failure of a new one is no accident.
          if (!(error instanceof CallError) || error.reason === "handler-error") throw error;
        }
        // It is leaving.
        forget(userid, agent);
      }
    },
    exit: forget,
  };
});
