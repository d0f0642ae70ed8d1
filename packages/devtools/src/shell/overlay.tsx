/**
 * The inspector over a page that has a node of its own: a key opens and closes it. While it is closed nothing of it exists, neither elements
 * nor a connection.
 *
 * @module
 */
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import type { Root } from "react-dom/client";
import { createClient } from "../client/client.ts";
import type { Client } from "../client/client.ts";
import type { Dial } from "../client/link.ts";
import { homeRoute } from "../stores/route.ts";
import type { Route } from "../stores/route.ts";
import { createViewStore } from "../stores/view.ts";
import { Inspector } from "./Inspector.tsx";

/** What {@link attachOverlay} takes. */
export interface OverlayOptions {
  /** The way to the agent; used each time the overlay opens. */
  readonly dial: Dial;
  /** What to call the host before it has said its name. Default: `this page`. */
  readonly title?: string;
  /** Where to begin; afterwards it opens where it was closed. */
  readonly initialRoute?: Route;
  /** Whether a key opens and closes it. Default: Ctrl (or ⌘) + Shift + full stop. */
  readonly hotkey?: (event: KeyboardEvent) => boolean;
}

/** An overlay that can be opened. */
export interface Overlay {
  readonly isOpen: boolean;
  open(): void;
  close(): void;
  /** Closes it, and listens for its key no longer. */
  release(): void;
}

const fullStop = (e: KeyboardEvent): boolean => (e.ctrlKey || e.metaKey) && e.shiftKey && !e.altKey && e.code === "Period";

/**
 * Lets the inspector be opened over this page with `Ctrl+Shift+.`; the same key, or Escape where nothing else takes it, closes it, and the
 * focus returns to where it was. Include `@skyloom/devtools/style.css`.
 *
 * @example
 * ```ts
 * import { attachOverlay, pageDial } from "@skyloom/devtools";
 * import "@skyloom/devtools/style.css";
 *
 * attachOverlay({ dial: pageDial(agent) });
 * ```
 */
export function attachOverlay(options: OverlayOptions): Overlay {
  const { dial, title = "this page", hotkey = fullStop } = options;
  const view = createViewStore(options.initialRoute ?? homeRoute);
  let shown: { readonly dialog: HTMLDialogElement; readonly root: Root; readonly client: Client } | undefined;

  const open = (): void => {
    if (shown !== undefined) return;
    const client = createClient({ dial, title });
    const dialog = document.createElement("dialog");
    dialog.className = "sk-overlay";
    dialog.setAttribute("aria-label", "Inspector");
    dialog.dataset["testid"] = "overlay";
    dialog.addEventListener("cancel", (event) => {
      if (event.target !== dialog) return;
      event.preventDefault();
      close();
    });
    document.body.append(dialog);
    const root = createRoot(dialog);
    // Drawn before it opens, so that opening puts the focus on something in it, and its keys work at once.
    flushSync(() => root.render(<Inspector client={client} view={view} />));
    dialog.showModal();
    client.connect();
    shown = { dialog, root, client };
  };
  const close = (): void => {
    if (shown === undefined) return;
    const { dialog, root, client } = shown;
    shown = undefined;
    root.unmount();
    client.close();
    // Closing is what gives the focus back, so it comes before the element goes.
    dialog.close();
    dialog.remove();
  };
  const listen = (event: KeyboardEvent): void => {
    if (!hotkey(event)) return;
    event.preventDefault();
    event.stopPropagation();
    if (shown === undefined) open();
    else close();
  };
  addEventListener("keydown", listen, true);
  return {
    get isOpen() {
      return shown !== undefined;
    },
    open,
    close,
    release() {
      removeEventListener("keydown", listen, true);
      close();
    },
  };
}
