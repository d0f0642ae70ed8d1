/** Answers pings. */
import { defineService } from "@skyloom/runtime";

export interface Pong {
  ping(n: number): string;
}

export default defineService<Pong>(() => ({
  ping: (n) => `pong ${n}`,
}));
