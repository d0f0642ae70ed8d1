/** The one place that joins the names of this example's services to their types. */
import type { Pong } from "./service/pong.ts";

declare module "@skyloom/runtime" {
  interface Services {
    pong: { commands: Pong; args: [] };
  }
}
