/**
 * The stock services that a node may never need. A host hands them to its nodes as `Ports.stock`: at once, or when they are first asked for.
 *
 * @module
 */
import clusteragent from "./services/clusteragent.ts";
import clusterd from "./services/clusterd.ts";
import clusterproxy from "./services/clusterproxy.ts";
import clustersender from "./services/clustersender.ts";
import console from "./services/console.ts";
import debug_console from "./services/debug_console.ts";
import gate from "./services/gate.ts";
import inspectd from "./services/inspectd.ts";
import multicastd from "./services/multicastd.ts";
import packaged from "./services/package.ts";
import sharedatad from "./services/sharedatad.ts";
import snaxd from "./services/snaxd.ts";
import socket_proxyd from "./services/socket_proxyd.ts";
import wsgate from "./services/wsgate.ts";
import type { StockServices } from "./ports/index.ts";

/** By name. */
export const stock: StockServices = {
  clusteragent,
  clusterd,
  clusterproxy,
  clustersender,
  console,
  debug_console,
  gate,
  inspectd,
  multicastd,
  package: packaged,
  sharedatad,
  snaxd,
  socket_proxyd,
  wsgate,
};
