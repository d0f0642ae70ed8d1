/**
 * Tabs inside the detail drawer. Which one is open is part of the address, so it stays when another row is selected.
 *
 * @module
 */
import { useId } from "react";
import type { KeyboardEvent, ReactElement, ReactNode } from "react";
import { navigate } from "../stores/view.ts";
import { useInspector, useView } from "./hooks.ts";
import { usePanelKeys } from "./keys.ts";

/** One tab. */
export interface DrawerTab {
  /** As in addresses, e.g. `tasks`. */
  readonly name: string;
  readonly title: string;
  /** Made only while the tab is open. */
  readonly content: () => ReactNode;
}

/** See the file's comment. `[` and `]` go through them; the first is open when the address says none. */
export function DrawerTabs({ tabs }: { readonly tabs: readonly DrawerTab[] }): ReactElement {
  const { view } = useInspector();
  const wanted = useView((v) => v.route.tab);
  const id = useId();
  const at = Math.max(
    0,
    tabs.findIndex((t) => t.name === wanted),
  );
  const open = tabs[at]!;
  const go = (to: number): void => {
    const next = tabs[(to + tabs.length) % tabs.length]!;
    navigate(view, { tab: next === tabs[0] ? undefined : next.name }, "replace");
  };
  usePanelKeys((key) => {
    if (key !== "[" && key !== "]") return false;
    go(at + (key === "]" ? 1 : -1));
    return true;
  });
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const { currentTarget } = event;
    go(to);
    requestAnimationFrame(() => currentTarget.querySelector<HTMLElement>("[aria-selected=true]")?.focus());
  };
  return (
    <>
      <div className="sk-tabs" role="tablist" aria-label="Details" onKeyDown={onKeyDown}>
        {tabs.map((tab, i) => (
          <button
            key={tab.name}
            type="button"
            role="tab"
            id={`${id}-${tab.name}`}
            className="sk-tab"
            aria-selected={i === at}
            aria-controls={`${id}-panel`}
            tabIndex={i === at ? 0 : -1}
            data-testid={`drawer-tab-${tab.name}`}
            onClick={() => go(i)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <div className="sk-tab-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${open.name}`} tabIndex={-1} key={open.name}>
        {open.content()}
      </div>
    </>
  );
}
