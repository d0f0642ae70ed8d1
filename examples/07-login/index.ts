/** The services of this example, for hosts that take them as objects. */
import client from "./service/client.ts";
import gated from "./service/gated.ts";
import logind from "./service/logind.ts";
import main from "./service/main.ts";
import msgagent from "./service/msgagent.ts";

export const services: Readonly<Record<string, object>> = { client, gated, logind, main, msgagent };
