/**
 * Skynet's socket driver: the socket server's events as PTYPE_SOCKET messages to the services that own the sockets.
 *
 * Knows handles and posting; tasks, sessions and the socket library lie above. Source: skynet_socket.c; rules in semantics.md §7 and §21.
 *
 * @module
 */
import type { DescriptorPort } from "../../ports/descriptors.ts";
import type { SocketAddress, TcpPort } from "../../ports/tcp.ts";
import type { UdpPort } from "../../ports/udp.ts";
import { ACCEPT, MESSAGE_TYPE, type EventData, type ServerEventType, type SocketEvent } from "./events.ts";
import type { SocketInfo } from "./info.ts";
import { SocketServer } from "./server.ts";
import { unpackAddress } from "./udp-address.ts";

/** How a {@link SocketDriver} is made. */
export interface SocketDriverOptions {
  /** Absent where the host has no TCP. */
  readonly tcp?: TcpPort | undefined;
  /** Absent where the host has no UDP. */
  readonly udp?: UdpPort | undefined;
  /** Absent where the host has no descriptors. */
  readonly descriptors?: DescriptorPort | undefined;
  /** Centiseconds since the node started. */
  readonly now: () => number;
  /** Puts an event into the owner's mailbox; false when there is no such service. It is called from within commands too, so it must not run the service. */
  readonly post: (owner: number, event: SocketEvent) => boolean;
  /** Output waits for {@link SocketDriver.flush}, and none did before. */
  readonly onDirty?: (() => void) | undefined;
  /** Takes lines for the node's log. */
  readonly log?: ((text: string) => void) | undefined;
}

/** Connections that wait to be accepted when `listen` does not say: as in Skynet. */
const BACKLOG = 32;

/**
 * The socket driver of one node.
 *
 * @example
 * ```ts
 * const events: unknown[] = [];
 * const driver = new SocketDriver({ tcp: ports.tcp, now: () => 0, post: (owner, event) => events.push([owner, event]) > 0 });
 * const id = driver.connect(8, "127.0.0.1", 8888);        // CONNECT or ERROR will be posted to 8
 * driver.send(id, bytes);
 * driver.flush();                                         // at the end of the turn
 * ```
 */
export class SocketDriver {
  readonly #server: SocketServer;
  readonly #post: (owner: number, event: SocketEvent) => boolean;
  /** Ids the socket library of a service holds, by service. */
  readonly #claims = new Map<number, Set<number>>();
  readonly #claimant = new Map<number, number>();
  /** Hears of what is sent, while somebody records traces. */
  wrote: ((id: number, size: number) => void) | undefined = undefined;

