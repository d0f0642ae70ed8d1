/**
 * What the socket library of a service keeps of its sockets, and what it does with their events: fill buffers, wake who waits, call back.
 *
 * The functions that services use are in `socket.ts` and `socket-udp.ts`. Source: lualib/skynet/socket.lua; semantics.md §7, §21.
 *
 * @module
 */
import { WaitReason } from "../core/op.ts";
import type { Op } from "../core/op.ts";
import { isSteps } from "../core/operation.ts";
import type { Operation } from "../core/operation.ts";
import { perService } from "../core/per-service.ts";
import { skynet } from "../core/skynet.ts";
import { currentContext } from "../core/task.ts";
import type { Task } from "../core/task.ts";
import { SkynetError } from "../errors/error.ts";
import type { EventData, SocketDriver, SocketEvent } from "../kernel/socket/index.ts";
import { ReceiveBuffer } from "./receive-buffer.ts";

/** Above so many buffered bytes a socket stops reading until somebody reads. */
const BUFFER_LIMIT = 128 * 1024;

/** Takes a datagram and the opaque address it came from, for `sendto` and `udp_address`. Plain or a generator. */
export type DatagramCallback = (data: Uint8Array, from: Uint8Array) => unknown;

/** A socket of this service. */
export interface Socket {
  readonly id: number;
  readonly buffer: ReceiveBuffer;
  readonly listening: boolean;
  readonly onAccept: ((id: number, address: string) => unknown) | undefined;
  /** Takes the datagrams of a UDP socket; only those have one. */
  onDatagram: DatagramCallback | undefined;
  connected: boolean;
  /** Waiting for the connection; its text when that failed. */
  connecting: boolean | string;
  /** What a reader waits for: a size, a separator, the end, or nothing. */
  required: number | Uint8Array | "end" | undefined;
  reader: Task | undefined;
  closer: Task | undefined;
  /** Run by close before anything else, by what still has something to send. */
  beforeClose: (() => Operation<void>) | undefined;
  paused: boolean;
  /** Being closed here: it must not be resumed. */
  closing: boolean;
  /** CLOSE was reported. */
  over: boolean;
  limit: number | undefined;
  onWarning: ((id: number, kib: number) => unknown) | undefined;
  address: string;
  port: number;
}

/** All sockets of a service. */
export interface State {
  readonly sockets: Map<number, Socket>;
  readonly onClose: Map<number, (id: number) => unknown>;
}

/** The running service's sockets. */
export const state: () => State = perService<State>(() => {
  const made: State = { sockets: new Map(), onClose: new Map() };
  skynet.register_protocol({
    name: "socket",
    id: skynet.PTYPE_SOCKET,
    unpack: (body) => body,
    dispatch: (_session, _source, type: SocketEvent[0], id: number, ud: number, data: EventData, from?: Uint8Array) =>
      handlers[type]?.(made, id, ud, data, from),
  });
  return made;
});

/** The sockets of the running node. */
export function driver(): SocketDriver {
  return currentContext("socket").kernel.sockets;
}

// --- events

type Handler = (state: State, id: number, ud: number, data: EventData, from: Uint8Array | undefined) => Operation<void> | undefined;

const handlers: Readonly<Record<number, Handler>> = {
  1(st, id, _size, data) {
    const s = st.sockets.get(id);
    if (s === undefined) {
      skynet.error(`socket: drop package from ${id}`);
      return undefined;
    }
    s.buffer.push(data as Uint8Array);
    const size = s.buffer.length;
    const { required } = s;
    if (typeof required === "number") {
      if (size < required) return undefined;
    } else {
      if (s.limit !== undefined && size > s.limit) {
        skynet.error(`socket buffer overflow: fd=${id} size=${size}`);
        driver().close(id);
        return undefined;
      }
      if (!(required instanceof Uint8Array)) return size > BUFFER_LIMIT && required === undefined ? pauseWhenFull(s, size) : undefined;
      if (s.buffer.find(required) < 0) return undefined;
    }
    s.required = undefined;
    if (size > BUFFER_LIMIT) return pauseThenWake(s, size);
    wake(s);
    return undefined;
  },
  2(st, id, port, data) {
    const s = st.sockets.get(id);
    // Resuming after a pause reports the same event; nobody waits for that one as a connection.
    if (s === undefined || s.connected) return undefined;
    if (s.listening) {
      s.address = String(data ?? "");
      s.port = port;
    }
    s.connected = true;
    wake(s);
    return undefined;
  },
  3(st, id) {
    const s = st.sockets.get(id);
    if (s === undefined) driver().close(id);
    else {
      s.connected = false;
      s.over = true;
      wake(s);
    }
    const callback = st.onClose.get(id);
    st.onClose.delete(id);
    return running(callback?.(id));
  },
  4(st, id, newId, data) {
    const s = st.sockets.get(id);
    if (s?.onAccept !== undefined) return running(s.onAccept(newId, String(data ?? "")));
    driver().close(newId);
    return undefined;
  },
  5(st, id, _ud, data) {
    const s = st.sockets.get(id);
    const text = String(data ?? "");
    if (s === undefined) {
      driver().shutdown(id);
      skynet.error("socket: error on unknown", id, text);
      return undefined;
    }
    if (s.onAccept !== undefined && s.connected) {
      skynet.error("socket: accept error:", text);
      return undefined;
    }
    if (s.connected) skynet.error("socket: error on", id, text);
    // A datagram that cannot be sent ends nothing; when the socket itself has failed, CLOSE follows.
    if (s.onDatagram !== undefined) return undefined;
    if (!s.connected && s.connecting !== false) s.connecting = text;
    s.connected = false;
    driver().shutdown(id);
    wake(s);
    return undefined;
  },
  6(st, id, _size, data, from) {
    const callback = st.sockets.get(id)?.onDatagram;
    if (callback === undefined) {
      skynet.error(`socket: drop udp package from ${id}`);
      return undefined;
    }
    return running(callback(data as Uint8Array, from!));
  },
  7(st, id, kib) {
    const s = st.sockets.get(id);
    if (s === undefined) return undefined;
    if (s.onWarning !== undefined) return running(s.onWarning(id, kib));
    skynet.error(`WARNING: ${kib} K bytes need to send out (fd = ${id})`);
    return undefined;
  },
};

