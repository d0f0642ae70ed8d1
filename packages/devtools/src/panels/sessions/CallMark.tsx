/**
 * The state of a call as shape, colour and word: none of the three alone carries the meaning (inspector.md §14.2).
 *
 * @module
 */
import { callStates } from "@skyloom/runtime/inspect";
import type { CallState } from "@skyloom/runtime/inspect";
import type { ReactElement } from "react";

const diamond = <path d="M5 0.3 9.7 5 5 9.7 0.3 5Z" stroke="none" />;
const cross = <path d="M1.500 1.500l7 7M8.500 1.500l-7 7" fill="none" strokeWidth="2" />;

interface Mark {
  readonly tone: string;
  readonly word: string;
  readonly hint: string;
  readonly shape: ReactElement;
  /** How much attention it needs; sorting by it brings trouble to one end. */
  readonly severity: number;
}

/** All states, as they look. */
export const callMarks: Readonly<Record<CallState, Mark>> = {
  cycle: { tone: "dead", word: "cycle", hint: "Part of a deadlock: it will never be answered", shape: diamond, severity: 8 },
  lost: { tone: "err", word: "lost", hint: "Its handler ended without a reply: it will never be answered", shape: cross, severity: 7 },
  "callee-gone": { tone: "err", word: "callee gone", hint: "The service that was called has ended", shape: cross, severity: 6 },
  "unknown-waker": {
    tone: "warn",
    word: "unknown waker",
    hint: "Only code of the program can bring the answer; nobody can tell whether it will",
    shape: <path d="M5 1 9 5 5 9 1 5Z" fill="none" />,
    severity: 5,
  },
  net: {
    tone: "accent",
    word: "network",
    hint: "It waits for another node",
    shape: <circle cx="5" cy="5" r="3.5" fill="none" strokeDasharray="1.6 1.6" />,
    severity: 4,
  },
  queued: {
    tone: "idle",
    word: "queued",
    hint: "Still in the callee's mailbox",
    shape: <circle cx="5" cy="5" r="3.5" fill="none" />,
    severity: 3,
  },
  waiting: {
    tone: "text2",
    word: "waiting",
    hint: "Its handler waits for something",
    shape: (
      <>
        <circle cx="5" cy="5" r="3.5" fill="none" />
        <path d="M5 5V1.5A3.5 3.5 0 0 1 8.5 5Z" stroke="none" />
      </>
    ),
    severity: 2,
  },
  running: {
    tone: "ok",
    word: "running",
    hint: "Its handler, or its answer, is about to run",
    shape: <circle cx="5" cy="5" r="4" stroke="none" />,
    severity: 1,
  },
  unknown: { tone: "idle", word: "unknown", hint: "The host does not say", shape: <path d="M2 5h6" fill="none" />, severity: 0 },
};

/** The state with this number on the wire; one that this version does not know is shown as its number. */
export function CallMark({ state }: { readonly state: number }): ReactElement {
  const name = callStates[state];
  if (name === undefined) return <span>state {state}</span>;
  const { tone, word, hint, shape } = callMarks[name];
  return (
    <span className={`sk-state sk-tone-${tone}`} title={hint}>
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {shape}
      </svg>
      {word}
    </span>
  );
}
