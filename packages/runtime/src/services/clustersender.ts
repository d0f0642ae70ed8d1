/**
 * `clustersender`: the connection to another node, and the requests that are under way on it. One for each node that is called.
 *
 * Source: service/clustersender.lua; services.md §4, wire.md §3.
 *
 * @module
 */
import { LargeBodies, packRequest, packTrace, unpackResponse } from "../codec/cluster/index.ts";
import { encodeText } from "../codec/text.ts";
import type { Operation } from "../core/operation.ts";
import { skynet } from "../core/skynet.ts";
import { SkynetError } from "../errors/error.ts";
import { socketchannel } from "../lib/socketchannel.ts";
import type { ChannelSocket, SessionReply } from "../lib/socketchannel.ts";

const MIB = 1 << 20;

/**
 * File body of clustersender.
 *
 * @param node - The other node.
 * @param ownName - What this one calls itself in tags of traces.
 * @param address - `host:port` of the other.
 * @param maxlarge - MiB that answers in parts may take.
 */
export default function clustersender(node: string, ownName: string, address: string, maxlarge: number): void {
  const channel = socketchannel.channel({ host: address, response: readAnswer, nodelay: true });
  /** Answers in parts, by connection: what a lost one has begun nobody will end. */
  const large = new WeakMap<ChannelSocket, LargeBodies<undefined>>();
  let session = 1;
  let down = false;

  function* readAnswer(sock: ChannelSocket): Operation<SessionReply> {
    for (;;) {
      const head = yield* sock.read(2);
      const size = head[0]! * 256 + head[1]!;
      const packet = unpackResponse(size === 0 ? head.subarray(2) : yield* sock.read(size));
      if (packet === undefined) {
        skynet.error(`cluster node [${node}] sent ${size} bytes that are no answer; its connection is closed`);
        return [undefined, false];
      }
      const { kind, session: answered } = packet;
      if (kind === "ok") return [answered, true, packet.body];
      if (kind === "error") return [answered, false, skynet.totext(packet.body)];
      let bodies = large.get(sock);
      if (bodies === undefined) large.set(sock, (bodies = new LargeBodies(maxlarge * MIB)));
      if (kind === "begin") {
        if (!bodies.begin(answered, packet.size, undefined)) return [undefined, false];
        continue;
      }
      const whole = bodies.add(answered, packet.body, packet.last);
      if (whole === undefined) continue;
      const { body } = whole;
      return body === undefined ? [answered, false, `Invalid large answer, or more than ${maxlarge} MiB`] : [answered, true, body];
    }
  }

  /** The tag for the other node, when this request has one. */
  function* announceTrace(own: number): Operation<void> {
    const tag = skynet.tracetag();
    if (typeof tag !== "string") return;
    let sent = tag;
    if (!tag.startsWith("(")) {
      sent = `(${ownName}-${node}-${own})${tag}`;
      skynet.tracelog(tag, `session ${sent}`);
    }
    skynet.tracelog(sent, `cluster ${node}`);
    yield* channel.request(packTrace(sent));
  }

  function check(): void {
    if (down) throw new SkynetError("CLUSTER", `cluster node [${node}] is down`);
  }

  function* req(to: number | string, body: Uint8Array | string): Operation<void> {
    let answer: Uint8Array;
    try {
      check();
      const { packet, parts, next } = packRequest(to, session, bytesOf(body), false);
      const own = session;
      session = next;
      yield* announceTrace(session);
      answer = yield* channel.request<Uint8Array>(packet, own, parts);
    } catch (error) {
      if (!(error instanceof SkynetError)) throw error;
      skynet.error(`cluster node [${node}]: ${error.message}`);
      skynet.response()(false, error);
      return;
    }
    skynet.ret(answer);
  }

  function* push(to: number | string, body: Uint8Array | string): Operation<void> {
    try {
      check();
      const { packet, parts, next } = packRequest(to, session, bytesOf(body), true);
      if (parts !== undefined) session = next;
      yield* channel.request(packet, undefined, parts);
    } catch (error) {
      if (!(error instanceof SkynetError)) throw error;
      skynet.error(`cluster node [${node}]: a push is lost: ${error.message}`);
    }
  }

  function* changenode(host: string | false): Operation<void> {
    down = host === false;
    if (host === false) {
      skynet.error(`Close cluster sender ${address}`);
      channel.close();
    } else {
      address = host;
      channel.changehost(host);
      yield* channel.connect(true);
    }
    skynet.retpack();
  }

  skynet.dispatch("lua", (_session, _source, command: string, a: unknown, b: unknown) => {
    if (command === "req") return req(a as number | string, b as Uint8Array | string);
    if (command === "push") return push(a as number | string, b as Uint8Array | string);
    if (command === "changenode") return changenode(a as string | false);
    throw new SkynetError("ARGUMENT", `clustersender has no command "${command}"; it has req, push, changenode`);
  });
}

/** Bytes that are valid UTF-8 become a text where a message is packed. */
const bytesOf = (body: Uint8Array | string): Uint8Array => (typeof body === "string" ? encodeText(body) : body);
