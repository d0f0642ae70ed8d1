/** Puts the protocol into the slots, in the order of the names: 1 and so on. Stays, and knows where each is. */
import { defineService } from "@skyloom/runtime";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { files } from "../proto.ts";

export interface ProtoLoader {
  load(names: string[]): void;
  index(name: string): number | undefined;
}

export default defineService<ProtoLoader>(() => {
  const slots = new Map<string, number>();
  return {
    load(names) {
      for (const [i, name] of names.entries()) {
        const text = files[name];
        if (text === undefined) throw new Error(`there is no protocol ${name}; there are ${Object.keys(files).join(", ")}`);
        sprotoloader.save(sprotoparser.parse(text, name), i + 1);
        slots.set(name, i + 1);
      }
    },
    index: (name) => slots.get(name),
  };
});
