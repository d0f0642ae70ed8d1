/**
 * A button that opens a small panel below itself; Escape, a click elsewhere or leaving it closes it, and the focus returns to the button.
 *
 * @module
 */
import { useEffect, useId, useRef, useState } from "react";
import type { ButtonHTMLAttributes, ReactElement, ReactNode } from "react";

/** See the file's comment. */
export function Popup(props: {
  readonly label: string;
  readonly testId: string;
  readonly children: ReactNode;
  /** What the button looks like; default: the label. */
  readonly face?: ReactNode;
  /** Further attributes of the button. */
  readonly button?: ButtonHTMLAttributes<HTMLButtonElement> & { readonly [data: `data-${string}`]: string };
  /** At which edge of the button the panel begins; default: it ends at the right one. */
  readonly from?: "left";
}): ReactElement {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLSpanElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open) return undefined;
    const away = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  return (
    <span
      className="sk-popup"
      ref={root}
      onKeyDown={(e) => {
        if (e.key !== "Escape" || !open) return;
        e.preventDefault();
        e.stopPropagation();
        setOpen(false);
        button.current?.focus();
      }}
      onBlur={(e) => {
        if (e.relatedTarget !== null && !e.currentTarget.contains(e.relatedTarget)) setOpen(false);
      }}
    >
      <button
        ref={button}
        type="button"
        className="sk-button"
        aria-expanded={open}
        aria-controls={id}
        data-testid={`menu-${props.testId}`}
        onClick={() => setOpen(!open)}
        {...props.button}
      >
        {props.face ?? props.label} <span aria-hidden="true">▾</span>
      </button>
      {open ? (
        <div className={props.from === "left" ? "sk-popup-body is-left" : "sk-popup-body"} id={id} role="group" aria-label={props.label}>
          {props.children}
        </div>
      ) : null}
    </span>
  );
}
