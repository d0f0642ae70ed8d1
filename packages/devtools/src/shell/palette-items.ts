/**
 * The entries of the command palette: what there is to go to and to do, and why something cannot be done.
 *
 * Knows nothing of how they look.
 *
 * @module
 */
import { notBuilt, panels } from "../panels/registry.ts";
import { alertRoute } from "../stores/alert-route.ts";
import { formatAddress } from "../stores/channels.ts";
import { best, findAddresses, findRows, nodesOf, readPaletteQuery } from "../stores/palette.ts";
import { pickNodes } from "../stores/node-pick.ts";
import { homeRoute } from "../stores/route.ts";
import type { Route } from "../stores/route.ts";
import { navigate, setReadOnlyHosts } from "../stores/view.ts";
import { copyAndSay, linkTo } from "../widgets/copy.ts";
import { hostNames } from "../widgets/hooks.ts";
import type { InspectorParts } from "../widgets/hooks.ts";
import type { Act } from "../widgets/use-action.ts";
import { densities, themes } from "./Settings.tsx";

/** Entries of one kind that are shown at most. */
const LIMIT = 50;
/** … and of each kind while everything is searched, of those that are many. */
const SHORT = 20;
/** Services a command is offered for. */
const TARGETS = 8;

/** One entry. */
export interface PaletteItem {
  readonly key: string;
  readonly title: string;
  /** More about it, beside the title. */
  readonly detail?: string;
  /** Why it cannot be chosen. */
  readonly disabled?: string;
  readonly run: () => void;
}

/** Entries of a kind. */
export interface PaletteGroup {
  readonly title: string;
  readonly items: readonly PaletteItem[];
}

/** Commands that are aimed at a service and need no more words. */
const aimed: readonly (readonly [verb: string, title: string, words: readonly string[]])[] = [
  ["ping", "Ping", []],
  ["trace", "Trace", ["on"]],
  ["trace", "End tracing", ["off"]],
  ["info", "Info of", []],
  ["exit", "Ask to exit", []],
  ["kill", "Kill", []],
];

/** What fits what was typed, by kind. */
export function paletteGroups(parts: InspectorParts, act: Act, typed: string): readonly PaletteGroup[] {
  const { scope, wanted } = readPaletteQuery(typed);
  const finder = new Finder(parts, act, wanted);
  switch (scope) {
    case "actions":
      return [finder.actions(LIMIT)];
    case "addresses":
      return [finder.addresses()];
    case "nodes":
      return [finder.nodes()];
    case "traces":
      return [finder.traces(LIMIT)];
    case "all":
      return [
        finder.panels(),
        finder.alerts(),
        finder.services(wanted === "" ? 5 : LIMIT),
        finder.actions(wanted === "" ? 8 : SHORT),
        ...(wanted === "" ? [] : [finder.nodes(), finder.sockets(), finder.traces(SHORT)]),
      ];
  }
}

class Finder {
  readonly #parts: InspectorParts;
  readonly #act: Act;
  readonly #wanted: string;

  constructor(parts: InspectorParts, act: Act, wanted: string) {
    this.#parts = parts;
    this.#act = act;
    this.#wanted = wanted;
  }

