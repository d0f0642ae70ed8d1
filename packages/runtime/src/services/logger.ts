/**
 * The native log service: writes lines to the host's sinks.
 *
 * Source: service-src/service_logger.c; semantics.md §17.
 *
 * @module
 */
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
          sink.line(`${path === undefined ? "" : `${stamp(clock.wall())} `}[${handleText(source)}] ${text}`);
        }
      },
    };
  };
}

/** `DD/MM/YY HH:MM:SS.cc`, in UTC: a portable runtime knows no other zone. */
function stamp(ms: number): string {
  const days = Math.floor(ms / 86_400_000);
  const rest = Math.floor(ms - days * 86_400_000);
  const [year, month, day] = civil(days);
  const two = (n: number): string => String(n).padStart(2, "0");
  const time = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60].map(two).join(":");
  return `${two(day)}/${two(month)}/${two(year % 100)} ${time}.${two(Math.floor((rest % 1000) / 10))}`;
}

/** Year, month and day of a day number since 1970-01-01 (the usual civil-from-days computation). */
function civil(days: number): [number, number, number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365);
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - Math.floor((153 * mp + 2) / 5) + 1];
}
