/**
 * A plain text filter that lives in the address, for panels whose entries are not rows of a table.
 *
 * @module
 */
import type { ReactElement, Ref } from "react";
import { navigate } from "../stores/view.ts";
import { useInspector, useView } from "./hooks.ts";

/** See the file's comment. */
export function TextFilter(props: {
  readonly input: Ref<HTMLInputElement>;
  readonly label: string;
  readonly placeholder: string;
}): ReactElement {
  const { view } = useInspector();
  const q = useView((v) => v.route.q);
  return (
    <span className="sk-filter">
      <input
        ref={props.input}
        type="search"
        className="sk-input"
        data-testid="filter-input"
        aria-label={props.label}
        placeholder={props.placeholder}
        spellCheck={false}
        autoComplete="off"
        value={q}
        onChange={(e) => navigate(view, { q: e.target.value }, "replace")}
        onKeyDown={(e) => {
          if (e.key !== "Escape") return;
          e.preventDefault();
          e.stopPropagation();
          if (q === "") e.currentTarget.blur();
          else navigate(view, { q: "" }, "push");
        }}
      />
      <kbd className="sk-kbd" aria-hidden="true">
        /
      </kbd>
    </span>
  );
}
