/**
 * The inspector as one component: top bar, rail, the panel of the route, status bar. Can be put into any page; its styles live under one class.
 *
 * Knows nothing of the browser's location and storage: the page that embeds it binds those through the view store.
 *
 * @module
 */
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from "react";
import type { ReactElement } from "react";
import type { Client } from "../client/client.ts";
import { notBuilt, panels } from "../panels/registry.ts";
import { CommandStore } from "../stores/command-store.ts";
import { Crosshair } from "../stores/crosshair.ts";
import { homeRoute } from "../stores/route.ts";
import type { Route } from "../stores/route.ts";
import { readTimeRange, showRange } from "../stores/time-range.ts";
import { createViewStore, navigate } from "../stores/view.ts";
import type { ViewStore } from "../stores/view.ts";
import { ConfirmProvider } from "../widgets/Confirm.tsx";
import { copyAndSay, linkTo } from "../widgets/copy.ts";
import { InspectorContext, useInspector, useView } from "../widgets/hooks.ts";
import type { Connections } from "../widgets/hooks.ts";
import { Modal } from "../widgets/Modal.tsx";
import { RootContext, usePanelKeys } from "../widgets/keys.ts";
import { StatePage } from "../widgets/PanelStates.tsx";
import { AlertBar } from "./AlertBar.tsx";
import { DropZone } from "./DropZone.tsx";
import { Help } from "./Help.tsx";
import { useNodePicks } from "./NodePicker.tsx";
import { PanelBoundary } from "./PanelBoundary.tsx";
import { Rail } from "./Rail.tsx";
import { SaveSnapshot } from "./SaveSnapshot.tsx";
import { StatusBar } from "./StatusBar.tsx";
import { TimeStrip } from "./TimeStrip.tsx";
import { Toasts } from "./Toasts.tsx";
import { TopBar } from "./TopBar.tsx";

/** Loaded when it is first opened; the server that has it may be gone by then. */
const loadPalette = (): Promise<{ readonly default: typeof PaletteMissing }> =>
  import("./Palette.tsx").catch(() => ({ default: PaletteMissing }));
const Palette = lazy(loadPalette);
/** Fetched ahead, so long after the page's own data that it delays nothing. */
const PALETTE_AHEAD_MS = 4_000;

/** Properties of {@link Inspector}. */
export interface InspectorProps {
  readonly client: Client;
  /** Where to begin; read once. Ignored when `view` is given. */
  readonly initialRoute?: Route;
  /** The view store, for a page that binds route and preferences; default: one of its own. */
  readonly view?: ViewStore;
  /** The way to other hosts and to snapshots, where the page offers one. */
  readonly connections?: Connections;
}

/**
 * See the file's comment. The client must have been told to {@link Client.connect | connect}, or will be.
 *
 * @example
 * ```tsx
 * import { createClient, Inspector, pageDial } from "@skyloom/devtools";
 * import "@skyloom/devtools/style.css";
 * import { createRoot } from "react-dom/client";
 *
 * const client = createClient({ dial: pageDial(agent), title: "this page" });
 * client.connect();
 * createRoot(document.body).render(<Inspector client={client} />);
 * ```
 */
export function Inspector({ client, initialRoute = homeRoute, view, connections }: InspectorProps): ReactElement {
  const [own] = useState(() => view ?? createViewStore(initialRoute));
  const store = view ?? own;
  const parts = useMemo(
    () => ({
      client,
      view: store,
      commands: new CommandStore(client),
      crosshair: new Crosshair(),
      ...(connections === undefined ? {} : { connections }),
    }),
    [client, store, connections],
  );
  const root = useRef<HTMLDivElement>(null);
  return (
    <InspectorContext value={parts}>
      <RootContext value={root}>
        <Frame root={root} store={store} />
      </RootContext>
    </InspectorContext>
  );
}

