/** A table of texts, known to the whole network as SIMPLEDB. */
import { defineService, skynet } from "@skyloom/runtime";

export interface SimpleDb {
  get(key: string): string | undefined;
  set(key: string, value: string): string | undefined;
}

export default defineService<SimpleDb>(() => {
  const table = new Map<string, string>();
  skynet.register("SIMPLEDB");
  return {
    get: (key) => table.get(key),
    set(key, value) {
      const before = table.get(key);
      table.set(key, value);
      return before;
    },
  };
});
