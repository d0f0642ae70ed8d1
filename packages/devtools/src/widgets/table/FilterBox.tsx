/**
 * The filter box: text in the filter language. What is typed is asked for at once.
 *
 * @module
 */
import { useId, useRef, useState } from "react";
import type { ReactElement, Ref } from "react";
import type { FilterFault } from "../../stores/filter/parse.ts";
import { navigate } from "../../stores/view.ts";
import { useInspector, useView } from "../hooks.ts";

/** See the file's comment. */
export function FilterBox(props: {
  readonly input: Ref<HTMLInputElement>;
  /** What is filtered, in the plural. */
  readonly things: string;
  /** A query that makes sense here. */
  readonly example: string;
  readonly fault: FilterFault | undefined;
}): ReactElement {
  const { input, things, example, fault } = props;
  const faultId = useId();
  const { view } = useInspector();
  const q = useView((v) => v.route.q);
  const [typed, setTyped] = useState<string | undefined>(undefined);
  /** The first change after entering the box is a place to come back to; the following ones replace it. */
  const step = useRef<"push" | "replace">("push");

  const apply = (text: string): void => {
    if (text === view.getState().route.q) return;
    navigate(view, { q: text }, step.current);
    step.current = "replace";
  };
  return (
    <span className="sk-filter">
      <input
        ref={input}
        type="search"
        className="sk-input"
        data-testid="filter-input"
        aria-label={`Filter ${things}`}
        aria-invalid={fault !== undefined}
        aria-describedby={fault === undefined ? undefined : faultId}
        placeholder={`Filter, e.g. ${example}`}
        title="Words, field:value, field>number, is:mark, -term to exclude, (a OR b)"
        spellCheck={false}
        autoComplete="off"
        value={typed ?? q}
        onFocus={() => (step.current = "push")}
        onChange={(e) => {
          const text = e.target.value;
          setTyped(text);
          apply(text);
        }}
        onBlur={(e) => {
          apply(e.target.value);
          setTyped(undefined);
        }}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          e.preventDefault();
          e.stopPropagation();
          setTyped("");
          apply("");
          if (e.currentTarget.value === "") e.currentTarget.blur();
        }}
      />
      <kbd className="sk-kbd" aria-hidden="true">
        /
      </kbd>
      {fault === undefined ? null : (
        <span className="sk-filter-fault" id={faultId} role="alert" data-testid="filter-fault">
          {fault.message}
        </span>
      )}
    </span>
  );
}
