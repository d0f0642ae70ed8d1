/**
 * The native log service: writes lines to the host's sinks.
 *
 * Source: service-src/service_logger.c; semantics.md §17.
 *
 * @module
 */
import { logStamp } from "../core/calendar.ts";
import { handleText } from "../kernel/handles.ts";
import type { ServiceKind } from "../kernel/kernel.ts";
import { PTYPE_SYSTEM, PTYPE_TEXT } from "../kernel/message.ts";
import type { LogSink } from "../ports/index.ts";

/** Receives each line too: inspectors, tests. */
export type LogTap = (source: number, text: string, atMs: number) => void;

/**
 * The kind `logger`. Its launch argument is a file name; without one it writes to standard output. Lines in a file carry the time.
 *
 * @param tap - Asked at each line for somebody who listens.
 */
export function loggerKind(tap: () => LogTap | undefined): ServiceKind {
  return (_service, kernel, args) => {
    const path = typeof args[0] === "string" && args[0] !== "" ? args[0] : undefined;
    const { log, clock } = kernel.ports;
    let sink: LogSink = log.output;
    if (path !== undefined) {
      if (log.file === undefined) throw new Error(`this host has no files, so it cannot log to ${path}`);
      sink = log.file(path);
    }
    return {
      callback(type, _session, source, body) {
        if (type === PTYPE_SYSTEM) sink.reopen?.();
        else if (type === PTYPE_TEXT) {
          const text = typeof body === "string" ? body : "";
          tap()?.(source, text, clock.wall());
          sink.line(`${path === undefined ? "" : `${logStamp(clock.wall())} `}[${handleText(source)}] ${text}`);
        }
      },
    };
  };
}
