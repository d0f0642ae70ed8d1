/**
 * The state of a service as shape, colour and word: none of the three alone carries the meaning (inspector.md §14.2).
 *
 * @module
 */
import { serviceStates } from "@skyloom/runtime/inspect";
import type { ServiceState } from "@skyloom/runtime/inspect";
import type { ReactElement } from "react";

/** Shapes on a field of 10 × 10. */
const shapes: Readonly<Record<ServiceState, ReactElement>> = {
  idle: <circle cx="5" cy="5" r="3.5" fill="none" />,
  waiting: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" />
      <path d="M5 5V1.5A3.5 3.5 0 0 1 8.5 5Z" stroke="none" />
    </>
  ),
  busy: <circle cx="5" cy="5" r="4" stroke="none" />,
  overload: <path d="M5 0.8 9.6 9H0.4Z" stroke="none" />,
  stuck: <path d="M5 1 9 5 5 9 1 5Z" fill="none" />,
  deadlocked: <path d="M5 0.3 9.7 5 5 9.7 0.3 5Z" stroke="none" />,
  init: <circle cx="5" cy="5" r="3.5" fill="none" strokeDasharray="1.6 1.6" />,
  exiting: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" />
      <path d="M5 2.2V7.8M3 3.2V6.8M7 3.2V6.8" />
    </>
  ),
  dead: (
    <>
      <circle cx="5" cy="5" r="3.5" fill="none" />
      <path d="M2.6 7.4 7.4 2.6" />
    </>
  ),
};

/** Which colour token a state has. */
const tones: Readonly<Record<ServiceState, string>> = {
  idle: "idle",
  waiting: "text2",
  busy: "ok",
  overload: "warn",
  stuck: "warn",
  deadlocked: "dead",
  init: "accent",
  exiting: "idle",
  dead: "idle",
};

/** The state with this number on the wire; one that this version does not know is shown as its number. */
export function StateMark({ state }: { readonly state: number }): ReactElement {
  const name = serviceStates[state];
  if (name === undefined) return <span>state {state}</span>;
  return (
    <span className={`sk-state sk-tone-${tones[name]}`}>
      <svg className="sk-shape" viewBox="0 0 10 10" aria-hidden="true">
        {shapes[name]}
      </svg>
      {name}
    </span>
  );
}
