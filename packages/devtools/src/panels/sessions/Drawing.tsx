/**
 * The drawing of the waits-for graph: boxes of services with their tasks, arrows between tasks; moved with the mouse or `w a s d`, enlarged
 * with the wheel or `+ -`, whole again with `0`; arrows move from task to task.
 *
 * @module
 */
import { useEffect, useId, useMemo, useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent, ReactElement } from "react";
import { navigate } from "../../stores/view.ts";
import { count, taskNumber } from "../../widgets/format.ts";
import { useInspector, useVersion, useView } from "../../widgets/hooks.ts";
import { linkText } from "./Chain.tsx";
import { nameOr, span } from "./columns.tsx";
import { arrowOf, BOX_WIDTH, boxSize, extentOf, fit, rowPlace, ROW_HEIGHT, shapeOf, zoom } from "./geometry.ts";
import type { Arrow, Camera } from "./geometry.ts";
import type { Point } from "./layout-request.ts";
import type { Shown, ShownBox, ShownLink, ShownTask } from "./shown.ts";
import { useLayout } from "./use-layout.ts";
import type { Waits, WaitNode } from "./waits.ts";

const STEP = 60;
/** Below this enlargement texts are too small to read, and are left out. */
const LEAST_TEXT = 0.35;
/** A press that moves less than this is a click. */
const CLICK_PX = 4;

/** What the pointer or the keyboard is on. */
type Active = { readonly task: string } | { readonly link: string } | undefined;

