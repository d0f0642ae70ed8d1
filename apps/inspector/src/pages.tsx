/**
 * What the page shows where there is no host to look at.
 *
 * @module
 */
import type { Connections, Theme } from "@skyloom/devtools";
import { useState } from "react";
import type { ReactElement } from "react";

/** Shown when there is nothing to connect to. */
export function Refusal({ theme, text }: { readonly theme: Theme; readonly text: string }): ReactElement {
  return (
    <main className="sk-root" data-theme={theme}>
      <div className="sk-page" data-testid="state-error">
        <h1 className="sk-page-title sk-page-err">Nothing to inspect</h1>
        <div className="sk-page-text">
          <p>{text}</p>
        </div>
      </div>
    </main>
  );
}

/** Shown for `c=file`: a browser opens a file only when its user chooses it. */
export function ChooseFile({ theme, connections }: { readonly theme: Theme; readonly connections: Connections }): ReactElement {
  const [fault, setFault] = useState("");
  const open = (file: File | undefined): void => {
    if (file === undefined) return;
    connections
      .openFile(file)
      .catch((error: unknown) => setFault(`${file.name}: ${error instanceof Error ? error.message : String(error)}.`));
  };
  return (
    <main
      className="sk-root"
      data-theme={theme}
      onDragOver={(e) => e.preventDefault()}
      onDrop={(e) => {
        e.preventDefault();
        open(e.dataTransfer.files[0]);
      }}
    >
      <div className="sk-page" data-testid="choose-file">
        <h1 className="sk-page-title">Open a snapshot</h1>
        <div className="sk-page-text">
          <p>Choose a file ending in .skyi, or drop it here. It is read in this page and sent nowhere.</p>
          {fault === "" ? null : (
            <p role="alert" className="sk-page-err" data-testid="file-fault">
              {fault}
            </p>
          )}
        </div>
        <div className="sk-page-actions">
          <label className="sk-button sk-primary sk-file">
            Choose a file
            <input
              type="file"
              accept=".skyi"
              className="sk-hidden"
              data-testid="open-snapshot"
              onChange={(e) => open(e.target.files?.[0])}
            />
          </label>
        </div>
      </div>
    </main>
  );
}
