/**
 * TCP as the runtime sees it: byte streams that report by callbacks. Socket ids, owners and messages are the driver's business.
 *
 * @module
 */

/** Why a connection or a listener failed. `code` is the system's word where there is one, e.g. `ECONNREFUSED`. */
export interface SocketFailure {
  readonly code: string;
  /** For people, e.g. `Connection refused`: the text the C library gives, as Skynet shows it. */
  readonly text: string;
}

/** An address both ends can print. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * What a connection reports. Calls never happen inside a call into the link, always later.
 * After `closed` nothing follows.
 */
export interface SocketEvents {
  /** The connection is usable. Once, for outgoing connections only. */
  opened(): void;
  /** Bytes arrived; the array belongs to the receiver from now on. Never after {@link SocketLink.pause} has returned. */
  data(bytes: Uint8Array): void;
  /** The peer ended its stream; writing may still work. At most once. */
  ended(): void;
  /** All output so far has been handed to the system: {@link SocketLink.queued} is zero again. */
  drained(): void;
  /** Connecting, reading or writing failed. At most once; `closed` follows. */
  failed(failure: SocketFailure): void;
  /** The connection is gone and holds nothing any more. Exactly once. */
  closed(): void;
}

/** One TCP connection. */
export interface SocketLink {
  readonly local: SocketAddress | undefined;
  readonly remote: SocketAddress | undefined;
  /** Output bytes accepted and not yet handed to the system. */
  readonly queued: number;
  /** An accepted connection reads nothing and reports nothing until this is called, once. Outgoing ones are attached from the start. */
  attach(events: SocketEvents): void;
  /** Sends the chunks in order, joined where that is cheaper. The arrays must not change afterwards. */
  write(chunks: readonly Uint8Array[]): void;
  /** Stops `data`; the peer's bytes stay in the system's buffers. */
  pause(): void;
  /** Lets `data` come again; also starts reading. A new link is paused. */
  resume(): void;
  /** Turns Nagle's algorithm off (`true`) or on. */
  nodelay(on: boolean): void;
  /** Sends what is queued, then ends and closes the connection. */
  end(): void;
  /** Closes at once; queued output is lost. */
  destroy(): void;
}

/** What a listener reports. */
export interface ListenEvents {
  /** Bound; `port` is the real one when 0 was asked for. Once. */
  listening(address: SocketAddress): void;
  /** A connection was accepted; it is silent until {@link SocketLink.attach}. */
  accepted(link: SocketLink): void;
  /** Binding or accepting failed. */
  failed(failure: SocketFailure): void;
  /** The listener is gone. Exactly once. */
  closed(): void;
}

/** A listening socket. */
export interface ListenLink {
  /** Stops accepting; accepted connections live on. */
  close(): void;
}

/** TCP of a host. */
export interface TcpPort {
  /** Starts connecting; `host` is a name or a literal address. */
  connect(host: string, port: number, events: SocketEvents): SocketLink;
  /** Starts listening; `port` 0 takes a free one. */
  listen(host: string, port: number, backlog: number, events: ListenEvents): ListenLink;
}
