/**
 * What a bad configuration is reported with: always a file, a line and a column.
 *
 * @module
 */
import { SkynetError } from "@skyloom/runtime";

/** A place in a text; both count from 1, columns in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A configuration that cannot be used. Its text begins with `file:line:column: `. */
export class ConfigError extends SkynetError {
  override readonly name = "ConfigError";
  readonly file: string;
  readonly line: number;
  readonly column: number;

  constructor(file: string, at: Position, text: string, options?: ErrorOptions) {
    super("CONFIG", `${file}:${at.line}:${at.column}: ${text}`, options);
    this.file = file;
    this.line = at.line;
    this.column = at.column;
  }
}

/** The first character of a file, for what is wrong with the file as a whole. */
export const FILE_START: Position = { line: 1, column: 1 };
