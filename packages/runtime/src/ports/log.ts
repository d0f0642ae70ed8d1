/**
 * Where the log service writes its lines.
 *
 * @module
 */

/** An append-only text sink. */
export interface LogSink {
  /** Writes one line; the sink adds the line end. */
  line(text: string): void;
  /** Closes and opens the file again (after log rotation). Absent where there is no file. */
  reopen?(): void;
  /** Writes what is pending and lets go of the file. Absent where there is nothing to let go of. */
  close?(): void;
}

/** Opens log sinks. */
export interface LogPort {
  /** The standard output of the node. */
  readonly output: LogSink;
  /** Opens a file for appending. Absent where there are no files. @throws when it cannot be opened. */
  file?(path: string): LogSink;
}
