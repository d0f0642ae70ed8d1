/**
 * The Console panel: the commands of Skynet's debug console, with completion, history, and results as tables.
 *
 * @module
 */
import { useEffect, useRef, useState } from "react";
import type { KeyboardEvent, ReactElement } from "react";
import { splitLine } from "../../stores/command-store.ts";
import type { CommandEntry } from "../../stores/command-store.ts";
import { copyText } from "../../widgets/clipboard.ts";
import { useConfirm } from "../../widgets/Confirm.tsx";
import { milliseconds } from "../../widgets/format.ts";
import { useConnection, useHosts, useInspector, useVersion } from "../../widgets/hooks.ts";
import { usePanelKeys } from "../../widgets/keys.ts";
import { ConnectionBanner, DisconnectedPage, ErrorPage, ForbiddenPage, Loading, StatePage } from "../../widgets/PanelStates.tsx";
import { AnswerView } from "./AnswerView.tsx";

/** See the file's comment. */
export function ConsolePanel(): ReactElement {
  return (
    <section className="sk-panel sk-console" aria-label="Console" data-testid="panel-console">
      <States />
    </section>
  );
}

/** The console has no channel: whether it can be used follows from what the host has said of itself. */
function States(): ReactElement {
  const { client } = useInspector();
  const commands = useConnection((c) => c.commands);
  const host = useConnection((c) => c.host);
  const phase = useConnection((c) => c.phase);
  const trouble = useConnection((c) => c.trouble);
  const granted = useConnection((c) => c.scopes.length > 0);
  if (host === undefined) {
    if (phase === "closed" && trouble !== undefined) return <ErrorPage trouble={trouble} onRetry={() => client.retry()} />;
    if (phase === "reconnecting" || phase === "closed" || (phase === "connecting" && trouble !== undefined)) return <DisconnectedPage />;
    return <Loading columns={2} />;
  }
  if (commands.length === 0)
    return (
      <>
        <ConnectionBanner />
        <StatePage id="unavailable" title="Not available">
          <p>This host takes no commands.</p>
        </StatePage>
      </>
    );
  if (!granted)
    return <ForbiddenPage trouble={{ code: "FORBIDDEN", msg: "the console needs the scope read, which this connection does not have" }} />;
  return (
    <>
      <ConnectionBanner />
      <Session />
    </>
  );
}

