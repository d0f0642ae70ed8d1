/** The node `db`: others reach its accounts as `@accounts`. */
import { defineService, skynet } from "@skyloom/runtime";
import { cluster } from "@skyloom/runtime/cluster";

const db = defineService(function* () {
  yield* cluster.register("accounts", yield* skynet.newservice("accounts"));
  yield* cluster.open("db");
});

export default db;
