import { skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { multicast } from "@skyloom/runtime/multicast";
import type { MulticastChannel } from "@skyloom/runtime/multicast";

export default function (limit: number): void {
  const members = new Map<number, string>();
  let channel: MulticastChannel;
  const lock = skynet.queue();

  const CMD = {
    join: (source: number, nick: string) =>
      lock(function* () {
        if (members.has(source)) return [false, "twice"];
        yield* skynet.sleep(2); // somebody is asked whether the nick is free
        if (members.size >= limit) return [false, "full"];
        members.set(source, nick);
        yield* channel.publish("joined", nick);
        return [true, channel.channel];
      }),

    *say(source: number, text: string): Operation<unknown[]> {
      const nick = members.get(source);
      if (nick === undefined) throw new Error("join first");
      yield* channel.publish("said", nick, text);
      return [members.size];
    },

    *leave(source: number): Operation<unknown[]> {
      const nick = members.get(source);
      if (nick === undefined) return [];
      members.delete(source);
      yield* channel.publish("left", nick);
      return [];
    },
  };

  skynet.start(function* () {
    channel = yield* multicast.new();
    skynet.dispatch("lua", function* (session, source, cmd: keyof typeof CMD, text: string) {
      const values = yield* CMD[cmd](source, text);
      if (session !== 0) skynet.retpack(...values);
    });
  });
}