function Session(): ReactElement {
  const { commands: store } = useInspector();
  useVersion(store);
  const end = useRef<HTMLDivElement>(null);
  const { length } = store.entries;
  useEffect(() => {
    // Newer browsers answer with a promise, which an effect must not return.
    end.current?.scrollIntoView({ block: "end" });
  }, [length, store.version]);
  return (
    <>
      <div className="sk-console-log" role="log" aria-label="Commands and answers" tabIndex={0} data-testid="console-log">
        {length === 0 ? (
          <p className="sk-dim">
            Type a command of Skynet’s debug console, for example <code>list</code>, <code>stat</code> or <code>task .launcher</code>. Tab
            completes; <code>help</code> lists all.
          </p>
        ) : null}
        {store.entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
        <div ref={end} />
      </div>
      <Prompt />
    </>
  );
}

function Entry({ entry }: { readonly entry: CommandEntry }): ReactElement {
  const { commands: store } = useInspector();
  const [plain, setPlain] = useState(false);
  const rerun = useRun();
  const connected = useConnected();
  return (
    <div className={`sk-console-entry is-${entry.state}`} data-testid={`console-entry-${entry.id}`}>
      <div className="sk-console-line">
        <span className="sk-mono">
          <span className="sk-dim" aria-hidden="true">
            ❯{" "}
          </span>
          {entry.line}
        </span>
        <span className="sk-spring" />
        {entry.node === "" ? null : <span className="sk-badge">{entry.node}</span>}
        {entry.origin === "action" ? <span className="sk-badge">button</span> : null}
        <span className="sk-dim sk-figures">
          {entry.state === "pending" ? "running …" : entry.us === undefined ? entry.state : milliseconds(entry.us / 1000)}
        </span>
        {entry.state === "pending" ? (
          <button type="button" className="sk-button" onClick={() => store.cancel(entry.id)} title="Ctrl-C">
            Cancel
          </button>
        ) : (
          <>
            {isTable(entry.value) ? (
              <button
                type="button"
                className="sk-button"
                aria-pressed={plain}
                onClick={() => setPlain(!plain)}
                data-testid={`as-text-${entry.id}`}
              >
                As text
              </button>
            ) : null}
            <button type="button" className="sk-button" onClick={() => void copyText(`${entry.line}\n${entry.text}\n`)}>
              Copy
            </button>
            <button
              type="button"
              className="sk-button"
              disabled={!connected}
              title={connected ? undefined : NO_CONNECTION}
              onClick={() => void rerun(entry.line, entry.node)}
            >
              Run again
            </button>
          </>
        )}
      </div>
      {entry.state === "pending" ? null : <AnswerView entry={entry} plain={plain || entry.state === "error"} />}
    </div>
  );
}

const isTable = (value: unknown): boolean => typeof value === "object" && value !== null;

const NO_CONNECTION = "There is no connection to the host.";

/** Whether there is a host that a command could reach. */
const useConnected = (): boolean => useConnection((c) => c.phase === "live" || c.phase === "stale");

/** Runs a line; what is dangerous is confirmed first. */
function useRun(): (line: string, node: string) => Promise<void> {
  const { commands: store } = useInspector();
  const confirm = useConfirm();
  return async (line, node) => {
    const { name, words } = splitLine(line);
    const permission = store.permission(name, node);
    let typed: string | undefined;
    if (permission.may && permission.info.scope === "danger") {
      const answer = await confirm({ command: permission.info, words, ...(node === "" ? {} : { node }) });
      if (answer === undefined) return;
      typed = answer.typed;
    }
    await store.run(name, node === "" ? words : [...words, { node }], "console", typed);
  };
}

function Prompt(): ReactElement {
  const { commands: store, client } = useInspector();
  const known = useConnection((c) => c.commands);
  useVersion(store);
  const run = useRun();
  const connected = useConnected();
  const hosts = useHosts();
  const nodes = hosts === undefined ? [] : hosts.nodes.map((n) => n.label).filter((label) => hosts.shows(label));
  const [chosen, setChosen] = useState("");
  // Where there is a choice, a command always says where it goes.
  const node = nodes.includes(chosen) ? chosen : nodes.length > 1 || (hosts?.list.length ?? 1) > 1 ? (nodes[0] ?? "") : "";
  const [text, setText] = useState("");
  /** Place in the history; -1 is the line being typed. */
  const [at, setAt] = useState(-1);
  const [pick, setPick] = useState(0);
  const draft = useRef("");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    input.current?.focus();
  }, []);
  // Names and addresses complete from the list of services, which is small to follow at its slowest.
  useEffect(() => client.watch("services"), [client]);
  usePanelKeys((key) => {
    if (key !== "/") return false;
    input.current?.focus();
    return true;
  });
  const past = store.entries.filter((e, i, all) => e.origin === "console" && all[i + 1]?.line !== e.line).map((e) => e.line);
  const { name, words } = splitLine(text);
  const typingName = words.length === 0 && !text.endsWith(" ");
  const info = known.find((c) => c.name === name);
  const options = typingName
    ? text === ""
      ? []
      : known
          .filter((c) => c.name.startsWith(name))
          .map((c) => ({ text: c.name, note: c.unavailable === undefined ? c.help : `not available: ${c.unavailable}` }))
    : info?.usage.includes("<address>") === true && words.length <= 1 && (words.length === 0 || !text.endsWith(" "))
      ? addresses(words[0] ?? "")
      : [];

  function addresses(start: string): { readonly text: string; readonly note: string }[] {
    const table = client.table("services");
    const found: { text: string; note: string }[] = [];
    for (let row = 0; row < table.high && found.length < 8; row++) {
      if (table.status[row] !== 1 || (node !== "" && table.text("node", row) !== node)) continue;
      const address = table.id(row).replace(/@.*/, "");
      const called = table.text("name", row);
      const short = called.startsWith(".") ? called.split(" ")[0]! : address;
      if (short.startsWith(start) || called.includes(start)) found.push({ text: short, note: called });
    }
    return found;
  }

  const complete = (option: { readonly text: string }): void => {
    setText(typingName ? `${option.text} ` : `${name} ${option.text} `);
    setPick(0);
  };
  const submit = (): void => {
    const line = text.trim();
    // What cannot be sent stays where it is, to be sent later.
    if (line === "" || !connected) return;
    setText("");
    setAt(-1);
    void run(line, node);
  };
  const browse = (by: number): void => {
    const to = Math.min(past.length - 1, Math.max(-1, at + by));
    if (at === -1) draft.current = text;
    setAt(to);
    setText(to === -1 ? draft.current : past[past.length - 1 - to]!);
  };
  const onKeyDown = (e: KeyboardEvent): void => {
    const selected = globalThis.getSelection()?.toString() ?? "";
    if (e.key === "Enter") submit();
    else if (e.key === "Tab" && !e.shiftKey && options.length > 0) complete(options[Math.min(pick, options.length - 1)]!);
    else if (e.key === "ArrowUp" && at === -1 && pick > 0) setPick(pick - 1);
    else if (e.key === "ArrowUp") browse(1);
    else if (e.key === "ArrowDown" && at === -1 && options.length > 1) setPick((pick + 1) % Math.min(8, options.length));
    else if (e.key === "ArrowDown") browse(-1);
    else if (e.key === "Escape" && text !== "") setText("");
    else if (e.key === "c" && e.ctrlKey && selected === "") {
      const pending = store.entries.findLast((x) => x.state === "pending");
      if (pending === undefined) setText("");
      else store.cancel(pending.id);
    } else return;
    e.preventDefault();
    e.stopPropagation();
  };
  const listId = "sk-console-options";
  return (
    <form
      className="sk-console-prompt"
      onSubmit={(e) => {
        e.preventDefault();
        submit();
      }}
    >
      {options.length > 0 ? (
        <ul className="sk-console-options" id={listId} role="listbox" aria-label="Completions">
          {options.slice(0, 8).map((o, i) => (
            <li
              key={o.text}
              id={`${listId}-${i}`}
              role="option"
              aria-selected={i === pick}
              onMouseDown={(e) => (e.preventDefault(), complete(o))}
            >
              <span className="sk-mono">{o.text}</span> <span className="sk-dim">{o.note}</span>
            </li>
          ))}
        </ul>
      ) : null}
      {node === "" ? null : (
        <select
          className="sk-select"
          aria-label="Node the command goes to"
          data-testid="console-node"
          value={node}
          onChange={(e) => setChosen(e.target.value)}
        >
          {nodes.map((label) => (
            <option key={label} value={label}>
              {label}
            </option>
          ))}
        </select>
      )}
      <span className="sk-mono" aria-hidden="true">
        ❯
      </span>
      <input
        ref={input}
        className="sk-input sk-mono"
        data-testid="console-input"
        role="combobox"
        aria-label="Command"
        aria-expanded={options.length > 0}
        aria-controls={listId}
        aria-activedescendant={options.length > 0 ? `${listId}-${Math.min(pick, options.length - 1)}` : undefined}
        aria-autocomplete="list"
        spellCheck={false}
        autoComplete="off"
        value={text}
        placeholder="help"
        onChange={(e) => {
          setText(e.target.value);
          setPick(0);
          setAt(-1);
        }}
        onKeyDown={onKeyDown}
      />
      <span className="sk-dim sk-console-usage">
        {!connected
          ? NO_CONNECTION
          : info === undefined
            ? ""
            : info.unavailable === undefined
              ? info.usage
              : `not available here: ${info.unavailable}`}
      </span>
      <button type="submit" className="sk-button sk-primary" disabled={text.trim() === "" || !connected}>
        Run
      </button>
    </form>
  );
}
