/**
 * What a service tells about itself, and any other debug command.
 *
 * @module
 */
import { useCallback, useEffect, useState } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../../stores/channels.ts";
import type { CommandEntry } from "../../stores/command-store.ts";
import { milliseconds } from "../../widgets/format.ts";
import { useConnection, useInspector, useVersion } from "../../widgets/hooks.ts";
import { AnswerView } from "../console/AnswerView.tsx";
import type { Shown } from "./ServiceDrawer.tsx";

/** See the file's comment. */
export function InfoTab({ of }: { readonly of: Shown }): ReactElement {
  const { commands } = useInspector();
  useVersion(commands);
  const known = useConnection((c) => c.commands.length > 0);
  const [entry, setEntry] = useState<CommandEntry>();
  const [line, setLine] = useState("");
  const { addr, node, alive } = of;
  const run = useCallback(
    async (name: string, words: readonly string[]): Promise<void> => {
      const args = [formatAddress(addr), ...words];
      setEntry(await commands.run(name, node === "" ? args : [...args, { node }], "panel"));
    },
    [commands, addr, node],
  );
  useEffect(() => {
    if (alive && known) void run("info", []);
  }, [run, alive, known]);
  if (!alive) return <p className="sk-dim">The service has ended and tells nothing any more.</p>;
  const info = commands.permission("info", node);
  const debug = commands.permission("dbgcmd", node);
  return (
    <>
      <div className="sk-actions">
        <button
          type="button"
          className="sk-button"
          data-testid="action-info"
          disabled={!info.may}
          title={info.may ? info.info.help : info.why}
          onClick={() => void run("info", [])}
        >
          Ask again
        </button>
      </div>
      {entry === undefined ? (
        <p className="sk-dim">{info.may ? "Asking the service …" : info.why}</p>
      ) : (
        <section aria-label={entry.line} data-testid="info-answer">
          <p className="sk-dim">
            <span className="sk-mono">{entry.line}</span>
            {entry.us === undefined ? "" : ` · ${milliseconds(entry.us / 1000)}`}
          </p>
          {entry.line.startsWith("info ") && entry.state === "ok" && entry.value === false ? (
            <p className="sk-dim">This service has no info function: see skynet.info_func.</p>
          ) : (
            <AnswerView entry={entry} plain={entry.state !== "ok"} />
          )}
        </section>
      )}
      <form
        className="sk-dbgcmd"
        onSubmit={(e) => {
          e.preventDefault();
          const words = line.trim().split(/\s+/).filter(Boolean);
          if (words.length > 0) void run("dbgcmd", words);
        }}
      >
        <input
          className="sk-input sk-mono"
          data-testid="dbgcmd"
          aria-label="Debug command"
          placeholder="Debug command, e.g. STAT"
          disabled={!debug.may}
          title={debug.may ? debug.info.help : debug.why}
          spellCheck={false}
          autoComplete="off"
          value={line}
          onChange={(e) => setLine(e.target.value)}
        />
        <button type="submit" className="sk-button" disabled={!debug.may || line.trim() === ""} title={debug.may ? undefined : debug.why}>
          Run
        </button>
      </form>
    </>
  );
}
