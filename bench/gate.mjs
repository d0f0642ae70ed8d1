/** Echo gate for the comparison: two-byte frames, one reply for each message. usage: node bench/gate.mjs <port> [agent] */
import { createNode, skynet } from "@skyloom/runtime";
import { gateserver } from "@skyloom/runtime/gateserver";
import { netpack } from "@skyloom/runtime/netpack";
import { socketdriver } from "@skyloom/runtime/socketdriver";
import { nodePorts } from "@skyloom/node-host";

const [port, kind] = process.argv.slice(2);
const gate = () =>
  gateserver.start({ connect: (fd) => gateserver.openclient(fd), message: (fd, frame) => void socketdriver.send(fd, netpack.pack(frame)) });
const gate2 = () => {
  skynet.register_protocol({ name: "client", id: skynet.PTYPE_CLIENT });
  const agents = new Map();
  gateserver.start({
    *connect(fd) {
      agents.set(fd, yield* skynet.newservice("agent"));
      gateserver.openclient(fd);
    },
    message: (fd, frame) => void skynet.redirect(agents.get(fd), fd, "client", fd, frame),
    disconnect(fd) {
      const agent = agents.get(fd);
      agents.delete(fd);
      if (agent !== undefined) skynet.kill(agent);
    },
  });
};
const agent = () => {
  skynet.register_protocol({
    name: "client",
    id: skynet.PTYPE_CLIENT,
    unpack: (body) => body,
    dispatch(fd, _source, frame) {
      skynet.ignoreret();
      socketdriver.send(fd, netpack.pack(frame));
    },
  });
};
const main = () =>
  skynet.start(function* () {
    const to = yield* skynet.newservice(kind === "agent" ? "gate2" : "mygate");
    yield* skynet.call(to, "lua", "open", { address: "127.0.0.1", port: Number(port), maxclient: 2048, nodelay: true });
    console.log("GATE READY");
  });
await createNode({ ports: { ...nodePorts(), log: { output: { line: () => undefined } } }, services: { main, mygate: gate, gate2, agent } });
