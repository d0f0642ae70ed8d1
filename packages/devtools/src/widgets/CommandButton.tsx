/**
 * A button that gives a command: disabled with the reason where it may not be given, asking first where it is dangerous.
 *
 * @module
 */
import type { ReactElement } from "react";
import { useConnection, useInspector, useVersion } from "./hooks.ts";
import { useAction } from "./use-action.ts";

/** See the file's comment. */
export function CommandButton(props: {
  readonly title: string;
  readonly command: string;
  readonly words: readonly string[];
  readonly node?: string;
  /** Tells several buttons of one command apart in tests. */
  readonly testId?: string;
}): ReactElement {
  const { commands } = useInspector();
  useVersion(commands);
  useConnection((c) => c.phase);
  const act = useAction();
  const permission = commands.permission(props.command, props.node);
  const danger = permission.info?.scope === "danger";
  return (
    <button
      type="button"
      className={danger ? "sk-button sk-danger" : "sk-button"}
      disabled={!permission.may}
      title={permission.may ? permission.info.help : permission.why}
      data-testid={`action-${props.testId ?? props.command}`}
      onClick={() => void act(props.command, props.words, props.node)}
    >
      {props.title}
      {danger ? " …" : ""}
    </button>
  );
}