  /** Goes to a place; the connection stays. */
  #to(part: Partial<Route>): () => void {
    const { view } = this.#parts;
    return () => {
      if (part.sel !== undefined) view.setState({ drawer: true });
      navigate(view, { ...homeRoute, rest: view.getState().route.rest, ...part }, "push");
    };
  }

  panels(): PaletteGroup {
    const items = panels.map((p): PaletteItem => ({
      key: `panel ${p.name}`,
      title: p.title,
      detail: `g ${p.key}`,
      ...(p.component === undefined ? { disabled: notBuilt(p.title) } : {}),
      run: this.#to({ panel: p.name }),
    }));
    return { title: "Panels", items: best(items, this.#wanted, (i) => i.title, LIMIT) };
  }

  alerts(): PaletteGroup {
    const items = this.#parts.client.alerts.standing.map(({ frame }): PaletteItem => ({
      key: `alert ${frame.id}`,
      title: frame.title,
      detail: frame.kind,
      run: this.#to(alertRoute(frame)),
    }));
    return { title: "Alerts", items: best(items, this.#wanted, (i) => `${i.title} ${i.detail}`, SHORT) };
  }

  services(limit: number): PaletteGroup {
    return { title: "Services", items: findRows(this.#services, this.#wanted, limit).map((row) => this.#service(row)) };
  }

  addresses(): PaletteGroup {
    return { title: "Services", items: findAddresses(this.#services, this.#wanted, LIMIT).map((row) => this.#service(row)) };
  }

  get #services(): ReturnType<InspectorParts["client"]["table"]> {
    return this.#parts.client.table("services");
  }

  #service(row: number): PaletteItem {
    const table = this.#services;
    const id = table.id(row);
    return { key: `service ${id}`, title: table.text("name", row), detail: id, run: this.#to({ panel: "services", sel: id }) };
  }

  nodes(): PaletteGroup {
    const { client, view } = this.#parts;
    const { hosts } = client;
    const of = new Map(hosts?.nodes.map((n) => [n.label, n.host]));
    const labels = hosts === undefined ? nodesOf(this.#services) : [...of.keys()];
    const names = best(labels, this.#wanted, (n) => n, LIMIT);
    return {
      title: "Nodes",
      items: [
        ...names.map((name) => ({
          key: `node ${name}`,
          title: name,
          detail:
            hosts === undefined || labels.length < 2
              ? "its services"
              : `only this node${hosts.list.length > 1 ? ` of ${of.get(name)!.client.title}` : ""}`,
          // Where nothing can be picked a filter does.
          run:
            hosts === undefined || labels.length < 2
              ? this.#to({ panel: "services", q: /^[\w.-]+$/.test(name) ? `node=${name}` : `node="${name}"` })
              : () => pickNodes(view, [name]),
        })),
        ...(hosts === undefined || hosts.picked.length === 0
          ? []
          : [{ key: "node all", title: "All nodes", detail: "show everything again", run: () => pickNodes(view, []) }]),
      ],
    };
  }

  /** Sockets that are known because their panel was open. */
  sockets(): PaletteGroup {
    const table = this.#parts.client.table("sockets");
    const rows: number[] = [];
    for (let row = 0; row < table.high; row++) if (table.status[row] === 1) rows.push(row);
    const text = (row: number): string => `${table.text("local", row)} ${table.text("peer", row)} ${table.text("ownerName", row)}`;
    return {
      title: "Sockets",
      items: best(rows, this.#wanted, text, SHORT).map((row) => ({
        key: `socket ${table.id(row)}`,
        title: `${table.text("type", row)} ${table.text("local", row)} ${table.text("peer", row)}`.trim(),
        detail: table.text("ownerName", row),
        run: this.#to({ panel: "sockets", sel: table.id(row) }),
      })),
    };
  }

  traces(limit: number): PaletteGroup {
    const rows = this.#parts.client.traces.rows().toReversed();
    return {
      title: "Traces",
      items: best(rows, this.#wanted, (r) => `${r.tag} ${r.command}`, limit).map((r) => ({
        key: `trace ${r.id}`,
        title: r.tag,
        detail: `${r.command} · ${r.spans} spans`,
        run: this.#to({ panel: "traces", sel: r.tag }),
      })),
    };
  }

  actions(limit: number): PaletteGroup {
    const general = best(this.#general(), this.#wanted, (i) => i.title, limit);
    return { title: "Actions", items: [...this.#aimed(), ...general].slice(0, limit) };
  }

  /** A verb and a service, as in `kill u1004`; without one, the service whose details are open. */
  #aimed(): PaletteItem[] {
    const table = this.#services;
    const [verb = "", ...rest] = this.#wanted.split(/\s+/);
    const { sel, panel } = this.#parts.view.getState().route;
    const selected = panel === "services" && sel !== undefined ? table.find(sel) : -1;
    const rows =
      rest.length > 0 ? findRows(table, rest.join(" "), TARGETS) : selected >= 0 && table.status[selected] === 1 ? [selected] : [];
    const items: PaletteItem[] = [];
    for (const [command, title, words] of aimed) {
      if (!(command.startsWith(verb) || title.toLowerCase().includes(verb))) continue;
      for (const row of rows) {
        const address = formatAddress(table.number("addr", row));
        const node = table.text("node", row);
        items.push({
          ...this.#command(`${title} ${table.text("name", row)} (${table.id(row)})`, command, [address, ...words], node),
          key: `${title} ${table.id(row)}`,
        });
      }
    }
    return items;
  }

  #command(title: string, name: string, words: readonly string[], node?: string): PaletteItem {
    const permission = this.#parts.commands.permission(name, node);
    return {
      key: title,
      title,
      detail: name,
      ...(permission.may ? {} : { disabled: permission.why }),
      run: () => void this.#act(name, words, node),
    };
  }

  #general(): PaletteItem[] {
    const { client, view, commands } = this.#parts;
    const { pause } = client;
    const state = view.getState();
    const host = client.connection.getState().host?.name;
    const plain = (title: string, run: () => void, detail?: string): PaletteItem => ({
      key: title,
      title,
      run,
      ...(detail === undefined ? {} : { detail }),
    });
    const nodes = nodesOf(this.#services);
    return [
      plain("Copy link", () => copyAndSay(view, linkTo(view.getState().route), "The link to this view was"), "y"),
      plain(pause.paused ? "Go on: jump to now" : "Pause the view", () => pause.set(!pause.paused), "Space"),
      ...(nodes.length > 1
        ? nodes.map((node) => this.#command(`GC all services of ${node}`, "gc", [], node))
        : [this.#command("GC all services", "gc", [])]),
      plain("Shortcuts", () => view.setState({ overlay: "help" }), "?"),
      ...themes.map(([theme, name]) => ({
        ...plain(`Theme: ${name}`, () => view.setState({ theme })),
        ...(state.theme === theme ? { detail: "now" } : {}),
      })),
      ...densities.map(([density, name]) => ({
        ...plain(`Rows: ${name}`, () => view.setState({ density })),
        ...(state.density === density ? { detail: "now" } : {}),
      })),
      plain(`Single keys: switch ${state.singleKeys ? "off" : "on"}`, () => view.setState({ singleKeys: !state.singleKeys })),
      ...(host === undefined
        ? []
        : [
            plain(`Read-only: switch ${commands.readOnly ? "off" : "on"} for ${host}`, () =>
              setReadOnlyHosts(view, hostNames(client), !commands.readOnly),
            ),
          ]),
      plain("Save snapshot …", () => view.setState({ overlay: "save" })),
      plain("Reconnect", () => client.retry()),
      ...(this.#parts.connections?.choices ?? []).map((choice) =>
        plain(`Connect to ${choice.title}`, () => this.#parts.connections?.choose(choice.c), choice.detail),
      ),
      ...(this.#parts.connections?.choices ?? [])
        .filter((choice) => choice.addable === true)
        .map((choice) => plain(`Add the host ${choice.title}`, () => this.#parts.connections?.add?.(choice.c), choice.detail)),
    ];
  }
}
