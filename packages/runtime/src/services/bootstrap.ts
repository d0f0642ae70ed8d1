/**
 * `bootstrap`: starts the stock services of a node in Skynet's order, then the user's first service, and ends itself.
 *
 * Source: service/bootstrap.lua; semantics.md §16.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";

/** File body of the bootstrap service. */
export default function bootstrap(): void {
  skynet.start(function* () {
    const launcher = skynet.launch("snlua", "launcher");
    if (launcher === undefined) throw new SkynetError("SERVICE_NOT_FOUND", "the launcher could not be started");
    skynet.name(".launcher", launcher);

    if (Number(skynet.getenv("harbor") ?? 0) !== 0)
      throw new SkynetError(
        "UNSUPPORTED",
        "the harbor network is not available in this runtime yet: set harbor = 0, and join nodes with cluster",
      );
    if (skynet.getenv("standalone") !== undefined)
      throw new SkynetError("CONFIG", "standalone must not be set when harbor = 0: remove it from the configuration");
    skynet.setenv("standalone", "true");
    skynet.name(".cslave", yield* required("cdummy"));
    skynet.name("DATACENTER", yield* required("datacenterd"));
    yield* required("service_mgr");

    const start = skynet.getenv("start") ?? "main";
    if (start !== "") {
      try {
        yield* skynet.newservice(start);
      } catch (error) {
        // As in Skynet the node stays up; the failure is in the log already. The host is told through the environment of the start.
        if (!(error instanceof SkynetError)) throw error;
      }
    }
    skynet.exit();
  });
}

function* required(name: string): Operation<number> {
  const handle = yield* skynet.newservice(name);
  if (handle === undefined) throw new SkynetError("EXITED_IN_START", `stock service ${name} ended while it started`);
  return handle;
}
