/** One of two that lock themselves and then ask each other: neither goes on. */
import { defineService, skynet } from "@skyloom/runtime";

export default defineService(() => {
  let other = 0;
  const lock = skynet.queue();
  return {
    meet: (whom: number) => void (other = whom),
    both: () =>
      lock(function* () {
        yield* skynet.sleep(20);
        return yield* skynet.call(other, "lua", "touch");
      }),
    touch: () => lock(() => true),
  };
});
