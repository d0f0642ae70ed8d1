/**
 * What a service or configuration file that cannot be bundled is reported with.
 *
 * @module
 */
import { SkynetError } from "@skyloom/runtime";
import type { BuildFailure, Message } from "esbuild";

/** A file that cannot be loaded. Each line of its text begins with `file:line:column: `. */
export class LoadError extends SkynetError {
  override readonly name = "LoadError";

  constructor(text: string, options?: ErrorOptions) {
    super("LOAD", text, options);
    // The place that matters is in the file and in the text; a stack would show only the loader's inside.
    this.stack = `${this.name}: ${text}`;
  }
}

/** `agent.ts:3:8: Expected ")" but found ";"`, with the line itself below it. */
export function messageText(message: Message): string {
  const { location, text } = message;
  if (location === null) return text;
  const place = `${location.file}:${location.line}:${location.column + 1}`;
  const line = location.lineText.trim();
  return line === "" ? `${place}: ${text}` : `${place}: ${text}\n    ${line.length > 160 ? `${line.slice(0, 160)}…` : line}`;
}

/** Turns what the bundler threw into a {@link LoadError}; anything else passes. */
export function loadError(error: unknown): unknown {
  const { errors } = error as Partial<BuildFailure>;
  if (!Array.isArray(errors) || errors.length === 0) return error;
  return new LoadError(errors.map(messageText).join("\n"), { cause: undefined });
}
