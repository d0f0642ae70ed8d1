/**
 * What a task can be hit by: a failed call, and the signal that ends a service.
 *
 * @module
 */
import { SkynetError } from "../errors/error.ts";
import { handleText } from "../kernel/handles.ts";
import type { FailureReason } from "../kernel/message.ts";
import { inspectValue } from "./inspect-value.ts";

/** What a failed call tells its caller. */
export interface CallFailure {
  readonly address: number;
  /** The service's name or launch line, as far as known. */
  readonly service: string | undefined;
  /** Protocol and command, e.g. `lua get`. */
  readonly command: string;
  readonly session: number;
  readonly reason: FailureReason;
}

/**
 * A request was answered with PTYPE_ERROR. `message` is Skynet's text; the rest says whom was asked what and why it failed. Inside one
 * realm `cause` is the far side's error. Nothing of this crosses a border.
 */
export class CallError extends SkynetError implements CallFailure {
  override readonly name = "CallError";
  readonly address: number;
  readonly service: string | undefined;
  readonly command: string;
  readonly session: number;
  readonly reason: FailureReason;

  constructor(failure: CallFailure, cause: unknown) {
    super("CALL_FAILED", "call failed", cause === undefined ? undefined : { cause });
    this.address = failure.address;
    this.service = failure.service;
    this.command = failure.command;
    this.session = failure.session;
    this.reason = failure.reason;
  }

  /** One line for people: `call :0000000a simpledb "lua get" session 5 failed: handler-error`. */
  explain(): string {
    const name = this.service === undefined ? "" : ` ${this.service}`;
    return `call ${handleText(this.address)}${name} "${this.command}" session ${this.session} failed: ${this.reason}`;
  }
}

/**
 * Ends the running task because its service ends. Deliberately no Error: a `catch` that tells errors apart lets it through. When one
 * swallows it all the same, the next call into the runtime throws it again.
 */
export class ExitSignal {
  toString(): string {
    return "the service has ended; let this pass";
  }
}

/** What was caught, as an Error, for functions that report failures and do not throw. @throws ExitSignal when it was that. */
export function caughtError(thrown: unknown): Error {
  if (thrown instanceof ExitSignal) throw thrown;
  return thrown instanceof Error ? thrown : new Error(inspectValue(thrown), { cause: thrown });
}

/** Text and stack of whatever was thrown, with its causes. */
export function errorText(error: unknown): string {
  try {
    let text = oneError(error);
    const seen = new Set<unknown>([error]);
    let cause = error instanceof Error ? error.cause : undefined;
    for (let depth = 0; cause !== undefined && depth < CAUSES; depth++) {
      if (seen.has(cause)) return `${text}\ncaused by itself (a circle of causes)`;
      seen.add(cause);
      text += `\ncaused by ${oneError(cause)}`;
      cause = cause instanceof Error ? cause.cause : undefined;
    }
    return text;
  } catch {
    // Getters of a thrown object may throw themselves; what is logged must not.
    return "<an error whose text cannot be read>";
  }
}

/** Causes shown below an error. */
const CAUSES = 8;

function oneError(error: unknown): string {
  if (!(error instanceof Error)) return error === undefined ? "<no error object>" : inspectValue(error);
  const { stack } = error;
  const head = `${error.name}: ${error.message}`;
  let text = typeof stack === "string" ? stack : head;
  if (!text.includes(error.message)) text = `${head}\n${text}`;
  return error instanceof CallError ? text.replace("\n", () => `\n    (${error.explain()})\n`) : text;
}
