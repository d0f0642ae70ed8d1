/** Puts the compiled protocol into slots 1 and 2, where every agent finds it. Stays, as in Skynet. */
import { defineService } from "@skyloom/runtime";
import { sprotoloader } from "@skyloom/runtime/sprotoloader";
import { sprotoparser } from "@skyloom/runtime/sprotoparser";
import { c2s, s2c } from "../proto.ts";

export default defineService(() => {
  sprotoloader.save(sprotoparser.parse(c2s, "c2s"), 1);
  sprotoloader.save(sprotoparser.parse(s2c, "s2c"), 2);
  return {};
});
