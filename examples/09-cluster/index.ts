/** The services of this example, for hosts that take them as objects. */
import accounts from "./service/accounts.ts";
import db from "./service/db.ts";
import game from "./service/game.ts";

export const services: Readonly<Record<string, object>> = { accounts, db, game };
