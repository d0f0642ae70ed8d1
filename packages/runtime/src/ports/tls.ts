/**
 * TLS as the runtime sees it: a session that turns what one side says into bytes for the wire, and back. It touches no socket.
 *
 * @module
 */
import type { SocketFailure } from "./tcp.ts";

/** What a session is made of. Certificates and keys are PEM texts. */
export interface TlsOptions {
  /** Own certificate, followed by those that lead to a known root, and its key. A server needs them. */
  readonly cert?: string;
  readonly key?: string;
  /** Roots to trust in place of the host's own. */
  readonly ca?: string;
  /** OpenSSL's list of ciphers. Default: the host's. */
  readonly ciphers?: string;
  /** Client: the name the peer must have a certificate for, and which it is told. */
  readonly hostname?: string;
  /** Client: whether a peer without a trusted certificate for {@link hostname} is refused. */
  readonly verify?: boolean;
}

/** What a session reports. `output` may be called from within a call into the session, everything else is called later. */
export interface TlsEvents {
  /** Bytes for the peer. */
  output(bytes: Uint8Array): void;
  /** The handshake is over, and the peer is who it should be. Once. */
  secured(): void;
  /** What the peer said; the array belongs to the receiver. */
  data(bytes: Uint8Array): void;
  /** The peer has said that it is done, or its stream has ended. */
  ended(): void;
  /** Everything written, and the goodbye of {@link TlsSession.end}, has become output. */
  finished(): void;
  /** The handshake or a record failed. At most once; nothing follows. */
  failed(failure: SocketFailure): void;
}

/** One side of a TLS connection. */
export interface TlsSession {
  /** Bytes of the peer. */
  receive(bytes: Uint8Array): void;
  /** The peer's stream has ended. */
  receiveEnd(): void;
  /** Says something. Before {@link TlsEvents.secured} it waits. */
  write(bytes: Uint8Array): void;
  /** Says goodbye, after everything that was written. */
  end(): void;
  /** Drops everything; nothing is reported any more. */
  destroy(): void;
}

/** TLS of a host. */
export interface TlsPort {
  /** Begins as a client: its first bytes come at once. @throws Error for certificates or ciphers that are none. */
  client(options: TlsOptions, events: TlsEvents): TlsSession;
  /** Begins as a server. @throws Error as {@link client}. */
  server(options: TlsOptions, events: TlsEvents): TlsSession;
}
