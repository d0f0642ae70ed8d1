/**
 * Checks what a host sent before the client believes it. Tables are left to the store that reads them.
 *
 * Knows the shapes of the frames and nothing of connections. Unknown frames are ignored (INS-PRO-6); so are broken ones of which the loss does
 * no harm.
 *
 * @module
 */
import type { AgentFrame } from "@skyloom/runtime/inspect";

const isNumber = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v);
const isText = (v: unknown): v is string => typeof v === "string";

/** The frame, when it is one that the client may act on. */
export function checkHostFrame(value: unknown): AgentFrame | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const f = value as Readonly<Record<string, unknown>>;
  return sound(f) ? (value as AgentFrame) : undefined;
}

function isCommand(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { name, scope, usage, help } = value as Readonly<Record<string, unknown>>;
  return [name, scope, usage, help].every(isText);
}

function sound(f: Readonly<Record<string, unknown>>): boolean {
  switch (f["type"]) {
    case "hello": {
      const { host, caps, scopes, v, commands } = f;
      if (commands !== undefined && !(Array.isArray(commands) && commands.every(isCommand))) return false;
      const { clock } = f;
      if (
        clock !== undefined &&
        !(
          typeof clock === "object" &&
          clock !== null &&
          isNumber((clock as { monoUs?: unknown }).monoUs) &&
          isNumber((clock as { epochMs?: unknown }).epochMs)
        )
      )
        return false;
      if (typeof host !== "object" || host === null || typeof caps !== "object" || caps === null) return false;
      const { id, name, mode, runtime, startMs } = host as Readonly<Record<string, unknown>>;
      return isNumber(v) && Array.isArray(scopes) && scopes.every(isText) && [id, name, mode, runtime].every(isText) && isNumber(startMs);
    }
    case "key":
    case "delta":
    case "ev":
      return isNumber(f["id"]);
    case "res":
    case "done":
      return isNumber(f["rid"]) && typeof f["ok"] === "boolean" && (f["ok"] || (isText(f["code"]) && isText(f["msg"])));
    case "alert":
      return (
        ["id", "kind", "severity", "title", "text"].every((name) => isText(f[name])) &&
        isNumber(f["first"]) &&
        isNumber(f["last"]) &&
        Array.isArray(f["entities"]) &&
        f["entities"].every((e: unknown) => typeof e === "object" && e !== null && isText((e as { id?: unknown }).id))
      );
    case "stat":
      return ["t", "services", "messages", "lagUs", "costUs", "skipped", "dropped"].every((name) => isNumber(f[name]));
    case "pong":
      return isNumber(f["t0"]) && isNumber(f["t1"]);
    case "err":
      return isText(f["code"]) && isText(f["msg"]) && (f["id"] === undefined || isNumber(f["id"]));
    default:
      return false;
  }
}
