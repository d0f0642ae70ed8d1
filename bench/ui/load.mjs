/**
 * A node of a build, and what drives it. Each side of a comparison imports a copy of this module of its own (`load.mjs?<side>`): what the
 * engine learns of one side's functions must not be what it knows of the other's.
 */

const IDLE_SERVICES = 10_000;

/**
 * @param file - The build.
 * @param load - pair = one service calls another; fan = one calls 64 at once.
 * @param idle - Whether 10,000 services more are there.
 */
export async function subject(file, load, idle) {
  const { createNode, nodePorts, skynet, ...rest } = await import(file);
  const echo = () => skynet.dispatch("lua", () => void skynet.retpack(1));
  const driver = () => {
    const peers = [];
    skynet.dispatch("lua", function* (_session, _source, ms) {
      while (peers.length < (load === "fan" ? 64 : 1)) peers.push(yield* skynet.newservice("echo"));
      const end = performance.now() + ms;
      let calls = 0;
      let left = peers.length;
      const token = {};
      for (const peer of peers)
        skynet.fork(function* () {
          while (performance.now() < end) {
            for (let i = 0; i < 32; i++) yield* skynet.call(peer, "lua", "x");
            calls += 32;
            // The event loop gets its turn as it does in a real host: the agent lives there.
            yield* skynet.sleep(0);
          }
          if (--left === 0) skynet.wakeup(token);
        });
      yield* skynet.wait(token);
      skynet.retpack(calls);
    });
  };
  const ports = nodePorts();
  const node = await createNode({
    ports: { ...ports, log: { output: { line: () => undefined } } },
    services: { echo, driver, idle: () => skynet.dispatch("lua", () => undefined) },
    config: { start: "" },
  });
  if (idle) for (let i = 0; i < IDLE_SERVICES; i++) node.kernel.launch("snlua", ["idle"]);
  const handle = await node.newservice("driver");
  return { node, ports, ...rest, slice: (ms) => node.call(handle, "lua", ms) };
}
