/** The one place that joins the names of this example's services to their types. */
import type { Counter } from "./service/counter.ts";

declare module "@skyloom/runtime" {
  interface Services {
    counter: { commands: Counter; args: [start: number] };
  }
}
