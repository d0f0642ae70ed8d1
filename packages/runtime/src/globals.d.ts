/** The web-standard globals the portable core accepts; every supported host has them. */

declare class TextEncoder {
  encode(input?: string): Uint8Array;
  encodeInto(source: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array): string;
}

interface ErrorConstructor {
  /** V8 only: absent elsewhere, so callers test for it. */
  captureStackTrace?(target: object, above?: unknown): void;
  stackTraceLimit?: number;
}