  constructor(options: SocketDriverOptions) {
    this.#post = options.post;
    this.#server = new SocketServer({
      tcp: options.tcp,
      udp: options.udp,
      descriptors: options.descriptors,
      now: options.now,
      onDirty: options.onDirty,
      log: options.log,
      onEvent: (type, owner, id, ud, data, address) => this.#forward(type, owner, id, ud, data, address),
      onFreed: (id) => this.#unclaim(id),
    });
  }

  /**
   * Starts connecting. CONNECT (peer's ip) or ERROR (reason) follows.
   *
   * @throws {@link SkynetError} `UNSUPPORTED` when the host has no TCP; `SOCKET` when 65536 sockets are open.
   */
  connect(owner: number, host: string, port: number): number {
    return this.#server.connect(owner, host, port);
  }

  /**
   * Binds and listens. CONNECT (data: bound ip, ud: bound port) or ERROR follows; where Skynet throws `Listen error` at once, ERROR comes as an event.
   *
   * @param backlog - Connections that may wait to be accepted. Default 32.
   * @throws {@link SkynetError} as {@link connect}.
   */
  listen(owner: number, host: string, port: number, backlog: number = BACKLOG): number {
    return this.#server.listen(owner, host, port, backlog);
  }

  /** Starts reading or accepting, or takes a running socket over: CONNECT with `start` or `transfer`; ERROR with `invalid socket` or `socket closed`. */
  start(owner: number, id: number): void {
    this.#server.start(owner, id);
  }

  /** Stops reading or accepting until {@link start}. */
  pause(id: number): void {
    this.#server.pause(id);
  }

  /** Sends what is pending, then closes. CLOSE is posted at once, unless it was. Anybody may close any id; unknown ones are ignored. */
  close(id: number): void {
    this.#server.close(id);
  }

  /** Closes at once; pending output is lost. */
  shutdown(id: number): void {
    this.#server.shutdown(id);
  }

  /** Queues bytes, high priority; they must not change afterwards. @returns false when there is no such socket. */
  send(id: number, bytes: Uint8Array): boolean {
    if (this.wrote !== undefined) this.wrote(id, bytes.length);
    return this.#server.send(id, bytes);
  }

  /** Queues bytes, low priority. @returns false when there is no such socket. */
  lsend(id: number, bytes: Uint8Array): boolean {
    if (this.wrote !== undefined) this.wrote(id, bytes.length);
    return this.#server.send_lowpriority(id, bytes);
  }

  /** Sends what was queued in this turn, one write for each socket. */
  flush(): void {
    this.#server.flush();
  }

  /** Turns Nagle's algorithm off. */
  nodelay(id: number): void {
    this.#server.nodelay(id);
  }

  /**
   * Takes a descriptor of the operating system over; CONNECT `binding` follows.
   *
   * @throws {@link SkynetError} `UNSUPPORTED` when the host has none; `SOCKET` when this one cannot be taken.
   */
  bind(owner: number, fd: number): number {
    return this.#server.bind(owner, fd);
  }

  /** Opens a datagram socket, bound to what is given. @throws {@link SkynetError} `UNSUPPORTED` when the host has no UDP; `SOCKET` with the reason. */
  udp(owner: number, host?: string, port?: number): number {
    return this.#server.udp(owner, host, port);
  }

  /** As {@link udp}, with an address. */
  udp_listen(owner: number, host: string, port: number): number {
    return this.#server.udp_listen(owner, host, port);
  }

  /** As {@link udp}, with a peer that {@link send} sends to. */
  udp_dial(owner: number, host: string, port: number): number {
    return this.#server.udp_dial(owner, host, port);
  }

  /** Sets the peer that {@link send} sends to. ERROR `protocol mismatch` for an address of the other family. */
  udp_connect(id: number, host: string, port: number): void {
    this.#server.udp_connect(id, host, port);
  }

  /** Sends one datagram, to what came with another or to a host. @returns false when there is no such datagram socket. */
  udp_send(id: number, to: Uint8Array | SocketAddress, bytes: Uint8Array): boolean {
    if (this.wrote !== undefined) this.wrote(id, bytes.length);
    return this.#server.udp_send(id, to, bytes);
  }

  /** What a datagram socket is bound to; `undefined` when it is none, or not bound yet. */
  udp_local(id: number): SocketAddress | undefined {
    const packed = this.#server.udp_address(id);
    return packed === undefined ? undefined : unpackAddress(packed);
  }

  /** Bytes of the connections that are closed, in all. */
  get closedBytes(): { readonly read: number; readonly written: number } {
    return this.#server.closedBytes;
  }

  /** The entries of `socket.netstat`. */
  info(): SocketInfo[] {
    return this.#server.info();
  }

  /** The socket library of `owner` holds `id` from now on: it is closed when the service ends. Unknown ids may be claimed; they are forgotten with the service. */
  claim(owner: number, id: number): void {
    this.disclaim(id);
    this.#claimant.set(id, owner);
    const ids = this.#claims.get(owner);
    if (ids === undefined) this.#claims.set(owner, new Set([id]));
    else ids.add(id);
  }

  /** Nobody holds `id` any more (closed or abandoned). */
  disclaim(id: number): void {
    this.#unclaim(id);
  }

  /** A service has ended: closes what its socket library holds, pending output first. */
  releaseOwner(owner: number): void {
    const ids = this.#claims.get(owner);
    if (ids === undefined) return;
    this.#claims.delete(owner);
    for (const id of ids) {
      this.#claimant.delete(id);
      this.#server.close(id);
    }
  }

  /** The node ends: every socket goes away at once and nothing is posted any more. */
  release(): void {
    this.#server.release();
  }

  #forward(type: ServerEventType, owner: number, id: number, ud: number, data: EventData, address: Uint8Array | undefined): void {
    const kind = MESSAGE_TYPE[type];
    if (kind === undefined || this.#post(owner, address === undefined ? [kind, id, ud, data] : [kind, id, ud, data, address])) return;
    // The owner is gone and the event is dropped, as in Skynet. But a connection nobody has heard of could never be closed again.
    if (type === ACCEPT) this.#server.close(ud);
  }

  #unclaim(id: number): void {
    const owner = this.#claimant.get(id);
    if (owner === undefined) return;
    this.#claimant.delete(id);
    const ids = this.#claims.get(owner)!;
    ids.delete(id);
    if (ids.size === 0) this.#claims.delete(owner);
  }
}
