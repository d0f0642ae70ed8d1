/**
 * Asks the host a question while something is open, and shows the answer, what it waits for, or why there is none.
 *
 * @module
 */
import { useEffect, useState } from "react";
import type { ReactElement, ReactNode } from "react";
import { RequestError } from "../client/requests.ts";
import { useInspector } from "./hooks.ts";

/** Where a question stands. The last answer is kept while the next one is on its way. */
export interface Asked<T> {
  readonly value: T | undefined;
  readonly error: string | undefined;
}

/**
 * Asks, and asks again whenever `stamp` changes and the last question was answered.
 *
 * @param what - `undefined` asks nothing.
 */
export function useAnswer<T>(what: string | undefined, args: readonly unknown[], stamp: number): Asked<T> {
  const { client } = useInspector();
  const key = JSON.stringify([what, args]);
  const [asked, setAsked] = useState<Asked<T> & { readonly key: string }>({ key, value: undefined, error: undefined });
  useEffect(() => {
    if (what === undefined) return undefined;
    let wanted = true;
    client.ask(what, ...args).then(
      (value) => {
        if (wanted) setAsked({ key, value: value as T, error: undefined });
      },
      (error: unknown) => {
        if (wanted)
          setAsked((old) => ({
            key,
            value: old.key === key ? old.value : undefined,
            error: error instanceof RequestError ? error.message : String(error),
          }));
      },
    );
    return () => {
      wanted = false;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- what and args are in the key
  }, [client, key, stamp]);
  return asked.key === key ? asked : { value: undefined, error: undefined };
}

/** See the file's comment. */
export function Answer<T>({ of, children }: { readonly of: Asked<T>; readonly children: (value: T) => ReactNode }): ReactElement {
  return (
    <>
      {of.error === undefined ? null : (
        <p className="sk-note sk-tone-warn" data-testid="answer-error">
          {of.value === undefined ? "" : "Not up to date: "}
          {of.error}
        </p>
      )}
      {of.value === undefined ? of.error === undefined ? <p className="sk-dim">Asking the host …</p> : null : children(of.value)}
    </>
  );
}
