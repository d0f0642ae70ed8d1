/**
 * How long and how much a conversation with a console may take.
 *
 * @module
 */

/** Limits of a conversation. */
export interface ConsoleLimits {
  /** How long a connection and its greeting may take, in milliseconds. Default 5,000. */
  readonly connectMs: number;
  /** How long a command may take, unless it says otherwise, in milliseconds. Default 5,000. */
  readonly commandMs: number;
  /** Longest answer that is kept, in characters. Default 64 Mi. */
  readonly answerLength: number;
  /** Commands that may wait. Default 1,024. */
  readonly queue: number;
  /** First and longest pause after a console was not there, in milliseconds. Default 1,000 and 15,000. */
  readonly backOffMs: number;
  readonly mostBackOffMs: number;
}

/** What holds unless somebody says otherwise. */
export const consoleLimits: ConsoleLimits = {
  connectMs: 5_000,
  commandMs: 5_000,
  answerLength: 64 * 1024 * 1024,
  queue: 1_024,
  backOffMs: 1_000,
  mostBackOffMs: 15_000,
};
