/**
 * Asks before something dangerous: names the target, what will happen, and what it holds. Cancel is the default.
 *
 * @module
 */
import { createContext, useCallback, useContext, useEffect, useRef, useState } from "react";
import type { Context, ReactElement, ReactNode } from "react";
import type { CommandInfo } from "@skyloom/runtime/inspect";
import { connectionOf, useInspector } from "./hooks.ts";

/** What is to be confirmed. */
export interface ConfirmRequest {
  readonly command: CommandInfo;
  readonly words: readonly string[];
  /** The service it is about, where the asker knows it; default: the one that the first word names, if the list of services is at hand. */
  readonly target?: { readonly name: string; readonly address: string };
  /** Where, on a host with several nodes: their addresses may be the same. */
  readonly node?: string;
}

/** The user has agreed; `typed` is the name where one was asked for. */
export interface Confirmed {
  readonly typed: string | undefined;
}

type Ask = (request: ConfirmRequest) => Promise<Confirmed | undefined>;

const ConfirmContext: Context<Ask> = createContext<Ask>(() => Promise.resolve(undefined));

/** Asks the user; `undefined` when the answer is no. */
export function useConfirm(): Ask {
  return useContext(ConfirmContext);
}

interface Open extends ConfirmRequest {
  readonly resolve: (answer: Confirmed | undefined) => void;
}

/** Shows the dialog for everything inside. */
export function ConfirmProvider({ children }: { readonly children: ReactNode }): ReactElement {
  const [open, setOpen] = useState<Open>();
  const ask = useCallback<Ask>((request) => new Promise((resolve) => setOpen({ ...request, resolve })), []);
  const close = (answer: Confirmed | undefined): void => {
    open?.resolve(answer);
    setOpen(undefined);
  };
  return (
    <ConfirmContext value={ask}>
      {children}
      {open === undefined ? null : <ConfirmDialog request={open} close={close} />}
    </ConfirmContext>
  );
}

function ConfirmDialog({
  request,
  close,
}: {
  readonly request: ConfirmRequest;
  readonly close: (answer: Confirmed | undefined) => void;
}): ReactElement {
  const { client } = useInspector();
  const { command, words, node } = request;
  const dialog = useRef<HTMLDialogElement>(null);
  const cancel = useRef<HTMLButtonElement>(null);
  const [typed, setTyped] = useState("");
  // The dialog is about the host of the node; another one's label says nothing of it.
  const { host: asked } = connectionOf(client, node);
  const prod = asked?.label === "prod";
  const host = asked?.name ?? client.title;
  const found = targetOf(client, request.target?.address ?? words[0], node);
  const target = found ?? request.target;
  const wanted = prod ? (command.usage.includes("<address>") ? (target?.name.split(" ", 1)[0] ?? "") : host) : undefined;
  useEffect(() => {
    dialog.current?.showModal();
    cancel.current?.focus();
  }, []);
  const ready = wanted === undefined || typed === wanted;
  return (
    <dialog
      ref={dialog}
      className="sk-dialog"
      aria-labelledby="sk-confirm-title"
      data-testid="confirm-dialog"
      onCancel={(e) => {
        e.preventDefault();
        close(undefined);
      }}
      onKeyDown={(e) => e.stopPropagation()}
    >
      <form
        method="dialog"
        onSubmit={(e) => {
          e.preventDefault();
          if (ready) close({ typed: wanted === undefined ? undefined : typed });
        }}
      >
        <h2 id="sk-confirm-title">
          {command.name} {target === undefined ? words.join(" ") : `${target.name} (${target.address})`}?
        </h2>
        <p>
          {command.help} on <strong>{host}</strong>
          {prod ? (
            <>
              , a <strong className="sk-prod">PROD</strong> host
            </>
          ) : null}
          . {command.agree ?? "This cannot be undone."}
        </p>
        {found === undefined ? null : (
          <p className="sk-dim">
            It has {found.tasks} suspended tasks and {found.mqlen} waiting messages; who waits for its replies gets an error.
          </p>
        )}
        <pre className="sk-console-text">{[command.name, ...words].join(" ")}</pre>
        {wanted === undefined ? null : (
          <label className="sk-field">
            Type <code>{wanted}</code> to confirm
            <input
              className="sk-input"
              data-testid="confirm-name"
              value={typed}
              spellCheck={false}
              autoComplete="off"
              onChange={(e) => setTyped(e.target.value)}
            />
          </label>
        )}
        <div className="sk-dialog-actions">
          <button ref={cancel} type="button" className="sk-button" data-testid="confirm-cancel" onClick={() => close(undefined)}>
            Cancel
          </button>
          <button type="submit" className="sk-button sk-danger" data-testid="confirm-ok" disabled={!ready}>
            {command.name}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** What is known of the service a word names. */
function targetOf(
  client: ReturnType<typeof useInspector>["client"],
  word: string | undefined,
  node: string | undefined,
): { readonly name: string; readonly address: string; readonly tasks: number; readonly mqlen: number } | undefined {
  const table = client.table("services");
  if (word === undefined || !table.ready) return undefined;
  for (let row = 0; row < table.high; row++) {
    if (table.status[row] !== 1 || (node !== undefined && table.text("node", row) !== node)) continue;
    const name = table.text("name", row);
    const address = table.id(row);
    const bare = address.replace(/^:0*/, "").replace(/@.*/, "");
    if (
      word === address.replace(/@.*/, "") ||
      name.split(" ").includes(word) ||
      (/^[0-9a-f]{1,8}$/i.test(word) && bare === word.replace(/^0+/, "").toLowerCase())
    )
      return { name, address, tasks: table.number("task", row), mqlen: table.number("mqlen", row) };
  }
  return undefined;
}
