/**
 * Keeps a layout for what is shown: asked for only when boxes or arrows come or go, and not more often than every half second.
 *
 * @module
 */
import { useEffect, useRef, useState } from "react";
import { layoutRequest, shapeOf } from "./geometry.ts";
import { LayoutClient } from "./layout-client.ts";
import type { Layout } from "./layout-request.ts";
import type { Shown } from "./shown.ts";

/** Time between two layouts, in milliseconds. */
const PAUSE_MS = 500;

/** A layout, and what it was made for: newer figures may be drawn in it, other boxes may not. */
export interface LaidOut {
  readonly layout: Layout;
  readonly shown: Shown;
  readonly shape: string;
  readonly ms: number;
  readonly where: "worker" | "page";
}

/** See the file's comment. The last layout stays until the next one is made. */
export function useLayout(shown: Shown): { readonly made: LaidOut | undefined; readonly error: string | undefined } {
  const [made, setMade] = useState<LaidOut>();
  const [error, setError] = useState<string>();
  const client = useRef<LayoutClient>(undefined);
  const wanted = useRef<{ readonly shown: Shown; readonly shape: string }>(undefined);
  const asked = useRef("");
  const last = useRef<Layout>(undefined);
  const busyUntil = useRef(0);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const running = useRef(false);

  useEffect(() => {
    client.current = new LayoutClient();
    return () => {
      clearTimeout(timer.current);
      timer.current = undefined;
      running.current = false;
      asked.current = "";
      client.current?.close();
      client.current = undefined;
    };
  }, []);

  const shape = shapeOf(shown);
  useEffect(() => {
    wanted.current = { shown, shape };
    const begin = (): void => {
      timer.current = undefined;
      const next = wanted.current;
      const maker = client.current;
      if (next === undefined || maker === undefined || running.current || next.shape === asked.current) return;
      running.current = true;
      asked.current = next.shape;
      busyUntil.current = performance.now() + PAUSE_MS;
      maker.make(layoutRequest(next.shown, last.current?.places)).then(
        ({ layout, ms, where }) => {
          if (client.current !== maker) return;
          running.current = false;
          last.current = layout;
          setError(undefined);
          setMade({ layout, shown: next.shown, shape: next.shape, ms, where });
          later();
        },
        (reason: unknown) => {
          if (client.current !== maker) return;
          running.current = false;
          setError(reason instanceof Error ? reason.message : String(reason));
        },
      );
    };
    const later = (): void => {
      if (wanted.current?.shape === asked.current || timer.current !== undefined) return;
      timer.current = setTimeout(begin, Math.max(0, busyUntil.current - performance.now()));
    };
    later();
  }, [shown, shape]);
  return { made, error };
}
