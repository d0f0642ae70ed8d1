/** The services of this example, for hosts that take them as objects. */
import counter from "./service/counter.ts";
import main from "./service/main.ts";

export const services: Readonly<Record<string, object>> = { counter, main };
