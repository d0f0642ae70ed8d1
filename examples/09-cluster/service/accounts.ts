/** Gold by player. Knows nothing of nodes. */
import { defineService } from "@skyloom/runtime";

const accounts = defineService(() => {
  const gold = new Map<number, number>();
  return {
    get: (player: number) => gold.get(player) ?? 0,
    add(player: number, amount: number) {
      const now = (gold.get(player) ?? 0) + amount;
      if (now < 0) throw new Error(`player ${player} has not so much gold`);
      gold.set(player, now);
      return now;
    },
  };
});

export default accounts;