/** See the file's comment. */
export function Drawing({ shown: newest, waits }: { readonly shown: Shown; readonly waits: Waits }): ReactElement {
  const { client, view } = useInspector();
  const table = client.table("waits");
  useVersion(table);
  const sel = useView((v) => v.route.sel);
  const { made, error } = useLayout(newest);
  // The newest figures where they fit into the layout; until its successor is there, what it was made for.
  const shown = made === undefined || shapeOf(newest) === made.shape ? newest : made.shown;
  const layout = made?.layout;
  const frame = useRef<HTMLDivElement>(null);
  const [camera, setCamera] = useState<Camera>({ x: 0, y: 0, k: 1 });
  const moved = useRef(false);
  const [active, setActive] = useState<Active>();
  const press = useRef<{ readonly x: number; readonly y: number; readonly camera: Camera; far: boolean }>(undefined);
  const ids = useId();

  const fitAll = (): void => {
    const box = frame.current?.getBoundingClientRect();
    const extent = layout === undefined ? undefined : extentOf(shown, layout);
    if (box === undefined || extent === undefined) return;
    setCamera(fit(extent, box.width, box.height));
  };
  const latestFit = useRef(fitAll);
  useEffect(() => {
    latestFit.current = fitAll;
  });
  useEffect(() => {
    if (!moved.current) latestFit.current();
  }, [made]);
  useEffect(() => {
    const at = frame.current!;
    const observer = new ResizeObserver(() => {
      if (!moved.current) latestFit.current();
    });
    observer.observe(at);
    const wheel = (e: WheelEvent): void => {
      e.preventDefault();
      const box = at.getBoundingClientRect();
      moved.current = true;
      setCamera((c) => zoom(c, Math.exp(-e.deltaY * (e.deltaMode === 0 ? 0.0015 : 0.05)), e.clientX - box.left, e.clientY - box.top));
    };
    // React's own listener could not keep the page from scrolling.
    at.addEventListener("wheel", wheel, { passive: false });
    return () => {
      observer.disconnect();
      at.removeEventListener("wheel", wheel);
    };
  }, []);

  const boxes = useMemo(() => new Map(shown.boxes.map((b) => [b.id, b])), [shown]);
  const arrows = useMemo(() => {
    const all: { readonly link: ShownLink; readonly arrow: Arrow }[] = [];
    if (layout === undefined) return all;
    const labels = new Map<string, number>();
    for (const link of shown.links) {
      const arrow = arrowOf(link, boxes, layout);
      if (arrow === undefined) continue;
      // Several arrows between the same two boxes: their labels stand below each other.
      const at = `${arrow.label.x.toFixed(0)} ${arrow.label.y.toFixed(0)}`;
      const before = labels.get(at) ?? 0;
      labels.set(at, before + 1);
      all.push({ link, arrow: before === 0 ? arrow : { ...arrow, label: { x: arrow.label.x, y: arrow.label.y + before * 14 } } });
    }
    return all;
  }, [shown, boxes, layout]);
  /** Middle of each task's line. */
  const places = useMemo(() => {
    const all = new Map<string, Point>();
    for (const box of shown.boxes) {
      const place = layout?.places[box.id];
      if (place === undefined) continue;
      box.tasks.forEach((task, row) => {
        const at = rowPlace(box, row);
        all.set(task.key, { x: place.x + at.x + BOX_WIDTH / 2, y: place.y + at.y + ROW_HEIGHT / 2 });
      });
    }
    return all;
  }, [shown, layout]);

  const select = (id: string): void => {
    view.setState({ drawer: true });
    navigate(view, { sel: id }, "push");
  };
  const pick = (of: Active): void => {
    if (of === undefined) return;
    if ("task" in of) {
      // A service without a task has no details of its own: the call that waits for it has.
      if (of.task.startsWith("t")) return select(of.task);
      const call = waits.into.get(of.task)?.[0]?.call;
      if (call !== undefined) select(call.id);
      return;
    }
    const link = shown.links.find((l) => l.key === of.link);
    if (link === undefined) return;
    if (shown.grouped) navigate(view, { q: `from:${JSON.stringify(link.fromBox)} to:${JSON.stringify(link.toBox)}` }, "push");
    else select(link.link.call?.id ?? link.link.from);
  };

  const pan = (dx: number, dy: number): void => {
    moved.current = true;
    setCamera((c) => ({ ...c, x: c.x + dx, y: c.y + dy }));
  };
  const zoomMiddle = (factor: number): void => {
    const box = frame.current!.getBoundingClientRect();
    moved.current = true;
    setCamera((c) => zoom(c, factor, box.width / 2, box.height / 2));
  };
  const reset = (): void => {
    moved.current = false;
    fitAll();
  };
  const go = (dx: number, dy: number): void => {
    const now = active !== undefined && "task" in active ? places.get(active.task) : undefined;
    const key = now === undefined ? places.keys().next().value : nearest(places, now, dx, dy);
    if (key === undefined) return;
    setActive({ task: key });
    const at = places.get(key)!;
    const box = frame.current!.getBoundingClientRect();
    setCamera((c) => {
      const [x, y] = [at.x * c.k + c.x, at.y * c.k + c.y];
      const inside = x > 60 && x < box.width - 60 && y > 30 && y < box.height - 30;
      return inside ? c : { ...c, x: c.x + box.width / 2 - x, y: c.y + box.height / 2 - y };
    });
  };
  const onKeyDown = (e: KeyboardEvent): void => {
    if (e.target !== e.currentTarget || e.ctrlKey || e.metaKey || e.altKey) return;
    const keys: Readonly<Record<string, () => void>> = {
      w: () => pan(0, STEP),
      s: () => pan(0, -STEP),
      a: () => pan(STEP, 0),
      d: () => pan(-STEP, 0),
      "+": () => zoomMiddle(1.25),
      "=": () => zoomMiddle(1.25),
      "-": () => zoomMiddle(0.8),
      "0": reset,
      ArrowLeft: () => go(-1, 0),
      ArrowRight: () => go(1, 0),
      ArrowUp: () => go(0, -1),
      ArrowDown: () => go(0, 1),
      Enter: () => pick(active),
    };
    const act = Object.hasOwn(keys, e.key) ? keys[e.key] : undefined;
    if (act === undefined) return;
    e.preventDefault();
    act();
  };

  const onPointerDown = (e: PointerEvent): void => {
    if (e.button !== 0) return;
    press.current = { x: e.clientX, y: e.clientY, camera, far: false };
  };
  const onPointerMove = (e: PointerEvent): void => {
    const from = press.current;
    if (from === undefined) return;
    const [dx, dy] = [e.clientX - from.x, e.clientY - from.y];
    if (!from.far && Math.hypot(dx, dy) < CLICK_PX) return;
    if (!from.far) {
      from.far = true;
      moved.current = true;
      e.currentTarget.setPointerCapture(e.pointerId);
    }
    setCamera({ ...from.camera, x: from.camera.x + dx, y: from.camera.y + dy });
  };
  const onPointerUp = (): void => {
    const from = press.current;
    press.current = undefined;
    if (from !== undefined && !from.far) pick(active);
  };

  const dead = shown.links.filter((l) => l.dead).length;
  const summary = `${count(shown.tasks)} ${shown.tasks === 1 ? "task" : "tasks"} of ${count(shown.boxes.length)} ${shown.grouped ? "types of services" : shown.boxes.length === 1 ? "service" : "services"} and ${count(shown.links.length)} waits between them${dead === 0 ? "" : `, ${count(dead)} of them in a deadlock`}. Key T shows them as a list.`;
  const readable = camera.k >= LEAST_TEXT;
  return (
    <div
      ref={frame}
      className="sk-graph"
      role="group"
      aria-label="Waits-for graph: arrow keys move from task to task, Enter opens one, w a s d move the drawing, plus and minus enlarge it, 0 shows all of it"
      tabIndex={0}
      data-testid="graph"
      data-laid-out={made === undefined ? undefined : made.where}
      data-layout-ms={made?.ms.toFixed(1)}
      onKeyDown={onKeyDown}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerLeave={() => (press.current?.far === true ? undefined : setActive(undefined))}
    >
      {error === undefined ? null : (
        <p className="sk-note sk-tone-warn">The graph could not be laid out: {error}. The list (T) has all of it.</p>
      )}
      <svg className={readable ? "sk-graph-svg" : "sk-graph-svg is-far"} role="img" aria-label={summary}>
        <defs>
          {["plain", "dead", "active"].map((tone) => (
            <marker
              key={tone}
              id={`${ids}-${tone}`}
              viewBox="0 0 10 10"
              refX="9"
              refY="5"
              markerWidth="8"
              markerHeight="8"
              markerUnits="userSpaceOnUse"
              orient="auto-start-reverse"
            >
              <path d="M0 0.8 10 5 0 9.200Z" className={`sk-arrow-head is-${tone}`} />
            </marker>
          ))}
        </defs>
        <g transform={`translate(${camera.x} ${camera.y}) scale(${camera.k})`}>
          {shown.boxes.map((box) => {
            const place = layout?.places[box.id];
            return place === undefined ? null : (
              <Box key={box.id} box={box} place={place} waits={waits} t={table.t} sel={sel} active={active} k={camera.k} on={setActive} />
            );
          })}
          {arrows.map(({ link, arrow }) => (
            <LinkLine key={link.key} link={link} arrow={arrow} ids={ids} active={active} sel={sel} onEnter={setActive} />
          ))}
          {/* Above all lines, so that none runs through them. */}
          {readable ? arrows.map(({ link, arrow }) => <LinkLabel key={link.key} link={link} arrow={arrow} />) : null}
        </g>
      </svg>
      <p className="sk-graph-detail" role="status">
        <Detail active={active} shown={shown} waits={waits} t={table.t} />
      </p>
      <Legend />
      <div className="sk-graph-tools" role="group" aria-label="View of the drawing" onPointerDown={(e) => e.stopPropagation()}>
        <button type="button" className="sk-icon-button" aria-label="Enlarge" title="Enlarge (+)" onClick={() => zoomMiddle(1.25)}>
          +
        </button>
        <button type="button" className="sk-icon-button" aria-label="Make smaller" title="Make smaller (-)" onClick={() => zoomMiddle(0.8)}>
          −
        </button>
        <button type="button" className="sk-icon-button" aria-label="Show all of it" title="Show all of it (0)" onClick={reset}>
          ⤢
        </button>
      </div>
    </div>
  );
}

