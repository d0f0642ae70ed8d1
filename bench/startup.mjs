/** An empty node; prints when its first service has started. */
import { createNode, skynet } from "@skyloom/runtime";
import { nodePorts } from "@skyloom/node-host";

const main = () => skynet.start(() => console.log("FIRST SERVICE STARTED"));
await createNode({ ports: { ...nodePorts(), log: { output: { line: () => undefined } } }, services: { main } });
setInterval(() => undefined, 1000);
