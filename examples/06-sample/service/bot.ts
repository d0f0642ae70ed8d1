/** A player who comes back: signs up, logs in, pings, drops the line, and returns within the grace or after it. */
import { defineService, skynet } from "@skyloom/runtime";
import type { Operation } from "@skyloom/runtime";
import { Player } from "../lib/player.ts";

export interface BotOptions {
  readonly host: string;
  readonly port: number;
  readonly name: string;
  /** Makes this bot's choices its own, and the same in every run. */
  readonly seed: number;
}

/** What a bot has seen. */
export interface Figures {
  readonly connections: number;
  readonly pings: number;
  readonly pushes: number;
  readonly wrong: number;
}

export interface Bot {
  figures(): Figures;
}

export default defineService<Bot, [BotOptions]>((options) => {
  const figures = { connections: 0, pings: 0, pushes: 0, wrong: 0 };
  let state = (options.seed * 2654435761) >>> 0;
  const random = (n: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };

  function* play(player: Player): Operation<void> {
    if (!(yield* player.signin(options.name))) throw new Error("signin failed");
    if ((yield* player.ask("ping")).error !== "not login") figures.wrong++;
    if ((yield* player.ask("login")).ok !== true) figures.wrong++;
    for (let i = random(12) + 2; i > 0; i--) {
      yield* skynet.sleep(20 + random(300));
      if ((yield* player.ask("ping")).error !== undefined) figures.wrong++;
      else figures.pings++;
    }
  }

  skynet.register(`.${options.name}`);
  skynet.info_func(() => ({ name: options.name, ...figures }));
  skynet.fork(function* () {
    for (;;) {
      yield* skynet.sleep(random(200));
      try {
        const player = yield* Player.connect(options.host, options.port, () => figures.pushes++);
        figures.connections++;
        try {
          yield* play(player);
        } finally {
          yield* player.close();
        }
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        skynet.error(`${options.name} cannot play: ${error.message}`);
        yield* skynet.sleep(300);
      }
      // Most come back while their agent waits, some later.
      yield* skynet.sleep(random(4) === 0 ? 1100 + random(400) : 100 + random(600));
    }
  });
  return { figures: () => figures };
});