/** The task that lies next in a direction: what is straight ahead is nearer than what is aside. */
function nearest(places: ReadonlyMap<string, Point>, now: Point, dx: number, dy: number): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const [key, at] of places) {
    const [x, y] = [at.x - now.x, at.y - now.y];
    const ahead = x * dx + y * dy;
    if (ahead <= 1) continue;
    const aside = Math.abs(x * dy) + Math.abs(y * dx);
    const far = ahead + aside * 2;
    if (far < least) [least, best] = [far, key];
  }
  return best;
}

/** As much of a text as fits; widths are those of the figures that are wider than most letters. */
const clip = (text: string, chars: number): string => (text.length <= chars ? text : `${text.slice(0, chars - 1)}…`);

function Box(props: {
  readonly box: ShownBox;
  readonly place: Point;
  readonly waits: Waits;
  readonly t: number;
  readonly sel: string | undefined;
  readonly active: Active;
  /** Enlargement. */
  readonly k: number;
  readonly on: (active: Active) => void;
}): ReactElement {
  const { box, place, waits, t, sel, active, k, on } = props;
  const readable = k >= LEAST_TEXT;
  const { width, height } = boxSize(box);
  return (
    <g transform={`translate(${place.x.toFixed(1)} ${place.y.toFixed(1)})`} className={box.dead ? "sk-node is-dead" : "sk-node"}>
      <rect className="sk-node-box" width={width} height={height} rx="6" />
      {readable ? (
        <>
          <text className="sk-node-title" x="10" y="20">
            {clip(box.title, box.tasks.length === 0 ? 30 : Math.max(8, 29 - Math.min(14, box.subtitle.length)))}
          </text>
          <text
            className="sk-node-sub"
            x={box.tasks.length === 0 ? 10 : width - 10}
            y={box.tasks.length === 0 ? 38 : 20}
            textAnchor={box.tasks.length === 0 ? "start" : "end"}
          >
            {box.tasks.length === 0 ? box.subtitle : clip(box.subtitle, 14)}
          </text>
        </>
      ) : (
        // From afar the name alone, as large as ever on the screen.
        <text className="sk-node-far" x={4 / k} y={13 / k} style={{ fontSize: `${11 / k}px` }}>
          {clip(box.title, Math.max(2, Math.floor((width * k - 6) / 6)))}
        </text>
      )}
      {box.tasks.map((task, row) => {
        const at = rowPlace(box, row);
        const isActive = active !== undefined && "task" in active && active.task === task.key;
        return (
          <g
            key={task.key}
            transform={`translate(${at.x} ${at.y})`}
            className={`sk-task${isActive ? " is-active" : ""}${sel === task.key ? " is-selected" : ""}`}
            data-testid={`node-${task.key}`}
            onPointerEnter={() => on({ task: task.key })}
          >
            <rect className="sk-task-box" x="1" width={BOX_WIDTH - 2} height={ROW_HEIGHT - 1} />
            <path className="sk-task-rule" d={`M0 0H${BOX_WIDTH}`} />
            {readable ? <TaskText task={task} waits={waits} t={t} /> : null}
          </g>
        );
      })}
    </g>
  );
}

