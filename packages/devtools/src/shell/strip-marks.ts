/**
 * What the time strip marks: alerts from their beginning to their end, and moments in which handlers failed. Each has a shape and a word.
 *
 * Pure.
 *
 * @module
 */
import type { AlertView } from "../stores/alert-store.ts";
import { GAP_US } from "../stores/host-history.ts";
import type { History } from "../stores/host-history.ts";

/** One mark. */
export interface StripMark {
  /** In microseconds of the host's clock. */
  readonly t: number;
  /** When it was over; `undefined`: it stands, or was a moment. */
  readonly to: number | undefined;
  readonly shape: "diamond" | "triangle" | "cross";
  /** Colour of the theme. */
  readonly tone: "dead" | "err" | "warn";
  /** A word or two. */
  readonly word: string;
  /** The whole sentence. */
  readonly text: string;
}

const words: Readonly<Record<string, string>> = {
  deadlock: "Deadlock",
  "stuck-call": "Stuck call",
  "lost-reply": "Lost reply",
  overload: "Overload",
};

const wordOf = (kind: string): string => words[kind] ?? kind.charAt(0).toUpperCase() + kind.slice(1).replaceAll("-", " ");

/** See the file's comment. In order of time. */
export function stripMarks(
  standing: readonly AlertView[],
  over: readonly AlertView[],
  history: Pick<History, "length" | "t" | "value">,
): readonly StripMark[] {
  const marks: StripMark[] = [...standing, ...over].map(({ frame }) => {
    const dead = frame.kind === "deadlock";
    const word = wordOf(frame.kind);
    return {
      t: frame.first,
      to: frame.cleared === true ? Math.max(frame.first, frame.last) : undefined,
      shape: dead ? "diamond" : frame.severity === "error" ? "cross" : "triangle",
      tone: dead ? "dead" : frame.severity === "error" ? "err" : "warn",
      word,
      text: `${word}: ${frame.title}${frame.cleared === true ? " (over)" : ""}`,
    };
  });
  let errors = 0;
  let since = NaN;
  const close = (): void => {
    const n = Math.round(errors);
    if (n > 0) {
      const word = n === 1 ? "1 error" : `${n} errors`;
      marks.push({ t: since, to: undefined, shape: "cross", tone: "err", word, text: `${word} in handlers` });
    }
    errors = 0;
    since = NaN;
  };
  for (let i = 0; i < history.length; i++) {
    const t = history.t(i);
    const rate = history.value("errorRate", i);
    const span = i === 0 ? 0 : t - history.t(i - 1);
    if (!(rate > 0) || span > GAP_US) close();
    if (!(rate > 0)) continue;
    if (Number.isNaN(since)) since = t;
    errors += (rate * span) / 1e6;
  }
  close();
  return marks.toSorted((a, b) => a.t - b.t);
}
