/**
 * Checks what a client sent, field by field, before anything acts on it.
 *
 * Knows the shapes of the frames and nothing of connections. Unknown frames and fields are ignored, so that newer clients can talk to older
 * agents; a known frame with a wrong field is an error.
 *
 * @module
 */
import type { ClientFrame } from "../frames.ts";
import { limits } from "./limits.ts";

const MAX_TEXT = 512;
const MAX_FIELDS = 64;

/** A frame that may be acted on, `unknown` for one to be ignored, or what is wrong. */
export type Checked = { readonly frame: ClientFrame } | { readonly unknown: true } | { readonly fault: string };

const isText = (v: unknown): v is string => typeof v === "string" && v.length <= MAX_TEXT;
const isId = (v: unknown): v is number => Number.isInteger(v) && (v as number) >= 0 && (v as number) <= 0xffffffff;
const isTime = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v);

/**
 * Checks one decoded value.
 *
 * @param value - Anything a decoder returned.
 */
export function checkClientFrame(value: unknown): Checked {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { fault: `a frame is a map with a type; this is ${nameOf(value)}` };
  const f = value as Readonly<Record<string, unknown>>;
  const { type } = f;
  if (!isText(type)) return { fault: "the frame's type is no text" };
  const bad = (field: string, want: string): Checked => ({ fault: `${type}.${field} is ${nameOf(f[field])}, expected ${want}` });
  switch (type) {
    case "hello":
    case "auth": {
      if (!isId(f["v"])) return bad("v", "a version number");
      if (f["min"] !== undefined && !isId(f["min"])) return bad("min", "a version number");
      const versions = { v: f["v"], ...(f["min"] === undefined ? {} : { min: f["min"] }) };
      if (type === "hello") return { frame: { type, ...versions } };
      if (!isText(f["token"])) return { fault: `auth.token is no text of at most ${MAX_TEXT} characters` };
      return { frame: { type, ...versions, token: f["token"] } };
    }
    case "sub": {
      if (!isText(f["ch"])) return bad("ch", "a channel name");
      if (!isId(f["id"])) return bad("id", "a whole number from 0");
      if (f["hz"] !== undefined && !(isTime(f["hz"]) && f["hz"] > 0)) return bad("hz", "a number above 0");
      const fields = f["fields"];
      if (fields !== undefined && !(Array.isArray(fields) && fields.length <= MAX_FIELDS && fields.every(isText)))
        return bad("fields", `a list of at most ${MAX_FIELDS} names`);
      return {
        frame: {
          type,
          ch: f["ch"],
          id: f["id"],
          ...(f["hz"] === undefined ? {} : { hz: f["hz"] as number }),
          ...(fields === undefined ? {} : { fields: fields as string[] }),
        },
      };
    }
    case "unsub":
      return isId(f["id"]) ? { frame: { type, id: f["id"] } } : bad("id", "a whole number from 0");
    case "ping":
      return isTime(f["t0"]) ? { frame: { type, t0: f["t0"] } } : bad("t0", "a number");
    case "get":
    case "do": {
      if (!isId(f["rid"])) return bad("rid", "a whole number from 0");
      const key = type === "get" ? "what" : "cmd";
      const name = f[key];
      if (!isText(name)) return bad(key, "a name");
      const args = f["args"];
      if (args !== undefined && !Array.isArray(args)) return bad("args", "a list");
      if (args !== undefined && !isModest(args))
        return { fault: `${type}.args holds more than ${limits.argumentValues} values, or too deep ones` };
      const given = args === undefined ? {} : { args };
      if (type === "get") return { frame: { type, rid: f["rid"], what: name, ...given } };
      const confirm = f["confirm"];
      if (confirm !== undefined && !isText(confirm)) return bad("confirm", "a text");
      return { frame: { type, rid: f["rid"], cmd: name, ...given, ...(confirm === undefined ? {} : { confirm }) } };
    }
    default:
      return { unknown: true };
  }
}

/** Whether a value is small enough to be looked at. */
function isModest(value: unknown): boolean {
  let left: number = limits.argumentValues;
  const visit = (v: unknown, depth: number): boolean => {
    if (--left < 0 || depth > limits.argumentDepth) return false;
    if (typeof v !== "object" || v === null || ArrayBuffer.isView(v)) return true;
    return Object.values(v).every((inner) => visit(inner, depth + 1));
  };
  return visit(value, 0);
}

function nameOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "number") return String(value);
  return typeof value === "object" ? "a map" : `a ${typeof value}`;
}
