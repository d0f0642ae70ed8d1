/**
 * Asks what goes into a snapshot, says what leaves the page with it, and saves it.
 *
 * @module
 */
import { tableChannels } from "@skyloom/runtime/inspect";
import type { TableChannel } from "@skyloom/runtime/inspect";
import { useState } from "react";
import type { ReactElement } from "react";
import { writeSkyi } from "../recording/skyi.ts";
import { takeSnapshot } from "../recording/take-snapshot.ts";
import { say } from "../stores/view.ts";
import { download, fileName } from "../widgets/download.ts";
import { bytes, count } from "../widgets/format.ts";
import { useInspector } from "../widgets/hooks.ts";
import { Modal } from "../widgets/Modal.tsx";

/** See the file's comment. */
export function SaveSnapshot({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { client, view } = useInspector();
  const [logs, setLogs] = useState(true);
  const [traces, setTraces] = useState(true);
  const tables = (Object.keys(tableChannels) as TableChannel[]).map((name) => client.table(name)).filter((t) => t.ready);
  const lines = client.logs.lines.length;
  const traced = client.traces.count;
  const save = async (): Promise<void> => {
    onClose();
    const recording = takeSnapshot(client, { logs, traces }, Date.now());
    if (recording === undefined) return say(view, "There is nothing to save: the host was never met.");
    try {
      const file = await writeSkyi(recording);
      download(fileName(recording.host.name, "snapshot", "skyi"), "application/octet-stream", file);
      say(view, `Snapshot saved: ${bytes(file.length)}.`);
    } catch (error) {
      say(view, `The snapshot could not be saved: ${error instanceof Error ? error.message : String(error)}.`);
    }
  };
  return (
    <Modal label="Save snapshot" testId="save-snapshot" onClose={onClose}>
      <h2>Save snapshot</h2>
      <p className="sk-dim">
        What this page knows now, as a file that any inspector can open. It holds names, figures and texts of the host:
      </p>
      <ul className="sk-save-list">
        {tables.map((table) => (
          <li key={table.shape.channel.name}>
            {table.shape.channel.name}: {count(table.live)} rows
          </li>
        ))}
        <li>alerts: {count(client.alerts.standing.length)}</li>
      </ul>
      <label className="sk-setting">
        <span>Log lines: {count(lines)}</span>
        <input
          type="checkbox"
          data-testid="save-logs"
          checked={logs && lines > 0}
          disabled={lines === 0}
          onChange={(e) => setLogs(e.target.checked)}
        />
      </label>
      <label className="sk-setting">
        <span>Traces: {count(traced)}</span>
        <input
          type="checkbox"
          data-testid="save-traces"
          checked={traces && traced > 0}
          disabled={traced === 0}
          onChange={(e) => setTraces(e.target.checked)}
        />
      </label>
      <div className="sk-dialog-actions">
        <button type="button" className="sk-button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" className="sk-button sk-primary" data-testid="save-ok" data-autofocus onClick={() => void save()}>
          Save
        </button>
      </div>
    </Modal>
  );
}
