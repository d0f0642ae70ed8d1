/**
 * The list of shortcuts.
 *
 * @module
 */
import { Fragment } from "react";
import type { ReactElement } from "react";
import { useInspector, useView } from "../widgets/hooks.ts";
import { Modal } from "../widgets/Modal.tsx";
import { shortcuts } from "./shortcuts.ts";
import type { Shortcut } from "./shortcuts.ts";

/** See the file's comment. */
export function Help({ onClose }: { readonly onClose: () => void }): ReactElement {
  const { view } = useInspector();
  const singleKeys = useView((v) => v.singleKeys);
  return (
    <Modal label="Shortcuts" testId="help" className="sk-help" onClose={onClose}>
      <header className="sk-help-head">
        <h2>Shortcuts</h2>
        <label>
          <input
            type="checkbox"
            data-testid="help-single-keys"
            checked={singleKeys}
            onChange={(e) => view.setState({ singleKeys: e.target.checked })}
          />{" "}
          Single keys act
        </label>
        <button type="button" className="sk-icon-button" aria-label="Close" data-autofocus onClick={onClose}>
          ✕
        </button>
      </header>
      {singleKeys ? null : <p className="sk-note">Those in grey are switched off.</p>}
      <div className="sk-help-groups">
        {shortcuts.map((group) => (
          <section key={group.title}>
            <h3>{group.title}</h3>
            <dl>
              {group.list.map((s) => (
                <div key={s.does} className={s.single && !singleKeys ? "sk-help-line is-off" : "sk-help-line"}>
                  <dt>
                    <Keys of={s} />
                  </dt>
                  <dd>{s.does}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function Keys({ of }: { readonly of: Shortcut }): ReactElement {
  return (
    <>
      {of.keys.map((sequence) => (
        <Fragment key={sequence.join(" ")}>
          {sequence.map((k) => (
            <kbd className="sk-key" key={k}>
              {k}
            </kbd>
          ))}
        </Fragment>
      ))}
    </>
  );
}
