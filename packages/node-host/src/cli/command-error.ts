/**
 * What a command ends with when it cannot do what was asked: a text for standard error and an exit code.
 *
 * @module
 */

/** Ends a command with a text and an exit code, 1 unless told otherwise. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  readonly exitCode: number;

  constructor(text: string, options: ErrorOptions & { readonly exitCode?: number } = {}) {
    super(text, options);
    this.exitCode = options.exitCode ?? 1;
  }
}
