/**
 * From Node's errors to what the C library calls them: the texts a Skynet user knows from `socket.open` and the log.
 *
 * Knows nothing of sockets.
 *
 * @module
 */
import type { SocketFailure } from "@skyloom/runtime/ports";

/** What strerror and gai_strerror of the GNU C library say. */
const TEXTS: Readonly<Record<string, string>> = {
  EACCES: "Permission denied",
  EADDRINUSE: "Address already in use",
  EADDRNOTAVAIL: "Cannot assign requested address",
  EAFNOSUPPORT: "Address family not supported by protocol",
  EALREADY: "Operation already in progress",
  EBADF: "Bad file descriptor",
  ECANCELED: "Operation canceled",
  ECONNABORTED: "Software caused connection abort",
  ECONNREFUSED: "Connection refused",
  ECONNRESET: "Connection reset by peer",
  EHOSTDOWN: "Host is down",
  EHOSTUNREACH: "No route to host",
  EINVAL: "Invalid argument",
  EIO: "Input/output error",
  EISCONN: "Transport endpoint is already connected",
  EMSGSIZE: "Message too long",
  EMFILE: "Too many open files",
  ENETDOWN: "Network is down",
  ENETUNREACH: "Network is unreachable",
  ENFILE: "Too many open files in system",
  ENOBUFS: "No buffer space available",
  ENOENT: "No such file or directory",
  ENOMEM: "Cannot allocate memory",
  ENOSPC: "No space left on device",
  ENOTCONN: "Transport endpoint is not connected",
  ENOTDIR: "Not a directory",
  EISDIR: "Is a directory",
  EPERM: "Operation not permitted",
  EPIPE: "Broken pipe",
  EPROTO: "Protocol error",
  EROFS: "Read-only file system",
  ETIMEDOUT: "Connection timed out",
  ENOTFOUND: "Name or service not known",
  EAI_AGAIN: "Temporary failure in name resolution",
  EAI_FAIL: "Non-recoverable failure in name resolution",
  EAI_FAMILY: "ai_family not supported",
  EAI_MEMORY: "Memory allocation failure",
  EAI_NODATA: "No address associated with hostname",
  EAI_NONAME: "Name or service not known",
  EAI_SERVICE: "Servname not supported for ai_socktype",
};

/** The text of the C library for a code, or `fallback`. */
function textOf(code: string, fallback: string): string {
  return TEXTS[code] ?? fallback;
}

/** Turns what Node threw or emitted into a {@link SocketFailure}. */
export function failureOf(error: unknown): SocketFailure {
  const { code, message } = error as { code?: unknown; message?: unknown };
  const said = typeof message === "string" ? message : "";
  if (typeof code !== "string") return { code: "EIO", text: said || textOf("EIO", "EIO") };
  return { code, text: textOf(code, said || code) };
}