function TaskText({
  task: { node, key },
  waits,
  t,
}: {
  readonly task: ShownTask;
  readonly waits: Waits;
  readonly t: number;
}): ReactElement {
  const out = waits.out.get(key) ?? [];
  const since = out.reduce((least, l) => Math.min(least, l.sinceUs), Infinity);
  return (
    <>
      <text className="sk-task-title" x="10" y="17">
        {node.deadlock === "" ? "" : "◆ "}
        {titleOf(node)}
      </text>
      {since === Infinity ? null : (
        <text className="sk-task-age" x={BOX_WIDTH - 10} y="17" textAnchor="end">
          {span(Math.max(0, t - since))}
        </text>
      )}
      <text className="sk-task-sub" x="10" y="32">
        {clip(underline(node, waits), 34)}
      </text>
    </>
  );
}

/** A task by its number and what it serves; threads of a C Skynet are long enough without the word. */
function titleOf({ task, serves, ended }: WaitNode): string {
  if (ended) return "task has ended";
  if (task === 0) return "no task";
  const name = taskNumber(task);
  const what = serves === undefined ? "" : ` · ${serves.what}`;
  return name.startsWith("0x") ? clip(`${name}${what}`, 23) : clip(`task ${name}${what}`, 26);
}

/** What a task holds or waits for, or why a call has no task. */
function underline(node: WaitNode, waits: Waits): string {
  if (node.task === 0 && !node.ended) return waits.into.get(node.key)?.[0]?.state ?? "";
  if (node.holds.length > 0) return `holds ${node.holds.map(shortLock).join(", ")}`;
  const [link] = waits.out.get(node.key) ?? [];
  return link === undefined ? "waits for an event" : `waits for ${link.kind === "lock" ? shortLock(link.resource) : linkText(link)}`;
}

/** A lock without the address of its service, which the box says already. */
const shortLock = (resource: string): string => resource.replace(/ of :[0-9a-f]{8}$/, "");

function labelOf({ kind, link, count: n }: ShownLink): string {
  if (n > 1) return `${count(n)} × ${kind}`;
  if (kind === "lock") return shortLock(link.resource);
  if (link.call !== undefined) return clip(link.call.what, 24);
  return kind === "select" ? "any of" : kind === "init" ? "start" : kind;
}

