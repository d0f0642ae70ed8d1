/**
 * `@skyloom/runtime/testing`: virtual time, the simulated network, and conformance suites for ports.
 *
 * @module
 */
export { VirtualClock } from "./virtual-clock.ts";
export type { VirtualClockOptions } from "./virtual-clock.ts";
export { createSimNet, seededRandom } from "../simnet/index.ts";
export type { PathOptions, SimHost, SimNet, SimNetOptions } from "../simnet/index.ts";
export { tcpConformance } from "./conformance/tcp.ts";
export type { TcpFixture } from "./conformance/tcp.ts";
export { udpConformance } from "./conformance/udp.ts";
export type { UdpFixture } from "./conformance/udp.ts";
export type { Expectation, TestKit } from "./conformance/kit.ts";
export { simPorts } from "./sim-ports.ts";
export type { SimPorts, SimPortsOptions } from "./sim-ports.ts";
export { testNode } from "./test-node.ts";
export type { TestNode, TestNodeOptions } from "./test-node.ts";
