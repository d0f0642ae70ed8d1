/**
 * Rows of the `sockets` channel: `socket.netstat` with the names of the owners.
 *
 * @module
 */
import type { SocketSample } from "../channels/sockets.ts";
import { SocketFlag } from "../channels/sockets.ts";
import type { RowWalk } from "../source.ts";
import type { Inspected } from "./hosts.ts";
import { nameOfHandle } from "./hosts.ts";
import { listWalk } from "./walk.ts";

/** See the file's comment. */
export function sockets(nodes: readonly Inspected[]): RowWalk {
  const rows: SocketSample[] = [];
  for (const { name, kernel } of nodes) {
    const nowUs = kernel.ports.clock.now() * 1000;
    const nowCs = kernel.now();
    // Centiseconds of the node; 0 is never.
    const when = (cs: number): number => (cs === 0 ? -1 : Math.round(nowUs / 10_000 - (nowCs - cs)) * 10_000);
    for (const s of kernel.sockets.info()) {
      const common = { id: s.id, node: name, type: s.type, owner: s.address, ownerName: nameOfHandle(kernel, s.address) };
      const rtimeUs = when(s.rtime);
      rows.push(
        s.type === "LISTEN"
          ? { ...common, local: s.sock, peer: "", read: 0, write: 0, rtimeUs, wtimeUs: -1, wbuffer: 0, accepted: s.accept, flags: 0 }
          : {
              ...common,
              local: "",
              peer: s.peer,
              read: s.read,
              write: s.write,
              rtimeUs,
              wtimeUs: when(s.wtime),
              wbuffer: s.wbuffer,
              accepted: 0,
              flags: (s.reading ? SocketFlag.reading : 0) | (s.writing ? SocketFlag.writing : 0),
            },
      );
    }
  }
  return listWalk(rows);
}
