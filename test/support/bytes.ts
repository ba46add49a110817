/** Bytes in tests: hexadecimal literals, and every way of cutting a stream in pieces. */

/** `78 78 'abc' 0d`: hexadecimal pairs and quoted ASCII. */
export function hexBytes(text: string): Uint8Array {
  const out: number[] = [];
  for (const [, quoted, pair] of text.matchAll(/'([^']*)'|([0-9a-fA-F]{2})|\s+/g)) {
    if (quoted !== undefined) for (const c of quoted) out.push(c.charCodeAt(0));
    else if (pair !== undefined) out.push(Number.parseInt(pair, 16));
  }
  return Uint8Array.from(out);
}

/** Lower-case digits without spaces. */
export function toHex(b: Uint8Array): string {
  return Buffer.from(b.buffer, b.byteOffset, b.length).toString('hex');
}

export function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, p) => sum + p.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Pieces of `size` bytes; the last may be shorter. */
export function pieces(b: Uint8Array, size: number): Uint8Array[] {
  const out: Uint8Array[] = [];
  for (let i = 0; i < b.length; i += size) out.push(b.slice(i, i + size));
  return out;
}

/** The ways of cutting that every stream test goes through: whole, in 1, 3, 7 and 64 bytes, and in two at every point. */
export function* cuttings(b: Uint8Array): Generator<{ title: string; chunks: Uint8Array[] }> {
  yield { title: 'whole', chunks: [b] };
  for (const size of [1, 3, 7, 64]) yield { title: `pieces of ${size}`, chunks: pieces(b, size) };
  for (let at = 1; at < b.length; at++) yield { title: `cut at ${at}`, chunks: [b.slice(0, at), b.slice(at)] };
}
