/**
 * The Traces panel over generated traces: what measurements of it look at (INS-UI-4).
 *
 * The traces come over a real endpoint from a source that plays back generated events; the page, its worker and its canvas are the real ones.
 */
import { startInspectServer } from "@skyloom/node-host";
import { createAgent } from "@skyloom/runtime/inspect";
import type { EventBatch, EventFeed, InspectSource } from "@skyloom/runtime/inspect";
import type { Browser, Page } from "playwright-core";
import { generateTrace } from "../../packages/devtools/src/traces/fixtures/generate.ts";
import type { Generated } from "../../packages/devtools/src/traces/fixtures/generate.ts";
import { FormulaSource } from "../../packages/runtime/test/inspect/formula-source.ts";
import { nodeClock } from "./inspector-host.ts";

/** Events of generated traces as the `trace` channel has them; all are there from the beginning. */
export class PlayedTraces implements EventFeed {
  readonly tail = 0;
  readonly head: number;
  readonly #traces: readonly Generated[];

  constructor(traces: readonly Generated[]) {
    this.#traces = traces;
    this.head = traces.reduce((n, t) => n + t.events.count, 0);
  }

  attach(): void {}
  detach(): void {}

  read(from: number, limit: number): EventBatch {
    let first = 0;
    for (const { events: e, names } of this.#traces) {
      if (from < first + e.count) {
        const a = from - first;
        const b = Math.min(e.count, a + limit);
        const count = b - a;
        const rows = Array.from({ length: count }, (_, i) => a + i);
        return {
          first: from,
          count,
          columns: {
            recording: new Float64Array(count).fill(1),
            t: e.t.subarray(a, b),
            kind: e.kind.subarray(a, b),
            src: e.src.subarray(a, b),
            dst: e.dst.subarray(a, b),
            session: e.session.subarray(a, b),
            task: e.task.subarray(a, b),
            size: e.size.subarray(a, b),
            trace: e.traceId.subarray(a, b),
            parent: e.parent.subarray(a, b),
            wait: e.wait.subarray(a, b),
            command: rows.map((i) => names[e.cmdId[i]!] ?? ""),
            tag: rows.map(() => ""),
            node: rows.map(() => "node0"),
            name: rows.map((i) => `service${e.dst[i]! & 0xff}`),
          },
        };
      }
      first += e.count;
    }
    return { first: from, count: 0, columns: {} };
  }
}

/** A host that plays back one trace for each number of spans. */
export async function startTraceHost(
  sizes: readonly number[],
  staticDir: string,
): Promise<{ readonly url: string; readonly events: number; close(): Promise<void> }> {
  let task = 1;
  const traces = sizes.map((spans, i) => {
    const made = generateTrace({ spans, seed: i + 1, traceId: i + 1, task, t: 1e6 * (i + 1) });
    task += spans + 1;
    return made;
  });
  const feed = new PlayedTraces(traces);
  const formula = new FormulaSource(10, () => performance.now());
  const source: InspectSource = {
    host: () => formula.host(),
    totals: () => formula.totals(),
    tables: formula.tables,
    events: { trace: feed },
    questions: { tracing: () => false },
  };
  const agent = createAgent(source, { clock: nodeClock, defer: (fn) => setImmediate(fn) });
  const server = await startInspectServer({ agent, port: 0, staticDir });
  return {
    url: server.url,
    events: feed.head,
    close: async () => {
      agent.close();
      await server.close();
    },
  };
}

/** Opens the list of traces and waits until all events are there. */
export async function openTraces(browser: Browser, host: { readonly url: string; readonly events: number }): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(host.url);
  await page.getByTestId("conn-chip").waitFor();
  await page.keyboard.press("g");
  await page.keyboard.press("t");
  const all = `${host.events.toLocaleString("en-US")} events`;
  await page
    .getByTestId("trace-events")
    .getByText(all, { exact: true })
    .or(page.getByText(all, { exact: true }))
    .first()
    .waitFor({ timeout: 60_000 });
  return page;
}

/** How long a trace took to open, and how its waterfall scrolls. */
export interface TraceFigures {
  readonly spans: number;
  /** From the click on its row to the frame after its bars were drawn, in milliseconds. */
  readonly openMs: number;
  /** Frame times while it scrolls five rows a frame, in milliseconds. */
  readonly median: number;
  readonly p95: number;
  readonly p99: number;
  readonly frames: number;
  /** Frames with no row in the middle of the view. */
  readonly blank: number;
}

/** Opens the trace of so many spans from the list, with nothing folded or joined in it but what always is, and scrolls it (INS-UI-4). */
export async function measureTrace(page: Page, spans: number, scrollMs = 4000): Promise<TraceFigures> {
  const openMs = await page.evaluate(async (wanted) => {
    const cells = [...document.querySelectorAll<HTMLElement>("[data-testid$='-spans']")];
    const cell = cells.find((c) => c.textContent === wanted.toLocaleString("en-US"));
    if (cell === undefined) throw new Error(`no trace of ${wanted} spans in the list: ${cells.map((c) => c.textContent).join(" ")}`);
    const begin = performance.now();
    cell.click();
    const drawn = (): boolean => {
      const canvas = document.querySelector<HTMLCanvasElement>("[data-testid=plot-waterfall]");
      const context = canvas?.getContext("2d");
      if (canvas === null || canvas === undefined || !context || canvas.width === 0) return false;
      // Something is drawn in the first rows.
      const { data } = context.getImageData(0, 0, canvas.width, 60);
      for (let i = 3; i < data.length; i += 4) if (data[i] !== 0) return document.querySelector("[data-testid=wf-row]") !== null;
      return false;
    };
    while (!drawn()) await new Promise((r) => requestAnimationFrame(r));
    return performance.now() - begin;
  }, spans);
  const scroll = await page.evaluate(async (ms) => {
    const at = document.querySelector<HTMLElement>(".sk-wf-scroll")!;
    const frames: number[] = [];
    let blank = 0;
    let last = await new Promise<number>((r) => requestAnimationFrame(r));
    const end = last + ms;
    let step = 5 * 28;
    while (last < end) {
      const before = at.scrollTop;
      at.scrollTop += step;
      if (at.scrollTop === before) step = -step;
      const now = await new Promise<number>((r) => requestAnimationFrame(r));
      frames.push(now - last);
      last = now;
      const box = at.getBoundingClientRect();
      if (document.elementFromPoint(box.left + 60, box.top + box.height / 2)?.closest("[data-testid=wf-row]") == null) blank++;
    }
    frames.sort((a, b) => a - b);
    const part = (p: number): number => frames[Math.min(frames.length - 1, Math.floor(frames.length * p))]!;
    return { median: part(0.5), p95: part(0.95), p99: part(0.99), frames: frames.length, blank };
  }, scrollMs);
  return { spans, openMs, ...scroll };
}
