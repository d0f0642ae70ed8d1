/**
 * The inspector's address: `#/<panel>?q=…&sort=…&sel=…`. Reads and writes it; everything on screen can be linked.
 *
 * Knows nothing of the browser's location: the application binds a route to it.
 *
 * @module
 */
import type { SortKey } from "./order.ts";

/** Where the user is. */
export interface Route {
  readonly panel: string;
  /** Filter text. */
  readonly q: string;
  readonly sort: readonly SortKey[];
  /** The selected entity's id, e.g. `:0000001c`. */
  readonly sel: string | undefined;
  /** Keys of the columns that are shown; `undefined`: the panel's own choice. */
  readonly cols: readonly string[] | undefined;
  /** View inside a panel, e.g. `graph`. */
  readonly view: string | undefined;
  /** Key of the column the rows are grouped by; absent: they are not. */
  readonly group?: string | undefined;
  /** Which groups are open, as `formatOpen` writes it; absent: none. */
  readonly open?: string | undefined;
  /** Tab of the detail drawer; absent: the first. */
  readonly tab?: string | undefined;
  /** Parameters this version does not read; they are kept. */
  readonly rest: Readonly<Record<string, string>>;
}

/** Where one begins. */
export const homeRoute: Route = {
  panel: "services",
  q: "",
  sort: [],
  sel: undefined,
  cols: undefined,
  view: undefined,
  group: undefined,
  open: undefined,
  tab: undefined,
  rest: {},
};

/** Reads a hash. Whatever it says, there is a route: what cannot be read is left out. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
  const [panel = "", entity, third] = path.split("/");
  const rest: Record<string, string> = {};
  let q = "";
  let sort: readonly SortKey[] = [];
  let view: string | undefined;
  let group: string | undefined;
  let open: string | undefined;
  let tab = third !== undefined && /^[a-z]+$/.test(third) ? third : undefined;
  let cols: readonly string[] | undefined;
  let sel = entity === undefined || entity === "" ? undefined : safeDecode(entity);
  for (const [name, value] of new URLSearchParams(search)) {
    if (name === "q") q = value;
    else if (name === "sort") sort = parseSort(value);
    else if (name === "sel") sel = value;
    else if (name === "cols") cols = value.split(",").filter((k) => /^[a-zA-Z]{1,32}$/.test(k));
    else if (name === "v") view = value;
    else if (name === "group") group = value === "" ? undefined : value;
    else if (name === "open") open = value === "" ? undefined : value;
    else if (name === "tab") tab = value;
    // Several hosts: written once with commas, or several times.
    else if (name === "c" && rest["c"] !== undefined) rest["c"] += `,${value}`;
    else if (name !== "k") rest[name] = value;
  }
  return {
    panel: /^[a-z]+$/.test(panel) ? panel : homeRoute.panel,
    q,
    sort,
    sel,
    cols: cols?.length === 0 ? undefined : cols,
    view,
    group,
    open,
    tab,
    rest,
  };
}

/** Writes a hash, beginning with `#/`. */
export function formatRoute(route: Route): string {
  const parameters = new URLSearchParams();
  if (route.q !== "") parameters.set("q", route.q);
  if (route.sort.length > 0) parameters.set("sort", route.sort.map((k) => (k.descending ? "-" : "") + k.column).join(","));
  if (route.cols !== undefined) parameters.set("cols", route.cols.join(","));
  if (route.group !== undefined) parameters.set("group", route.group);
  if (route.open !== undefined) parameters.set("open", route.open);
  if (route.view !== undefined) parameters.set("v", route.view);
  if (route.sel !== undefined) parameters.set("sel", route.sel);
  if (route.tab !== undefined) parameters.set("tab", route.tab);
  for (const [name, value] of Object.entries(route.rest)) parameters.set(name, value);
  // Colons, commas and slashes are safe behind `#`, and easier to read.
  const text = parameters.toString().replace(/%3A/g, ":").replace(/%2C/g, ",").replace(/%2F/g, "/").replace(/%40/g, "@");
  return `#/${route.panel}${text === "" ? "" : `?${text}`}`;
}

function parseSort(text: string): readonly SortKey[] {
  const keys: SortKey[] = [];
  for (const part of text.split(",")) {
    const column = part.replace(/^-/, "");
    // Which columns there are is the panel's business; one that it does not know sorts nothing.
    if (/^[a-zA-Z]{1,32}$/.test(column) && !keys.some((k) => k.column === column)) keys.push({ column, descending: part.startsWith("-") });
  }
  return keys;
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * The sort after a click on a column's header: first the useful direction, then the other, then none. With Shift the column joins the others.
 *
 * @param first - Whether descending comes first: figures are most interesting at their top.
 */
export function nextSort(sort: readonly SortKey[], column: string, first: "ascending" | "descending", add: boolean): readonly SortKey[] {
  const at = sort.findIndex((k) => k.column === column);
  const descendingFirst = first === "descending";
  const next: SortKey | undefined =
    at < 0
      ? { column, descending: descendingFirst }
      : sort[at]!.descending === descendingFirst
        ? { column, descending: !descendingFirst }
        : undefined;
  if (!add) return next === undefined ? [] : [next];
  if (at < 0) return [...sort, next!];
  return next === undefined ? sort.filter((_, i) => i !== at) : sort.map((k, i) => (i === at ? next : k));
}
