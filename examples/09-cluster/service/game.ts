/** The node `game`: its players' gold is on the other node. */
import { defineService, skynet } from "@skyloom/runtime";
import { cluster } from "@skyloom/runtime/cluster";

const game = defineService(function* () {
  // By name of node and service …
  const gold = yield* cluster.call<number>("db", "@accounts", "add", 1001, 100);
  skynet.error(`player 1001 has ${gold} gold`);
  // … or by a handle that stands for the service there, so that who uses it need not know.
  const accounts = yield* cluster.proxy("db@accounts");
  for (const amount of [-30, -50, -40])
    try {
      skynet.error(`player 1001 has ${yield* skynet.call<number>(accounts, "lua", "add", 1001, amount)} gold`);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      skynet.error(`player 1001 cannot pay ${-amount}: ${error.message}`);
    }
});

export default game;
