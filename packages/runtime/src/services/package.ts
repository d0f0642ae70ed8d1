/**
 * `package`: one connection as a service. Cuts its stream into frames with a 2-byte length and gives them to who asks, one each.
 *
 * Started by socket_proxyd. Messages: text `R` (call) the next frame, `K` close, `I` (call) what it is doing; PTYPE_CLIENT a frame to write.
 * Source: skynet_package; services.md §7, wire.md §7.
 *
 * @module
 */
import { MAX_FRAME, FrameSplitter, packFrame } from "../codec/netpack/index.ts";
import type { SocketEvent } from "../codec/netpack/index.ts";
import type { Responder } from "../core/reply.ts";
import { skynet } from "../core/skynet.ts";
import type { Body } from "../kernel/message.ts";
import type { PackageLimits } from "../lib/socket_proxy.ts";
import { socketdriver } from "../lib/socketdriver.ts";

/** What a queued frame costs beside its bytes, so that empty ones count. */
const FRAME_COST = 32;

const textOf = (body: Body): string => new TextDecoder().decode(skynet.tostring(body));

/** File body of a package service. */
export default function packaged(managerHandle: number | string, connection: number | string, limits?: PackageLimits): void {
  const manager = Number(managerHandle);
  const fd = Number(connection);
  const idle = limits?.idle ?? 1000;
  const mostInput = limits?.maxInputBytes ?? 256 * 1024;
  const mostOutput = limits?.maxOutputKiB ?? 16384;
  const splitter = new FrameSplitter();
  const frames: Uint8Array[] = [];
  const readers: Responder[] = [];
  let waiting = 0;
  let lastSize = 0;
  let ready = false;
  let closed = false;
  let paused = false;
  /** Data came since the idle timer looked. */
  let active = false;

  const tell = (text: string): void => void skynet.send(manager, "text", text);

  function deliver(frame: Uint8Array): void {
    lastSize = frame.length;
    // One whose service is gone gets nothing: the frame is for the next.
    for (let reader = readers.shift(); reader !== undefined; reader = readers.shift()) if (reader(true, frame) === true) return;
    frames.push(frame);
    waiting += frame.length + FRAME_COST;
  }

  function data(bytes: Uint8Array): void {
    active = true;
    for (const frame of splitter.feed(bytes)) deliver(frame);
    if (waiting <= mostInput || paused) return;
    paused = true;
    socketdriver.pause(fd);
  }

  /** The connection is gone: what has come can still be read. */
  function ended(): void {
    if (closed) return;
    closed = true;
    // The peer's end closes one half only.
    socketdriver.close(fd);
    tell(ready ? "CLOSED" : "FAIL");
    for (const reader of readers.splice(0)) reader(false);
    if (frames.length === 0) skynet.exit();
    skynet.timeout(idle, () => skynet.exit());
  }

  function watch(): void {
    if (closed) return;
    if (!active && !paused) {
      skynet.error("timeout", fd);
      socketdriver.shutdown(fd);
    }
    active = false;
    skynet.timeout(idle, watch);
  }

  function read(): void {
    const frame = frames.shift();
    if (frame === undefined) {
      const reader = skynet.response((bytes: Uint8Array) => bytes);
      if (closed) reader(false);
      else readers.push(reader);
      return;
    }
    waiting -= frame.length + FRAME_COST;
    skynet.ret(frame);
    if (closed && frames.length === 0) skynet.exit();
    if (!paused || closed || waiting > mostInput / 2) return;
    paused = false;
    active = true;
    socketdriver.start(fd);
  }

  function write(body: Body): void {
    const bytes = skynet.tostring(body) ?? new Uint8Array(0);
    if (bytes.length > MAX_FRAME) skynet.error(`package of ${bytes.length} bytes for ${fd} is too long (at most ${MAX_FRAME}): dropped`);
    else if (!closed) socketdriver.send(fd, packFrame(bytes));
  }

  function close(): void {
    if (closed) return;
    socketdriver.close(fd);
    // A client that does not read must not keep it open.
    skynet.timeout(idle, () => socketdriver.shutdown(fd));
  }

  skynet.register_protocol({
    name: "text",
    id: skynet.PTYPE_TEXT,
    pack: (text: string) => text,
    unpack: (body) => [textOf(body)],
    dispatch(session, _source, command: string) {
      if (command === "R" && session !== 0) read();
      else if (command === "I" && session !== 0) {
        const { wanted } = splitter;
        const left = wanted < 0 ? -1 : wanted - splitter.held;
        skynet.ret(skynet.tobytes(`req=${readers.length} resp=${frames.length} uncomplete=${left}/${wanted < 0 ? lastSize : wanted}`));
      } else if (command === "K") close();
      else if (session !== 0) skynet.response()(false);
    },
  });
  skynet.register_protocol({
    name: "client",
    id: skynet.PTYPE_CLIENT,
    unpack: (body) => [body],
    dispatch: (_session, _source, body: Body) => write(body),
  });
  skynet.register_protocol({
    name: "socket",
    id: skynet.PTYPE_SOCKET,
    unpack: (body) => body,
    dispatch(_session, _source, type: SocketEvent[0], _id: number, ud: number, what: SocketEvent[3]) {
      switch (type) {
        case 1:
          return data(what as Uint8Array);
        case 2:
          // Reading on after a pause reports it again.
          if (ready) return undefined;
          ready = true;
          socketdriver.nodelay(fd);
          skynet.timeout(idle, watch);
          return tell("SUCC");
        case 3:
          return ended();
        case 5:
          skynet.error(`package: error on ${fd}: ${String(what)}`);
          socketdriver.shutdown(fd);
          return ended();
        case 7:
          if (ud < mostOutput) return undefined;
          skynet.error(`client ${fd} does not read: ${ud} KiB wait for it`);
          return socketdriver.shutdown(fd);
        default:
          return undefined;
      }
    },
  });
  skynet.start(() => socketdriver.start(fd));
}
