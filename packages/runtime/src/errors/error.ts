/**
 * The one base class of everything this project throws on purpose, and the codes programs match on.
 *
 * Lies below all layers, so that codecs and kernel throw the same kind of thing.
 *
 * @module
 */

/** Why an operation failed. Programs match on this, never on the text. Once released, a code never changes. */
export type SkynetErrorCode =
  | "CALL_FAILED"
  | "INVALID_ADDRESS"
  | "NO_SESSION"
  | "TOKEN_DUPLICATIVE"
  | "UNKNOWN_TYPE"
  | "PROTOCOL_TAKEN"
  | "ENV_EXISTS"
  | "NAME"
  | "SERVICE_NOT_FOUND"
  | "EXITED_IN_START"
  | "MEMORY_LIMIT"
  | "ARGUMENT"
  | "PACK"
  | "SPROTO"
  | "BSON"
  | "SNAX"
  | "NETPACK"
  | "CLUSTER"
  | "SOCKET"
  | "DNS"
  | "HTTP"
  | "WEBSOCKET"
  | "CONFIG"
  | "LOAD"
  | "SECOND_COPY"
  | "KILLED"
  | "NODE_STOPPED"
  | "NOT_IN_SERVICE"
  | "UNSUPPORTED";

/** An error with a {@link SkynetErrorCode}. Its text says what was asked, what was found and, where it can, what to do. */
export class SkynetError extends Error {
  override readonly name: string = "SkynetError";
  readonly code: SkynetErrorCode;
  constructor(code: SkynetErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
