/**
 * The file format `.skyi`: what an inspector knew of a host at one moment, as gzip of one MessagePack value.
 *
 * The value holds frames of the inspector's protocol, so that a file is opened by the same code that reads a host. Knows nothing of where
 * the frames come from and who looks at them.
 *
 * @module
 */
import { checkMessagePack, eventChannels, PROTOCOL_VERSION, tableChannels } from "@skyloom/runtime/inspect";
import type { AlertFrame, Capabilities, ChannelName, DeltaFrame, EvFrame, HostInfo, KeyFrame } from "@skyloom/runtime/inspect";
import { Packr } from "msgpackr";
import { checkHostFrame } from "../client/check-host-frame.ts";

/** Version of the format. */
export const SKYI_VERSION = 1;

/** What a file may be at most, so that a hostile one costs no more than a refusal. */
export const skyiLimits = {
  /** Bytes of the file: 64 MiB. */
  file: 67_108_864,
  /** Bytes it unpacks to: 256 MiB. */
  unpacked: 268_435_456,
  /** Frames of one channel. */
  frames: 256,
  alerts: 1_000,
} as const;

/** Counters and rates of the whole host. */
export interface SavedFigures {
  readonly services: number;
  readonly messagesPerSecond: number;
  readonly lagMs: number;
  /** Share of one core that the agent took, in percent. */
  readonly agentPercent: number;
  readonly dropped: number;
}

/** What a file holds. */
export interface Recording {
  readonly format: "skyi";
  readonly version: number;
  /** Of the frames in it. */
  readonly protocol: number;
  /** When it was made, in milliseconds since 1970 (UTC). */
  readonly savedMs: number;
  readonly host: HostInfo;
  /** Why a channel that is not here is not here, by channel. */
  readonly caps: Capabilities;
  /** What makes a moment of the frames (milliseconds) one of the wall clock: added to it. */
  readonly epochOffsetMs?: number;
  readonly figures?: SavedFigures;
  readonly alerts: readonly AlertFrame[];
  /** By channel: the frames one reads it from. Each channel brings its own texts, beginning with `first` 0. */
  readonly channels: Readonly<Partial<Record<ChannelName, readonly (KeyFrame | DeltaFrame | EvFrame)[]>>>;
}

/** Why a file cannot be opened. Programs look at `code`. */
export class SkyiError extends Error {
  override readonly name: string = "SkyiError";
  /** `FORMAT`: it is no such file; `VERSION`: one of another version; `TOO_BIG`: beyond {@link skyiLimits}; `BROKEN`: it is damaged. */
  readonly code: "FORMAT" | "VERSION" | "TOO_BIG" | "BROKEN";
  constructor(code: SkyiError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

const packr = new Packr({ useRecords: false });

/** Writes a file. */
export async function writeSkyi(recording: Recording): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = packr.pack(recording) as Uint8Array<ArrayBuffer>;
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

/**
 * Reads a file. What is inside the frames is checked by whoever reads them, as those of a host are.
 *
 * @throws SkyiError
 */
export async function readSkyi(file: Uint8Array<ArrayBuffer>): Promise<Recording> {
  if (file.length > skyiLimits.file)
    throw new SkyiError("TOO_BIG", `the file has ${megabytes(file.length)}; at most ${megabytes(skyiLimits.file)} are read`);
  if (file[0] !== 0x1f || file[1] !== 0x8b)
    throw new SkyiError("FORMAT", "this is no snapshot of the inspector: it does not begin as a gzip file");
  const bytes = await unzip(file);
  const fault = checkMessagePack(bytes);
  if (fault !== undefined) throw new SkyiError("BROKEN", `the snapshot is damaged: ${fault}`);
  let value: unknown;
  try {
    value = packr.unpack(bytes);
  } catch (error) {
    throw new SkyiError("BROKEN", `the snapshot is damaged: ${error instanceof Error ? error.message : String(error)}`);
  }
  return check(value);
}

const megabytes = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(bytes < 10 << 20 ? 1 : 0)} MiB`;

/** Unpacks as far as the limit goes: a few bytes can stand for gigabytes. */
async function unzip(file: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const reader = new Blob([file]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.length;
      if (length > skyiLimits.unpacked)
        throw new SkyiError("TOO_BIG", `the snapshot unpacks to more than ${megabytes(skyiLimits.unpacked)}, which is the limit`);
      parts.push(value);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    if (error instanceof SkyiError) throw error;
    throw new SkyiError("BROKEN", "the snapshot is damaged or cut off: it cannot be unpacked");
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const isObject = (v: unknown): v is Readonly<Record<string, unknown>> => typeof v === "object" && v !== null && !Array.isArray(v);
const isNumber = (v: unknown): v is number => typeof v === "number" && Number.isFinite(v);

const FIGURES: readonly (keyof SavedFigures)[] = ["services", "messagesPerSecond", "lagMs", "agentPercent", "dropped"];

function check(value: unknown): Recording {
  if (!isObject(value) || value["format"] !== "skyi") throw new SkyiError("FORMAT", "this is no snapshot of the inspector");
  const { version, protocol, savedMs, host, caps, epochOffsetMs, figures, alerts, channels } = value;
  if (version !== SKYI_VERSION || protocol !== PROTOCOL_VERSION)
    throw new SkyiError(
      "VERSION",
      `the snapshot has format ${word(version)} and protocol ${word(protocol)}; this inspector reads format ${SKYI_VERSION} and protocol ${PROTOCOL_VERSION}: open it with an inspector as old or new as the one that made it`,
    );
  const broken = (what: string): SkyiError => new SkyiError("BROKEN", `the snapshot is damaged: ${what}`);
  if (!isNumber(savedMs)) throw broken("it does not say when it was made");
  // The same check that a host's first frame has to pass.
  const hello = { type: "hello", v: PROTOCOL_VERSION, host, caps, scopes: [] };
  if (checkHostFrame(hello) === undefined || !isObject(caps)) throw broken("it does not say which host it is of");
  if (!Object.values(caps).every((c) => c === true || typeof c === "string")) throw broken("what the host offers is no list of reasons");
  if (epochOffsetMs !== undefined && !isNumber(epochOffsetMs)) throw broken("its clock is no number");
  if (figures !== undefined && !(isObject(figures) && FIGURES.every((name) => isNumber(figures[name]))))
    throw broken("its figures are no numbers");
  if (
    !Array.isArray(alerts) ||
    alerts.length > skyiLimits.alerts ||
    !alerts.every((a) => isObject(a) && a["type"] === "alert" && checkHostFrame(a) !== undefined)
  )
    throw broken("its alerts cannot be read");
  if (!isObject(channels)) throw broken("it holds no tables");
  for (const [name, frames] of Object.entries(channels)) {
    const types = Object.hasOwn(tableChannels, name) ? ["key", "delta"] : Object.hasOwn(eventChannels, name) ? ["ev"] : undefined;
    // Channels of a later inspector are left alone, as those of a later host are.
    if (types === undefined) continue;
    if (
      !Array.isArray(frames) ||
      frames.length > skyiLimits.frames ||
      !frames.every((f) => isObject(f) && types.includes(String(f["type"])))
    )
      throw broken(`the frames of ${name} cannot be read`);
  }
  return value as unknown as Recording;
}

const word = (value: unknown): string => (typeof value === "number" ? String(value) : "unknown");
