/**
 * A button that makes the host do something: off with the reason where it may not, asks first where it is dangerous.
 *
 * @module
 */
import { useState } from "react";
import type { ReactElement, ReactNode } from "react";
import { useConfirm } from "./Confirm.tsx";
import { useConnection, useInspector, useVersion } from "./hooks.ts";

/** See the file's comment. */
export function ActionButton(props: {
  readonly command: string;
  readonly args: readonly unknown[];
  /** The service it is aimed at, for the question before something dangerous. */
  readonly target?: { readonly name: string; readonly address: string };
  /** Where, on a host with several nodes, or of several hosts. */
  readonly node?: string;
  readonly title?: string;
  readonly testId?: string;
  readonly children: ReactNode;
}): ReactElement {
  const { commands } = useInspector();
  useVersion(commands);
  useConnection((c) => c.phase);
  useConnection((c) => c.commands);
  const confirm = useConfirm();
  const [busy, setBusy] = useState(false);
  const { command, args, target, node } = props;
  const permission = commands.permission(command, node);
  const run = async (): Promise<void> => {
    if (!permission.may) return;
    let typed: string | undefined;
    if (permission.info.scope === "danger") {
      const words = args.filter((a) => typeof a !== "object").map(String);
      const answer = await confirm({
        command: permission.info,
        words,
        ...(target === undefined ? {} : { target }),
        ...(node === undefined ? {} : { node }),
      });
      if (answer === undefined) return;
      typed = answer.typed;
    }
    setBusy(true);
    await commands.run(command, args, "action", typed);
    setBusy(false);
  };
  return (
    <button
      type="button"
      className="sk-button"
      data-testid={props.testId ?? `action-${command}`}
      disabled={busy || !permission.may}
      title={permission.may ? (props.title ?? permission.info.help) : permission.why}
      onClick={() => void run()}
    >
      {props.children}
    </button>
  );
}
