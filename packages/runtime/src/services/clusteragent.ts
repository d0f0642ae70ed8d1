/**
 * `clusteragent`: serves what another node asks for over one connection. One for each connection that was accepted.
 *
 * Source: service/clusteragent.lua; services.md §4, wire.md §3.
 *
 * @module
 */
import { LargeBodies, packErrorResponse, packResponse, unpackRequest } from "../codec/cluster/index.ts";
import type { RequestPacket } from "../codec/cluster/index.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { socket } from "../lib/socket.ts";

const MIB = 1 << 20;

/** A request whose body is on its way. */
interface Begun {
  readonly address: number | string;
  readonly push: boolean;
  readonly tag: string | undefined;
}

/**
 * File body of clusteragent.
 *
 * @param clusterd - Knows the names.
 * @param gate - Has the connection.
 * @param fd - The connection.
 * @param maxlarge - MiB that requests in parts may take.
 */
export default function clusteragent(clusterd: number, gate: number, fd: number, maxlarge: number): void {
  const large = new LargeBodies<Begun>(maxlarge * MIB);
  /** Handles by name; who asks while another does waits for the answer. */
  let names = new Map<string, number>();
  const asking = new Map<string, object[]>();
  /** Tag of the next request. */
  let tag: string | undefined;

  function* lookup(name: string): Operation<number | undefined> {
    const known = names.get(name);
    if (known !== undefined) return known;
    const others = asking.get(name);
    if (others !== undefined) {
      const token = {};
      others.push(token);
      yield* skynet.wait(token);
      return names.get(name);
    }
    const waiting: object[] = [];
    asking.set(name, waiting);
    const into = names;
    try {
      const handle = yield* skynet.call<number | undefined>(clusterd, "lua", "queryname", name);
      if (handle !== undefined) into.set(name, handle);
      return handle;
    } finally {
      asking.delete(name);
      for (const token of waiting) skynet.wakeup(token);
    }
  }

  function answer(session: number, body: Uint8Array): void {
    const packets = packResponse(session, body);
    if (packets.length === 1) socket.write(fd, packets[0]);
    else for (const packet of packets) socket.lwrite(fd, packet);
  }

  function refuse(session: number, text: string): void {
    socket.write(fd, packErrorResponse(session, text));
  }

  function* serve(address: number | string, session: number, body: Uint8Array, push: boolean, trace: string | undefined): Operation<void> {
    if (address === 0) {
      const [name] = skynet.unpack(body);
      const handle = yield* lookup(String(name));
      if (handle === undefined) refuse(session, "name not found");
      else answer(session, skynet.pack(handle));
      return;
    }
    const to = typeof address === "string" && address.startsWith("@") ? yield* lookup(address.slice(1)) : address;
    if (to === undefined) {
      refuse(session, "Invalid name");
      return;
    }
    if (push) {
      skynet.rawsend(to, "lua", body);
      return;
    }
    let reply: Uint8Array;
    try {
      const got = trace === undefined ? yield* skynet.rawcall(to, "lua", body) : yield* skynet.tracecall(trace, to, "lua", body);
      reply = skynet.tostring(got) ?? NOTHING;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      refuse(session, error.message);
      return;
    }
    answer(session, reply);
  }

  function request(packet: RequestPacket): Operation<void> | undefined {
    switch (packet.kind) {
      case "trace":
        tag = packet.tag;
        return undefined;
      case "begin": {
        const { address, session, size, push } = packet;
        if (!large.begin(session, size, { address, push, tag })) {
          skynet.error(`socket ${fd}: too many requests in parts at a time; the connection is closed`);
          skynet.send(gate, "lua", "kick", fd);
        }
        tag = undefined;
        return undefined;
      }
      case "part": {
        const { session } = packet;
        const whole = large.add(session, packet.body, packet.last);
        if (whole === undefined) return undefined;
        const { about, body } = whole;
        if (about !== undefined && body !== undefined) return serve(about.address, session, body, about.push, about.tag);
        refuse(session, "Invalid large req");
        return undefined;
      }
      case "request": {
        const trace = tag;
        tag = undefined;
        return serve(packet.address, packet.session, packet.body, packet.push, trace);
      }
    }
  }

  skynet.register_protocol({
    name: "client",
    id: skynet.PTYPE_CLIENT,
    unpack: (body) => [unpackRequest(skynet.tostring(body) ?? NOTHING)],
    dispatch(_fd, _gate, packet: RequestPacket) {
      // The session is the connection's number: nobody waits for a reply.
      skynet.ignoreret();
      return request(packet);
    },
  });

  skynet.start(function* () {
    skynet.dispatch("lua", (_session, source, command: string) => {
      if (command === "exit") {
        socket.close_fd(fd);
        return skynet.exit();
      }
      if (command === "namechange") names = new Map();
      else skynet.error(`Invalid command ${command} from ${skynet.address(source)}`);
      return undefined;
    });
    try {
      yield* skynet.call(gate, "lua", "forward", fd);
    } catch (error) {
      // It has been closed meanwhile; the end of it is on its way.
      if (!(error instanceof SkynetError)) throw error;
    }
  });
}

const NOTHING = new Uint8Array(0);