/** Looks of an arrow, whether it is drawn or written on. */
function toneOf(
  link: ShownLink,
  active: Active,
  sel: string | undefined,
): { readonly tone: "plain" | "dead" | "active"; readonly on: boolean } {
  const isActive =
    active !== undefined && ("link" in active ? active.link === link.key : active.task === link.link.from || active.task === link.link.to);
  const on = isActive || (sel !== undefined && link.link.call?.id === sel);
  return { tone: link.dead ? "dead" : on ? "active" : "plain", on };
}

function LinkLine(props: {
  readonly link: ShownLink;
  readonly arrow: Arrow;
  readonly ids: string;
  readonly active: Active;
  readonly sel: string | undefined;
  readonly onEnter: (active: Active) => void;
}): ReactElement {
  const { link, arrow, ids, active, sel, onEnter } = props;
  const { tone, on } = toneOf(link, active, sel);
  return (
    <g
      className={`sk-link-group is-${tone}${on ? " is-active" : ""}`}
      data-testid={`edge-${link.kind}`}
      data-dead={link.dead ? "" : undefined}
      onPointerEnter={() => onEnter({ link: link.key })}
    >
      <path className={`sk-link-line is-${link.kind}`} d={arrow.path} markerEnd={`url(#${ids}-${tone})`} />
      <path className="sk-link-hit" d={arrow.path} />
    </g>
  );
}

/** Nearly the width of a character of a label. */
const LABEL_CHAR = 6;

function LinkLabel({ link, arrow }: { readonly link: ShownLink; readonly arrow: Arrow }): ReactElement {
  const text = `${link.dead ? "◆ " : ""}${labelOf(link)}`;
  const width = text.length * LABEL_CHAR + 6;
  const { x, y } = arrow.label;
  return (
    <g className={link.dead ? "is-dead" : undefined}>
      <rect className="sk-link-plate" x={x - width / 2} y={y - 8} width={width} height={16} rx="3" />
      <text className="sk-link-label" x={x} y={y + 4} textAnchor="middle">
        {text}
      </text>
    </g>
  );
}

/** What the pointer or the keyboard is on, in one line. */
function Detail(props: { readonly active: Active; readonly shown: Shown; readonly waits: Waits; readonly t: number }): ReactElement | null {
  const { active, shown, waits, t } = props;
  if (active === undefined) return null;
  if ("link" in active) {
    const link = shown.links.find((l) => l.key === active.link);
    if (link === undefined) return null;
    if (shown.grouped)
      return (
        <>
          {link.fromBox} → {link.toBox}: {count(link.count)} {link.kind}
        </>
      );
    const [from, to] = [waits.nodes.get(link.link.from), waits.nodes.get(link.link.to)];
    if (from === undefined || to === undefined) return null;
    return (
      <>
        {whoText(from)} waits {span(Math.max(0, t - link.link.sinceUs))} for {linkText(link.link)} of {whoText(to)}
        {link.dead ? ", part of a deadlock" : ""}
      </>
    );
  }
  const node = waits.nodes.get(active.task);
  if (node === undefined) return null;
  const ways = waits.out.get(active.task) ?? [];
  return (
    <>
      {whoText(node)}
      {node.serves === undefined ? "" : `, ${node.serves.what} for ${nameOr(node.serves.fromName, node.serves.from)}`}
      {node.holds.length === 0 ? "" : `, holds ${node.holds.join(", ")}`}
      {ways.length === 0 ? "" : `, waits ${span(Math.max(0, t - ways[0]!.sinceUs))} for ${linkText(ways[0]!)}`}
      {node.deadlock === "" ? "" : ", part of a deadlock"}
    </>
  );
}

const whoText = (node: WaitNode): string =>
  `${node.ended ? "a task that has ended of " : node.task === 0 ? "" : `task ${taskNumber(node.task)} of `}${nameOr(node.name, node.addr)}`;

const kinds = [
  { kind: "call", word: "call" },
  { kind: "lock", word: "queue" },
  { kind: "init", word: "start" },
  { kind: "select", word: "any of" },
] as const;

/** What the lines mean. */
function Legend(): ReactElement {
  return (
    <ul className="sk-legend" aria-label="Lines of the graph">
      {kinds.map(({ kind, word }) => (
        <li key={kind}>
          <svg viewBox="0 0 24 8" aria-hidden="true">
            <path d="M1 4h22" className={`sk-link-line is-${kind}`} />
          </svg>
          {word}
        </li>
      ))}
      <li className="sk-tone-dead">
        <span aria-hidden="true">◆</span> deadlock
      </li>
    </ul>
  );
}
