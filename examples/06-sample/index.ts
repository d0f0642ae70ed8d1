/** The services of this example, for hosts that take them as objects. */
import agent from "./service/agent.ts";
import auth from "./service/auth.ts";
import bot from "./service/bot.ts";
import client from "./service/client.ts";
import hub from "./service/hub.ts";
import main from "./service/main.ts";
import manager from "./service/manager.ts";
import protoloader from "./service/protoloader.ts";

export const services: Readonly<Record<string, object>> = { agent, auth, bot, client, hub, main, manager, protoloader };
