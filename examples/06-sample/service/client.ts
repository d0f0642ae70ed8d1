/** The visit of one player, as the server's users make it: sign in, log in, ping. */
import { defineService, skynet } from "@skyloom/runtime";
import { Player } from "../lib/player.ts";

export interface Visit {
  readonly host: string;
  readonly port: number;
  readonly userid: string;
}

export default defineService<object, [visit?: Visit]>((given) => {
  const { host, port, userid } = given ?? {
    host: skynet.getenv("hub_address") ?? "127.0.0.1",
    port: Number(skynet.getenv("hub_port") ?? 5678),
    userid: skynet.getenv("userid") ?? "alice",
  };
  const show = (what: string, { ok, error }: { ok?: boolean | undefined; error?: string | undefined }): void =>
    skynet.error(`${what}: ${error ?? (ok === undefined ? "answered" : ok ? "ok" : "failed")}`);

  function* visit() {
    const player = yield* Player.connect(host, port, (text) => skynet.error(`push: ${text}`));
    const known = yield* player.signin(userid);
    show(`signin ${userid}`, { ok: known });
    if (known) {
      // The first ping fails: nobody is logged in yet.
      player.send("ping");
      player.send("login");
      show("ping", yield* player.answer());
      show("login", yield* player.answer());
      show("ping", yield* player.ask("ping"));
    }
    yield* player.close();
    skynet.error("bye");
  }

  skynet.fork(visit);
  return {};
});
