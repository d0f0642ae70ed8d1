/**
 * A canvas that is drawn when it has to be: at the size and sharpness of the screen, in the theme's colours, at most once a frame.
 *
 * Knows nothing of what is drawn.
 *
 * @module
 */
import { useCallback, useEffect, useRef } from "react";
import type { RefObject } from "react";
import { useView } from "./hooks.ts";

/** Colours of the theme, by the name behind `--sk-`. */
export type Colours = Readonly<Record<string, string>>;

/** What a drawing gets. Sizes in CSS pixels; the canvas is empty. */
export interface Paint {
  readonly c: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
  readonly colours: Colours;
  /** Stripes for time in the mailbox. */
  readonly hatch: CanvasPattern | string;
  /** Width of a text in the canvas font. */
  readonly measure: (text: string) => number;
  /** The text as far as it fits, with … where it is cut; empty when not even that fits. */
  readonly fit: (text: string, width: number) => string;
}

const NAMES = [
  "bg0",
  "bg1",
  "bg2",
  "line",
  "hair",
  "text",
  "text2",
  "accent",
  "ok",
  "warn",
  "err",
  "dead",
  "idle",
  "selected",
  "queue",
  ...Array.from({ length: 8 }, (_, i) => `series-${i + 1}`),
];
/** Widths remembered. */
const MOST_TEXTS = 5_000;

/** Draws on a canvas whenever the returned function was called, its size changed, or the theme. */
export function usePainter(canvas: RefObject<HTMLCanvasElement | null>, draw: (paint: Paint) => void): () => void {
  const theme = useView((v) => v.theme);
  const latest = useRef(draw);
  const state = useRef<{ frame: number; colours: Colours | undefined; hatch: CanvasPattern | string; widths: Map<string, number> }>({
    frame: 0,
    colours: undefined,
    hatch: "",
    widths: new Map(),
  });

  const redraw = useCallback(() => {
    const s = state.current;
    if (s.frame !== 0) return;
    s.frame = requestAnimationFrame(() => {
      s.frame = 0;
      const at = canvas.current;
      const c = at?.getContext("2d");
      if (at === null || c === null || c === undefined) return;
      const width = at.clientWidth;
      const height = at.clientHeight;
      if (width === 0 || height === 0) return;
      const ratio = globalThis.devicePixelRatio;
      const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (at.width !== w || at.height !== h) {
        at.width = w;
        at.height = h;
      }
      c.setTransform(w / width, 0, 0, h / height, 0, 0);
      if (s.colours === undefined) {
        const style = getComputedStyle(at);
        s.colours = Object.fromEntries(NAMES.map((n) => [n, style.getPropertyValue(`--sk-${n}`).trim() || "#888"]));
        s.hatch = hatchOf(c, s.colours["queue"]!);
        s.widths.clear();
      }
      c.clearRect(0, 0, width, height);
      c.font = FONT;
      c.textBaseline = "middle";
      const measure = (text: string): number => {
        let known = s.widths.get(text);
        if (known === undefined) {
          if (s.widths.size >= MOST_TEXTS) s.widths.clear();
          s.widths.set(text, (known = c.measureText(text).width));
        }
        return known;
      };
      latest.current({ c, width, height, colours: s.colours, hatch: s.hatch, measure, fit: (text, room) => fit(text, room, measure) });
    });
  }, [canvas]);

  useEffect(() => {
    latest.current = draw;
    redraw();
  }, [draw, redraw]);

  useEffect(() => {
    const s = state.current;
    const recolour = (): void => {
      s.colours = undefined;
      redraw();
    };
    recolour();
    const resized = new ResizeObserver(redraw);
    if (canvas.current !== null) resized.observe(canvas.current);
    const media = ["(prefers-color-scheme: light)", "(forced-colors: active)"].map((query) => matchMedia(query));
    for (const m of media) m.addEventListener("change", recolour);
    return () => {
      resized.disconnect();
      for (const m of media) m.removeEventListener("change", recolour);
      cancelAnimationFrame(s.frame);
      s.frame = 0;
    };
  }, [canvas, theme, redraw]);
  return redraw;
}

const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans", sans-serif';

/** The longest beginning that fits, found by halving. */
function fit(text: string, room: number, measure: (text: string) => number): string {
  if (measure(text) <= room) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle)}…`) <= room) low = middle;
    else high = middle - 1;
  }
  return low === 0 ? "" : `${text.slice(0, low)}…`;
}

function hatchOf(c: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const t = tile.getContext("2d");
  if (t === null) return colour;
  t.strokeStyle = colour;
  t.lineWidth = 1.6;
  t.beginPath();
  for (const x of [-6, 0, 6]) {
    t.moveTo(x - 1, 7);
    t.lineTo(x + 7, -1);
  }
  t.stroke();
  return c.createPattern(tile, "repeat") ?? colour;
}

/** The colour of a service, the same wherever it appears. */
export function seriesOf(text: string): string {
  let hash = 2166136261;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619);
  return `series-${((hash >>> 0) % 8) + 1}`;
}
