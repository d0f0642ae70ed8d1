/**
 * Built-in filters as chips: each puts its mark into the filter box, or takes it out, so that the address says it too.
 *
 * @module
 */
import type { ReactElement } from "react";
import { navigate } from "../../stores/view.ts";
import { useInspector, useView } from "../hooks.ts";

/** A list has those of which it has the mark. */
const chips = [
  { flag: "error", label: "Errors", more: "", hint: "Only those with errors" },
  { flag: "slow", label: "Slow", more: "", hint: "Only those that are slow" },
  { flag: "changed", label: "Changed", more: " in last 10 s", hint: "Only those that did something within the last ten seconds" },
] as const;

/** See the file's comment. `slow` says what is slow here, for the tooltip. */
export function QueryChips(props: { readonly flags: Readonly<Record<string, unknown>>; readonly slow?: string | undefined }): ReactElement {
  const { view } = useInspector();
  const q = useView((v) => v.route.q);
  const terms = q.split(/\s+/).filter(Boolean);
  return (
    <>
      {chips.map(({ flag, label, more, hint }) => {
        if (!Object.hasOwn(props.flags, flag)) return null;
        const term = `is:${flag}`;
        const on = terms.includes(term);
        return (
          <button
            key={flag}
            type="button"
            className="sk-chip"
            aria-pressed={on}
            data-testid={`query-chip-${flag}`}
            title={`${flag === "slow" ? (props.slow ?? hint) : hint} (${term})`}
            onClick={() => navigate(view, { q: (on ? terms.filter((t) => t !== term) : [...terms, term]).join(" ") }, "push")}
          >
            <span aria-hidden="true">{on ? "✓" : "+"}</span> {label}
            <span className="sk-chip-more">{more}</span>
          </button>
        );
      })}
    </>
  );
}
