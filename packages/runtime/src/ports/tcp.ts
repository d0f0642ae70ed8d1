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
  /** {@link SocketLink.queued} is zero again after a write had left it above zero. A write the system took at once reports nothing. */
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
  /**
   * Sends the chunks in order, joined where that is cheaper. The bytes must not change afterwards; the list that holds the chunks is the
   * caller's again on return. Before the connection is open the bytes wait for it; after an end they are dropped.
   */
  write(chunks: readonly Uint8Array[]): void;
  /** Stops `data`; the peer's bytes stay in the system's buffers. */
  pause(): void;
  /** Lets `data` come again; also starts reading. A new link is paused. */
  resume(): void;
  /** Turns Nagle's algorithm off (`true`) or on. */
  nodelay(on: boolean): void;
  /** Ends this direction only: what is queued goes out, then end-of-stream; the peer may go on sending. When both directions have ended the connection closes by itself. */
  endOutput(): void;
  /** Sends what is queued, then ends and closes the connection. Input is dropped from now on. */
  end(): void;
  /** Closes at once; queued output is lost. The peer sees a reset when input was left unread, else an end. Works before {@link attach} too. */
  destroy(): void;
}

/** What a listener reports. */
export interface ListenEvents {
  /** Bound; `port` is the real one when 0 was asked for. Once. */
  listening(address: SocketAddress): void;
  /** A connection was accepted; it is silent until {@link SocketLink.attach}. */
  accepted(link: SocketLink): void;
  /** Binding failed, and `closed` follows; or one accept failed, and the listener lives on. */
  failed(failure: SocketFailure): void;
  /** The listener is gone. Exactly once. */
  closed(): void;
}

/** A listening socket. */
export interface ListenLink {
  /** Lets connections come; they are accepted in the order they arrived. A new listener is paused. */
  resume(): void;
  /** Accepts nothing more for now: up to `backlog` connections wait, further ones may be refused. */
  pause(): void;
  /** Stops accepting; accepted connections live on. */
  close(): void;
}

/** TCP of a host. */
export interface TcpPort {
  /** Starts connecting; `host` is a name or a literal address. What is wrong with either argument is reported by `failed`, as a refusal is. */
  connect(host: string, port: number, events: SocketEvents): SocketLink;
  /** Starts listening; `port` 0 takes a free one, an empty `host` means every IPv4 address. */
  listen(host: string, port: number, backlog: number, events: ListenEvents): ListenLink;
}
