/**
 * The few words of a test runner that conformance suites use, so that they import none: the caller hands in its own.
 *
 * @module
 */

/** What is expected of a value. A part of what vitest, jest and node's own `expect` ports offer. */
export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toBeGreaterThan(expected: number): void;
  toBeLessThanOrEqual(expected: number): void;
}

/** A test runner, as far as conformance suites need one. */
export interface TestKit {
  readonly describe: (name: string, fn: () => void) => void;
  readonly it: (name: string, fn: () => Promise<void>, timeoutMs?: number) => void;
  readonly expect: (actual: unknown, message?: string) => Expectation;
}