function Frame({ root, store }: { readonly root: React.RefObject<HTMLDivElement | null>; readonly store: ViewStore }): ReactElement {
  const theme = useView((v) => v.theme);
  const density = useView((v) => v.density);
  const name = useView((v) => v.route.panel);
  const panel = panels.find((p) => p.name === name);
  useGoKeys(store);
  useShellKeys(root);
  useReadOnly();
  useNodePicks();
  useRange();
  const Component = panel?.component;
  return (
    <div ref={root} className="sk-root" data-theme={theme} data-density={density}>
      <ConfirmProvider>
        <TopBar />
        <div className="sk-main">
          <Rail />
          <main className="sk-content">
            <AlertBar />
            <PanelBoundary key={name} name={panel?.title ?? name}>
              {Component === undefined ? (
                <section className="sk-panel" data-testid={`panel-${name}`}>
                  <StatePage
                    id="unavailable"
                    title={panel?.title ?? "No such page"}
                    actions={
                      <button
                        type="button"
                        className="sk-button sk-primary"
                        onClick={() => navigate(store, { panel: homeRoute.panel }, "push")}
                      >
                        Go to Services
                      </button>
                    }
                  >
                    <p>{panel === undefined ? `There is no panel “${name}”.` : notBuilt(panel.title)}</p>
                  </StatePage>
                </section>
              ) : (
                <Component />
              )}
            </PanelBoundary>
            <TimeStrip />
          </main>
        </div>
        <StatusBar />
        <Toasts />
        <Overlays />
        <DropZone root={root} />
      </ConfirmProvider>
    </div>
  );
}

/** `g` and then a panel's letter. */
function useGoKeys(store: ViewStore): void {
  const going = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(going.current), []);
  usePanelKeys((key) => {
    if (going.current !== undefined) {
      clearTimeout(going.current);
      going.current = undefined;
      const panel = panels.find((p) => p.key === key);
      if (panel === undefined) return false;
      navigate(store, { ...homeRoute, panel: panel.name, rest: store.getState().route.rest }, "push");
      return true;
    }
    if (key !== "g") return false;
    going.current = setTimeout(() => (going.current = undefined), 1000);
    return true;
  }, true);
}

/** Instead of the palette, where it could not be fetched. */
function PaletteMissing({ onClose }: { readonly onClose: () => void }): ReactElement {
  return (
    <Modal label="Command palette" testId="palette-missing" onClose={onClose}>
      <p>The palette could not be loaded: the server of this page does not answer. Load the page again when it is back.</p>
      <div className="sk-dialog-actions">
        <button type="button" className="sk-button" data-autofocus onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}

/** What covers the page, if anything does. */
function Overlays(): ReactElement | null {
  const { view } = useInspector();
  const overlay = useView((v) => v.overlay);
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), PALETTE_AHEAD_MS);
    return () => clearTimeout(timer);
  }, []);
  const close = (): void => view.setState({ overlay: undefined });
  if (overlay === "help") return <Help onClose={close} />;
  if (overlay === "save") return <SaveSnapshot onClose={close} />;
  if (overlay !== "palette") return null;
  return (
    <Suspense fallback={null}>
      <Palette onClose={close} />
    </Suspense>
  );
}

/** Keys that mean the same in every panel. */
function useShellKeys(root: React.RefObject<HTMLDivElement | null>): void {
  const { client, view } = useInspector();
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
      const target = event.target as HTMLElement;
      if (target !== document.body && root.current?.contains(target) !== true) return;
      event.preventDefault();
      view.setState(({ overlay }) => ({ overlay: overlay === "palette" ? undefined : "palette" }));
    };
    document.addEventListener("keydown", listen, true);
    return () => document.removeEventListener("keydown", listen, true);
  }, [root, view]);
  usePanelKeys((key) => {
    if (key === "?") view.setState({ overlay: "help" });
    else if (key === " ") client.pause.set(!client.pause.paused);
    else if (key === "y") copyAndSay(view, linkTo(view.getState().route), "The link to this view was");
    else return false;
    return true;
  });
}

/** A range of time ends when the view goes on, and with Escape when nothing else takes that key. */
function useRange(): void {
  const { client, view } = useInspector();
  const { pause } = client;
  const fixed = (): boolean => readTimeRange(view.getState().route.rest["r"]).kind === "fixed";
  useEffect(() => {
    let before = pause.paused;
    return pause.subscribe(() => {
      const ends = before && !pause.paused;
      before = pause.paused;
      if (ends && readTimeRange(view.getState().route.rest["r"]).kind === "fixed") showRange(view, undefined, "push");
    });
  }, [pause, view]);
  usePanelKeys((key) => {
    if (key !== "Escape" || !fixed()) return false;
    showRange(view, undefined, "push");
    pause.set(false);
    return true;
  });
}

/** The rights that the user has dropped on this host. */
function useReadOnly(): void {
  const { commands } = useInspector();
  const dropped = useView((v) => v.readOnlyHosts);
  useEffect(() => commands.setReadOnly(dropped), [commands, dropped]);
}
