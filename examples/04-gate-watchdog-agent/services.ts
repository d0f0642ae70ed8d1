/** The one place that joins the names of this example's services to their types. */
import type { Agent } from "./service/agent.ts";
import type { BotOptions } from "./service/bot.ts";
import type { SimpleDb } from "./service/simpledb.ts";
import type { Watchdog } from "./service/watchdog.ts";

declare module "@skyloom/runtime" {
  interface Services {
    agent: { commands: Agent; args: [] };
    bot: { commands: object; args: [options: BotOptions] };
    simpledb: { commands: SimpleDb; args: [] };
    watchdog: { commands: Watchdog; args: [] };
  }
}
