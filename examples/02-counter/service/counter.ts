/** A counter whose `add` takes a while: others wait in the lock, not in the service. */
import { defineService, skynet } from "@skyloom/runtime";

export interface Counter {
  get(): number;
  add(by: number): number;
}

export default defineService<Counter, [start: number]>((start) => {
  let n = Number(start);
  const lock = skynet.queue();
  return {
    get: () => n,
    add: (by) =>
      lock(function* () {
        const before = n;
        yield* skynet.sleep(10);
        n = before + by;
        return n;
      }),
  };
});
