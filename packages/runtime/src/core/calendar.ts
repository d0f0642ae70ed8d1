/**
 * Moments as the log files of Skynet write them, in UTC: a portable runtime knows no other zone.
 *
 * @module
 */

const DAYS = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"] as const;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;

interface Moment {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  /** `HH:MM:SS`. */
  readonly time: string;
  readonly weekday: string;
  /** Of the second. */
  readonly hundredths: number;
}

/** `DD/MM/YY HH:MM:SS.cc`. @param ms - Milliseconds since 1970. */
export function logStamp(ms: number): string {
  const { year, month, day, time, hundredths } = momentOf(ms);
  return `${two(day)}/${two(month)}/${two(year % 100)} ${time}.${two(hundredths)}`;
}

/** `Sat Nov 21 20:16:00 2026`, as C's `ctime` writes it. @param ms - Milliseconds since 1970. */
export function ctimeText(ms: number): string {
  const { year, month, day, time, weekday } = momentOf(ms);
  return `${weekday} ${MONTHS[month - 1]} ${String(day).padStart(2)} ${time} ${year}`;
}

const two = (n: number): string => String(n).padStart(2, "0");

function momentOf(ms: number): Moment {
  const days = Math.floor(ms / 86_400_000);
  const rest = Math.floor(ms - days * 86_400_000);
  const [year, month, day] = civil(days);
  const time = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60].map(two).join(":");
  return { year, month, day, time, weekday: DAYS[((days % 7) + 7) % 7]!, hundredths: Math.floor((rest % 1000) / 10) };
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
