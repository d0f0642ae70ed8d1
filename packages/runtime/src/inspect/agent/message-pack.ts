/**
 * Looks over MessagePack bytes before a decoder does: one whole value, no extensions, texts as keys, not nested deeply, no length beyond the bytes there are.
 *
 * Decoders trust the lengths they read (five bytes can make one allocate a list of 2^32 entries); bytes from outside must not be trusted.
 * Knows nothing of what the value means and builds nothing.
 *
 * @module
 */

const MAX_DEPTH = 16;

/**
 * Says whether the bytes are one plain MessagePack value that is safe to decode. Takes time in proportion to the bytes.
 *
 * @returns `undefined` when they are, else what is wrong, for people.
 */
export function checkMessagePack(bytes: Uint8Array): string | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  /** Values still to come, by depth; where a map is open, an even number means that a key is next. */
  const open: number[] = [1];
  const maps: boolean[] = [false];
  let at = 0;
  const short = (): string => `the bytes end at ${end} inside a value`;
  while (open.length > 0) {
    if (open[open.length - 1] === 0) {
      open.pop();
      maps.pop();
      continue;
    }
    const isKey = maps[maps.length - 1]! && open[open.length - 1]! % 2 === 0;
    open[open.length - 1]!--;
    if (at >= end) return short();
    const start = at;
    const code = bytes[at++]!;
    if (isKey && !((code >= 0xa0 && code <= 0xbf) || (code >= 0xd9 && code <= 0xdb))) return `a map has a key at ${start} that is no text`;
    let skip = 0;
    let items = -1;
    let map = false;
    if (code <= 0x7f || code >= 0xe0 || code === 0xc0 || code === 0xc2 || code === 0xc3) continue;
    else if (code <= 0x8f) {
      items = (code & 0x0f) * 2;
      map = true;
    } else if (code <= 0x9f) items = code & 0x0f;
    else if (code <= 0xbf) skip = code & 0x1f;
    else {
      const known = shapes[code];
      if (known === undefined) return `byte 0x${code.toString(16)} at ${start} begins nothing that is allowed here`;
      const [lengthBytes, kind] = known;
      if (at + lengthBytes > end) return short();
      const length = lengthBytes === 1 ? bytes[at]! : lengthBytes === 2 ? view.getUint16(at) : lengthBytes === 4 ? view.getUint32(at) : 0;
      if (kind === "fixed") skip = lengthBytes;
      else {
        at += lengthBytes;
        if (kind === "bytes") skip = length;
        else {
          map = kind === "map";
          items = map ? length * 2 : length;
        }
      }
    }
    if (items >= 0) {
      // Each item takes a byte at least.
      if (items > end - at) return `${items} items are announced at ${start} where ${end - at} bytes are left`;
      if (open.length >= MAX_DEPTH) return `values are nested more than ${MAX_DEPTH} deep`;
      open.push(items);
      maps.push(map);
    } else {
      at += skip;
      if (at > end) return short();
    }
  }
  return at === end ? undefined : `${end - at} bytes follow the value`;
}

/** By first byte: how many bytes of length (or of value) follow, and what they count. Extensions (c7-c9, d4-d8) are not among them. */
const shapes: Readonly<Record<number, readonly [lengthBytes: number, kind: "bytes" | "list" | "map" | "fixed"]>> = {
  0xc4: [1, "bytes"],
  0xc5: [2, "bytes"],
  0xc6: [4, "bytes"],
  0xca: [4, "fixed"],
  0xcb: [8, "fixed"],
  0xcc: [1, "fixed"],
  0xcd: [2, "fixed"],
  0xce: [4, "fixed"],
  0xcf: [8, "fixed"],
  0xd0: [1, "fixed"],
  0xd1: [2, "fixed"],
  0xd2: [4, "fixed"],
  0xd3: [8, "fixed"],
  0xd9: [1, "bytes"],
  0xda: [2, "bytes"],
  0xdb: [4, "bytes"],
  0xdc: [2, "list"],
  0xdd: [4, "list"],
  0xde: [2, "map"],
  0xdf: [4, "map"],
};
