/** A user's agent: echoes what he says. */
import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";

/** Centiseconds an answer takes. */
const THINKING = 10;

export default function msgagent(): void {
  let gate = 0;
  let userid = "";
  let subid = 0;

  const commands: Readonly<Record<string, (source: number, ...args: never[]) => unknown>> = {
    login(source, uid: string, sid: number) {
      skynet.error(`${uid} is login`);
      gate = source;
      userid = uid;
      subid = sid;
    },
    *logout(): Operation<void> {
      skynet.error(`${userid} is logout`);
      yield* skynet.call(gate, "lua", "logout", userid, subid);
      skynet.exit();
    },
    afk: () => skynet.error("AFK"),
  };

  skynet.register_protocol({
    name: "client",
    id: skynet.PTYPE_CLIENT,
    *dispatch(_session, _source, message: Uint8Array): Operation<void> {
      yield* skynet.sleep(THINKING);
      skynet.ret(message);
    },
  });

  skynet.start(() => {
    skynet.dispatch("lua", function* (_session, source, cmd: string, ...args: unknown[]): Operation<void> {
      const command = Object.hasOwn(commands, cmd) ? commands[cmd] : undefined;
      if (command === undefined) throw new Error(`msgagent has no command ${cmd}`);
      const result = command(source, ...(args as never[]));
      if (typeof result === "object" && result !== null) yield* result as Operation<void>;
      skynet.retpack();
    });
  });
}
