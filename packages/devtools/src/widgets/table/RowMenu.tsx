/**
 * What can be done with a row: a menu beside it, worked by arrow keys, Enter and Escape.
 *
 * @module
 */
import { useLayoutEffect, useRef } from "react";
import type { KeyboardEvent, ReactElement } from "react";

/** One entry. */
export interface RowAction {
  readonly key: string;
  readonly title: string;
  /** The key that does the same. */
  readonly shortcut?: string;
  /** Why it cannot be done. */
  readonly disabled?: string;
  readonly run: () => void;
}

/** See the file's comment. It lies over everything, at a point of the window. */
export function RowMenu(props: {
  readonly label: string;
  readonly actions: readonly RowAction[];
  readonly x: number;
  readonly y: number;
  readonly onClose: () => void;
}): ReactElement {
  const { actions, onClose } = props;
  const menu = useRef<HTMLDivElement>(null);
  const latest = useRef(onClose);
  latest.current = onClose;
  useLayoutEffect(() => {
    const element = menu.current!;
    element.showPopover();
    // Not beyond the window's edges.
    const { width, height } = element.getBoundingClientRect();
    element.style.left = `${Math.max(4, Math.min(props.x, innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(4, Math.min(props.y, innerHeight - height - 8))}px`;
    element.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const away = (event: Event): void => {
      if (!element.contains(event.target as Node)) latest.current();
    };
    document.addEventListener("pointerdown", away);
    addEventListener("resize", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      removeEventListener("resize", away);
    };
  }, [props.x, props.y]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const items = [...menu.current!.querySelectorAll<HTMLElement>("[role=menuitem]")];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const go = (index: number): void => items[(index + items.length) % items.length]?.focus();
    if (event.key === "Escape" || event.key === "Tab") onClose();
    else if (event.key === "ArrowDown") go(at + 1);
    else if (event.key === "ArrowUp") go(at - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(-1);
    else if (event.key !== "Enter" && event.key !== " ") {
      // Nothing else means anything here, and must reach no panel.
      event.stopPropagation();
      return;
    } else return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={menu}
      popover="manual"
      role="menu"
      aria-label={props.label}
      className="sk-row-menu"
      data-testid="row-menu"
      onKeyDown={onKeyDown}
    >
      {actions.map((action) => (
        <button
          key={action.key}
          type="button"
          role="menuitem"
          tabIndex={-1}
          className="sk-menu-item"
          aria-disabled={action.disabled === undefined ? undefined : true}
          title={action.disabled}
          data-testid={`row-action-${action.key}`}
          onClick={() => {
            if (action.disabled !== undefined) return;
            onClose();
            action.run();
          }}
        >
          <span className="sk-menu-title">{action.title}</span>
          {action.shortcut === undefined ? null : (
            <span className="sk-menu-key" aria-hidden="true">
              {action.shortcut}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
