/**
 * What a node calls itself where others may read it: in tags of traces that go from node to node.
 *
 * @module
 */
import { perNode } from "../../core/per-node.ts";
import type { Ports } from "../../ports/index.ts";

/** The host's name for its process, else one that is made up. Control characters and blanks become `_`. */
export const nodename: () => string = perNode(({ ports }) => {
  const name = ports.name ?? `noname${madeUp(ports)}`;
  // oxlint-disable-next-line no-control-regex -- those are what is replaced
  return name.replaceAll(/[\u0000- ]/g, "_");
});

function madeUp(ports: Ports): number {
  const bytes = new Uint8Array(2);
  ports.random(bytes);
  return bytes[0]! * 256 + bytes[1]!;
}
