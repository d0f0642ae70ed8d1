/**
 * Questions and commands that wait for their answer.
 *
 * @module
 */
import type { AgentErrorCode, DoneFrame, ResFrame } from "@skyloom/runtime/inspect";

/** Why a question or command failed. Programs look at `code`. */
export class RequestError extends Error {
  override readonly name: string = "RequestError";
  readonly code: AgentErrorCode | "LOST";
  constructor(code: AgentErrorCode | "LOST", message: string) {
    super(message);
    this.code = code;
  }
}

/** What a command gave, and how long it took on the host. */
export interface CommandResult {
  readonly result: unknown;
  readonly us: number;
}

interface Pending {
  resolve(value: never): void;
  reject(error: RequestError): void;
}

/** Numbers requests and hands their answers to whoever asked. */
export class PendingRequests {
  readonly #pending = new Map<number, Pending>();
  #last = 0;

  /** A number for a new request, and the promise of its answer. */
  open<T>(): { readonly rid: number; readonly answer: Promise<T> } {
    const rid = (this.#last = (this.#last % 0xffff_ffff) + 1);
    const answer = new Promise<T>((resolve, reject) => this.#pending.set(rid, { resolve, reject }));
    return { rid, answer };
  }

  /** Takes an answer; one to nothing that is open is ignored. */
  settle(frame: ResFrame | DoneFrame): void {
    const pending = this.#pending.get(frame.rid);
    if (pending === undefined) return;
    this.#pending.delete(frame.rid);
    if (!frame.ok) pending.reject(new RequestError(frame.code ?? "FAILED", frame.msg ?? "the host refused"));
    else pending.resolve((frame.type === "res" ? frame.body : { result: frame.result, us: frame.us }) as never);
  }

  /** The connection is gone: nothing of this will be answered. */
  lost(why: string): void {
    const open = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of open) pending.reject(new RequestError("LOST", why));
  }
}
