/** The services of this example, for hosts that take them as objects. */
import main from "./service/main.ts";

export const services: Readonly<Record<string, object>> = { main };
