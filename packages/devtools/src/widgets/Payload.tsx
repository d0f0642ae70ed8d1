/**
 * What a message carries, asked for one at a time: data of users, which needs a right of its own and is noted by the host each time.
 *
 * @module
 */
import { useState } from "react";
import type { ReactElement } from "react";
import { formatAddress } from "../stores/channels.ts";
import { useConnection, useInspector, useVersion } from "./hooks.ts";

/** The way to look into the messages of one service. */
export interface Payload {
  /** Why it may not be looked into; `undefined` when it may. */
  readonly why: string | undefined;
  /** What shows the payload of a message of this number, or hides it again. */
  button(nr: number): ReactElement;
}

interface Look {
  readonly text?: string;
  readonly more?: boolean;
  readonly error?: string;
}

/** See the file's comment. @param command - Which shows it, for an address and a number. */
export function usePayload(command: "payload.queued" | "payload.recorded", addr: number, node: string): Payload {
  const { commands } = useInspector();
  useVersion(commands);
  useConnection((c) => c.phase);
  const [looks, setLooks] = useState<ReadonlyMap<number, Look>>(new Map());
  const permission = commands.permission(command, node);
  const put = (nr: number, look: Look | undefined): void =>
    setLooks((old) => {
      const next = new Map(old);
      if (look === undefined) next.delete(nr);
      else next.set(nr, look);
      return next;
    });
  const show = async (nr: number): Promise<void> => {
    const words = [formatAddress(addr), String(nr)];
    const { state, value, text } = await commands.run(command, node === "" ? words : [...words, { node }], "panel");
    put(nr, state === "ok" ? (value as Look) : { error: text });
  };
  return {
    why: permission.may ? undefined : permission.why,
    button(nr) {
      const look = looks.get(nr);
      return (
        <>
          <button
            type="button"
            className="sk-link"
            data-testid={`payload-${nr}`}
            aria-expanded={look !== undefined}
            disabled={!permission.may}
            title={permission.may ? "Shows the beginning of what it carries; the host notes that in its audit" : permission.why}
            onClick={() => (look === undefined ? void show(nr) : put(nr, undefined))}
          >
            {look === undefined ? "Show" : "Hide"}
          </button>
          {look === undefined ? null : look.error === undefined ? (
            <span className="sk-payload sk-mono" data-testid={`payload-text-${nr}`}>
              {look.text === "" ? "nothing" : look.text}
            </span>
          ) : (
            <span className="sk-payload sk-tone-warn" data-testid={`payload-text-${nr}`}>
              {look.error}
            </span>
          )}
        </>
      );
    },
  };
}
