/**
 * The command palette: one box that finds panels, services, alerts, nodes, traces and actions. Loaded when it is first opened.
 *
 * @module
 */
import { Command } from "cmdk";
import { useDeferredValue, useEffect, useMemo, useState } from "react";
import type { ReactElement } from "react";
import { useConnection, useInspector, useVersion } from "../widgets/hooks.ts";
import { Modal } from "../widgets/Modal.tsx";
import { useAction } from "../widgets/use-action.ts";
import { paletteGroups } from "./palette-items.ts";
import type { PaletteItem } from "./palette-items.ts";

/** See the file's comment. */
export default function Palette({ onClose }: { readonly onClose: () => void }): ReactElement {
  const parts = useInspector();
  const { client, commands } = parts;
  const act = useAction();
  const [typed, setTyped] = useState("");
  const [picked, setPicked] = useState("");
  const wanted = useDeferredValue(typed);
  useEffect(() => client.watch("services"), [client]);
  // What may be chosen changes with these; rows that come and go meanwhile do not move what is being read.
  const phase = useConnection((c) => c.phase);
  const ready = useConnection((c) => c.commands);
  const rights = useVersion(commands);
  const known = client.table("services").ready;
  const groups = useMemo(
    () => paletteGroups(parts, act, wanted),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- act is made anew with each rendering and always does the same
    [parts, wanted, phase, ready, rights, known],
  );
  const shown = groups.filter((g) => g.items.length > 0);
  const choices = shown.flatMap((g) => g.items).filter((i) => i.disabled === undefined);
  const current = choices.some((i) => i.key === picked) ? picked : (choices[0]?.key ?? "");
  return (
    <Modal label="Command palette" testId="palette" className="sk-palette" onClose={onClose}>
      <Command shouldFilter={false} loop label="Command palette" vimBindings={false} value={current} onValueChange={setPicked}>
        <Command.Input
          className="sk-palette-input"
          data-testid="palette-input"
          placeholder="Search panels, services, actions …"
          value={typed}
          onValueChange={(text) => {
            setTyped(text);
            setPicked("");
          }}
          data-autofocus
          spellCheck={false}
        />
        <Command.List className="sk-palette-list" label="Results">
          <Command.Empty className="sk-palette-empty">Nothing is called “{wanted.trim()}”.</Command.Empty>
          {shown.map((group) => (
            <Command.Group key={group.title} heading={group.title} className="sk-palette-group">
              {group.items.map((item) => (
                <Entry key={item.key} item={item} onClose={onClose} />
              ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
      <p className="sk-palette-foot">
        <span>
          <kbd className="sk-key">&gt;</kbd> actions
        </span>
        <span>
          <kbd className="sk-key">:</kbd> addresses
        </span>
        <span>
          <kbd className="sk-key">@</kbd> nodes
        </span>
        <span>
          <kbd className="sk-key">#</kbd> traces
        </span>
      </p>
    </Modal>
  );
}

function Entry({ item, onClose }: { readonly item: PaletteItem; readonly onClose: () => void }): ReactElement {
  const { disabled } = item;
  return (
    <Command.Item
      className="sk-palette-item"
      value={item.key}
      disabled={disabled !== undefined}
      onSelect={() => {
        onClose();
        item.run();
      }}
    >
      <span className="sk-palette-title">{item.title}</span>
      <span className={disabled === undefined ? "sk-palette-detail" : "sk-palette-detail is-why"}>{disabled ?? item.detail}</span>
    </Command.Item>
  );
}
