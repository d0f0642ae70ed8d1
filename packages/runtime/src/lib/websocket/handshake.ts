/**
 * The handshake of WebSocket, both sides of it, on header fields. Knows no sockets.
 *
 * Source: lualib/http/websocket.lua; RFC 6455 §4; wire.md §12.
 *
 * @module
 */
import { SkynetError } from "../../errors/error.ts";
import { crypt } from "../crypt.ts";
import { single } from "../http/fields.ts";
import type { Header, SentHeader } from "../http/fields.ts";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** What a server answers to a key. */
export function acceptKey(key: string): string {
  return crypt.base64encode(crypt.sha1(key + GUID));
}

/** Words of a field that is a list. */
function listed(header: Readonly<Header>, name: string): string[] {
  const value = Object.hasOwn(header, name) ? header[name]! : "";
  return (typeof value === "string" ? value : value.join(",")).toLowerCase().split(/[\s,]+/);
}

/** Why a request is no handshake: what to answer. */
export interface Refusal {
  readonly code: 400 | 426;
  readonly reason: string;
}

function refuse(reason: string, code: Refusal["code"] = 400): Refusal {
  return { code, reason };
}

/** Looks at a request for the handshake. @returns the whole answer to send, or why there is none. */
export function answerHandshake(method: string, header: Readonly<Header>): string | Refusal {
  if (method !== "GET") return refuse("need GET method");
  if (single(header, "upgrade")?.toLowerCase() !== "websocket") return refuse("Upgrade Required", 426);
  if (single(header, "host") === undefined) return refuse("host Required");
  if (!listed(header, "connection").includes("upgrade")) return refuse("Connection must Upgrade");
  const key = single(header, "sec-websocket-key");
  if (key === undefined) return refuse("Sec-WebSocket-Key Required");
  // 16 bytes in base64.
  if (!/^[A-Za-z0-9+/]{22}(?:==)?$/.test(key)) return refuse("Sec-WebSocket-Key invalid");
  if (single(header, "sec-websocket-version") !== "13") return refuse("Sec-WebSocket-Version must 13");
  const protocols = Object.hasOwn(header, "sec-websocket-protocol");
  if (protocols && !listed(header, "sec-websocket-protocol").includes("chat")) return refuse("Sec-WebSocket-Protocol need include chat");
  return [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${acceptKey(key)}`,
    ...(protocols ? ["Sec-WebSocket-Protocol: chat"] : []),
    "\r\n",
  ].join("\r\n");
}

/** A key for one handshake: 16 random bytes. */
export function makeKey(): string {
  const bytes = new Uint8Array(16);
  bytes.set(crypt.randomkey());
  bytes.set(crypt.randomkey(), 8);
  return crypt.base64encode(bytes);
}

/** The fields a client asks with. @throws SkynetError `ARGUMENT` for a field of `header` that belongs to the handshake. */
export function askingHeader(key: string, header: SentHeader | undefined): SentHeader {
  const own = { Upgrade: "websocket", Connection: "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key };
  const names = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  for (const name of Object.keys(header ?? {}))
    if (names.has(name.toLowerCase()))
      throw new SkynetError("ARGUMENT", `the header field ${name} belongs to the handshake of websocket.connect`);
  return { ...own, ...header };
}

/** Looks at the answer to `key`. @throws SkynetError `WEBSOCKET` saying what is wrong with it. */
export function checkAnswer(status: number, header: Readonly<Header>, key: string): void {
  const problem =
    status !== 101
      ? `error: code[${status}]`
      : single(header, "upgrade")?.toLowerCase() !== "websocket"
        ? "upgrade must websocket"
        : !listed(header, "connection").includes("upgrade")
          ? "connection must upgrade"
          : single(header, "sec-websocket-accept") === undefined
            ? "need Sec-WebSocket-Accept"
            : single(header, "sec-websocket-accept") !== acceptKey(key)
              ? "invalid Sec-WebSocket-Accept"
              : single(header, "sec-websocket-extensions") !== undefined
                ? `uses an extension that was not asked for: ${single(header, "sec-websocket-extensions")}`
                : undefined;
  if (problem !== undefined) throw new SkynetError("WEBSOCKET", `websocket handshake ${problem}`);
}
