/**
 * What a simulated network says when something fails: the same words the C library has for it.
 *
 * @module
 */
import type { SocketFailure } from "../ports/tcp.ts";

export const REFUSED: SocketFailure = { code: "ECONNREFUSED", text: "Connection refused" };
export const RESET: SocketFailure = { code: "ECONNRESET", text: "Connection reset by peer" };
export const BROKEN_PIPE: SocketFailure = { code: "EPIPE", text: "Broken pipe" };
export const TIMED_OUT: SocketFailure = { code: "ETIMEDOUT", text: "Connection timed out" };
export const NO_ROUTE: SocketFailure = { code: "EHOSTUNREACH", text: "No route to host" };
export const PORT_TAKEN: SocketFailure = { code: "EADDRINUSE", text: "Address already in use" };
export const NOT_MY_ADDRESS: SocketFailure = { code: "EADDRNOTAVAIL", text: "Cannot assign requested address" };
export const NAME_UNKNOWN: SocketFailure = { code: "ENOTFOUND", text: "Name or service not known" };
export const BAD_PORT: SocketFailure = { code: "EAI_SERVICE", text: "Servname not supported for ai_socktype" };
export const MESSAGE_TOO_LONG: SocketFailure = { code: "EMSGSIZE", text: "Message too long" };
