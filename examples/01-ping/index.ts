/** The services of this example, for hosts that take them as objects. */
import main from "./service/main.ts";
import pong from "./service/pong.ts";

export const services: Readonly<Record<string, object>> = { main, pong };
