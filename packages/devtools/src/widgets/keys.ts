/**
 * Single-key shortcuts: only where no text field has the focus, only inside the inspector or where nothing is focused.
 *
 * @module
 */
import { createContext, useContext, useEffect, useRef } from "react";
import type { Context, RefObject } from "react";
import type { ViewStore } from "../stores/view.ts";
import { useInspector } from "./hooks.ts";

/** The inspector's root element, provided by the shell. */
export const RootContext: Context<RefObject<HTMLElement | null> | undefined> = createContext<RefObject<HTMLElement | null> | undefined>(
  undefined,
);

/**
 * Listens for keys while the component is mounted.
 *
 * @param act - Gets the key; says whether it used it.
 * @param first - Whether to be asked before all others, for sequences whose second key means something else alone.
 */
export function usePanelKeys(act: (key: string) => boolean, first = false): void {
  const root = useContext(RootContext);
  const { view } = useInspector();
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!mayAct(view, event.key)) return;
      const target = event.target as HTMLElement;
      if (target !== document.body && root?.current?.contains(target) !== true) return;
      if (target.matches("input, textarea, select, [contenteditable=true]")) return;
      // Buttons and links keep the keys that work them.
      if (target.matches("button, a") && (event.key === "Enter" || event.key === " ")) return;
      if (latest.current(event.key)) event.preventDefault();
    };
    document.addEventListener("keydown", listen, first);
    return () => document.removeEventListener("keydown", listen, first);
  }, [root, view, first]);
}

/** Whether a key may do something by itself: the user can switch off those that are characters. */
export function mayAct(view: ViewStore, key: string): boolean {
  return key.length > 1 || view.getState().singleKeys;
}
