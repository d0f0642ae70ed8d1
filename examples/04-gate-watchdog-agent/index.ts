/** The services of this example, for hosts that take them as objects. */
import agent from "./service/agent.ts";
import bot from "./service/bot.ts";
import main from "./service/main.ts";
import protoloader from "./service/protoloader.ts";
import simpledb from "./service/simpledb.ts";
import watchdog from "./service/watchdog.ts";

export const services: Readonly<Record<string, object>> = { agent, bot, main, protoloader, simpledb, watchdog };