function* pauseThenWake(s: Socket, size: number): Operation<void> {
  yield* pauseWhenFull(s, size);
  wake(s);
}

/** Stops reading; then lets events that are queued already come in. */
export function* pauseWhenFull(s: Socket, size: number | undefined): Operation<void> {
  if (s.paused || s.closing) return;
  skynet.error(size === undefined ? `Pause socket (${s.id})` : `Pause socket (${s.id}) size : ${size}`);
  driver().pause(s.id);
  s.paused = true;
  yield* skynet.yield();
}

/** Lets the task go on that waits for this socket. */
export function wake(s: Socket): void {
  const { reader } = s;
  if (reader === undefined) return;
  s.reader = undefined;
  skynet.wakeup(reader);
}

/** Waits until an event of this socket wakes the running task. */
export function* suspend(s: Socket): Operation<void> {
  if (s.reader !== undefined) throw new SkynetError("SOCKET", `socket ${s.id} is being read by another task: one at a time`);
  const task = skynet.running();
  s.reader = task;
  if (s.paused) {
    skynet.error(`Resume socket (${s.id})`);
    s.paused = false;
    driver().start(skynet.self(), s.id);
  }
  try {
    const op = skynet.wait(task);
    (op as unknown as Op).reason = WaitReason.socket;
    yield* op;
  } finally {
    if (s.reader === task) s.reader = undefined;
    if (s.closer !== undefined) skynet.wakeup(s.closer);
  }
}

/** Takes an id into the pool. */
export function makeSocket(
  id: number,
  options: {
    readonly listening?: boolean;
    readonly onAccept?: (id: number, address: string) => unknown;
    readonly onDatagram?: DatagramCallback;
    readonly connecting: boolean;
  },
): Socket {
  const { sockets } = state();
  const s: Socket = {
    id,
    buffer: new ReceiveBuffer(),
    listening: options.listening === true,
    onAccept: options.onAccept,
    onDatagram: options.onDatagram,
    connected: options.onDatagram !== undefined,
    connecting: options.connecting,
    required: undefined,
    reader: undefined,
    closer: undefined,
    beforeClose: undefined,
    paused: false,
    closing: false,
    over: false,
    limit: undefined,
    onWarning: undefined,
    address: "",
    port: 0,
  };
  sockets.set(id, s);
  driver().claim(skynet.self(), id);
  return s;
}

/** The id is none of ours any more. */
export function forget(id: number): void {
  state().sockets.delete(id);
  driver().disclaim(id);
}

/**
 * Closes a socket at once, without waiting for anything: for tasks that were ended from outside. Who reads it finds its end. Unknown ids are
 * ignored.
 */
export function drop(id: number): void {
  const s = state().sockets.get(id);
  if (s === undefined) return;
  driver().shutdown(id);
  s.connected = false;
  wake(s);
  forget(id);
}

/** What a callback has left to run: plain ones are done. */
function running(result: unknown): Operation<void> | undefined {
  return isSteps(result) ? (result as unknown as Operation<void>) : undefined;
}

/** @throws SkynetError `SOCKET` for an id that is not open here, or that bytes cannot be read from. */
export function readable(id: number): Socket {
  const s = known(id);
  if (s.listening || s.onAccept !== undefined)
    throw new SkynetError("SOCKET", `socket ${id} is a listener: connections come to the function given to socket.start`);
  if (s.onDatagram !== undefined) throw new SkynetError("SOCKET", `socket ${id} is a UDP socket: datagrams come to its callback`);
  return s;
}

/** @throws SkynetError `SOCKET` for an id that is not open here. */
export function known(id: number): Socket {
  const s = state().sockets.get(id);
  if (s === undefined) throw new SkynetError("SOCKET", `socket ${id} is not open in this service`);
  return s;
}
