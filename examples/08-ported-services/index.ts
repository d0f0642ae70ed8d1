/** The services of this example, for hosts that load no files. */
import cache from "./service/cache.ts";
import main from "./service/main.ts";
import rank from "./service/rank.ts";
import room from "./service/room.ts";

export const services = { main, room, rank, cache };
