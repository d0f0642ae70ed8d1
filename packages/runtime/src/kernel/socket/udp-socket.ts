/**
 * A datagram socket in the table: keeps its peer and its counters, and passes what its link reports to the server.
 *
 * Source: socket_server.c (send_list_udp, forward_message_udp); rules in semantics.md §21.
 *
 * @module
 */
import type { SocketAddress, SocketFailure } from "../../ports/tcp.ts";
import type { DatagramEvents, DatagramLink } from "../../ports/udp.ts";
import { formatAddress } from "./address.ts";
import { packAddress } from "./udp-address.ts";

/** What a datagram socket tells the server. */
export interface UdpOwner {
  /** Centiseconds. */
  now(): number;
  /** `from` is in the form that services get. */
  datagram(s: UdpSocket, bytes: Uint8Array, from: Uint8Array): void;
  udpFailed(s: UdpSocket, failure: SocketFailure): void;
  udpClosed(s: UdpSocket): void;
  /** Something that is nobody's event. */
  log(text: string): void;
}

/** A datagram socket in the table. */
export class UdpSocket implements DatagramEvents {
  readonly kind = "udp";
  readonly id: number;
  opaque: number;
  link!: DatagramLink;
  /** Where {@link write} sends to. */
  peer: SocketAddress | undefined;
  /** Bytes so far. */
  read = 0;
  written = 0;
  rtime = 0;
  wtime = 0;
  gone = false;
  readonly #owner: UdpOwner;

  constructor(owner: UdpOwner, id: number, opaque: number) {
    this.#owner = owner;
    this.id = id;
    this.opaque = opaque;
  }

  /** Sends to the peer. Without one the datagram is dropped, with a line in the log. */
  write(bytes: Uint8Array): void {
    if (this.peer !== undefined) this.sendTo(bytes, this.peer);
    else
      this.#owner.log(
        `socket-server : udp (${this.id}) error: ${bytes.length} bytes are dropped, it has no peer; use sendto or udp_connect`,
      );
  }

  sendTo(bytes: Uint8Array, to: SocketAddress): void {
    this.written += bytes.length;
    this.wtime = this.#owner.now();
    this.link.send(bytes, to);
  }

  datagram(bytes: Uint8Array, from: SocketAddress): void {
    if (this.gone) return;
    const address = packAddress(from);
    if (address === undefined) return;
    this.read += bytes.length;
    this.rtime = this.#owner.now();
    this.#owner.datagram(this, bytes, address);
  }

  lost(failure: SocketFailure, to: SocketAddress): void {
    if (!this.gone) this.#owner.log(`socket-server : udp (${this.id}) sendto error ${failure.text} (${formatAddress(to)})`);
  }

  failed(failure: SocketFailure): void {
    if (!this.gone) this.#owner.udpFailed(this, failure);
  }

  closed(): void {
    if (!this.gone) this.#owner.udpClosed(this);
  }
}
