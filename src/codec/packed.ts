/** Booleans packed eight to a byte, the first in the lowest bit, as Modbus sends coils. */
import { bit, described } from './ints.js';
import { EncodeError } from './problem.js';
import type { Writer } from './writer.js';

/** Bytes that so many booleans take. */
export function bitsSize(count: number): number {
  return Math.ceil(count / 8);
}

/** The first `count` booleans from `start` on. Bits that are left over in the last byte are not looked at. */
export function bits(b: Uint8Array, start: number, count: number): boolean[] {
  const list: boolean[] = [];
  for (let i = 0; i < count; i++) list.push(((b[start + (i >> 3)]! >> (i & 7)) & 1) === 1);
  return list;
}

/** Appends booleans; the bits that are left over are 0. Returns how many bytes they took. @throws EncodeError on anything else. */
export function writeBits(w: Writer, v: readonly boolean[], field: string): number {
  if (!Array.isArray(v)) throw new EncodeError('TYPE', field, `want a list, got ${described(v)}`);
  const size = bitsSize(v.length);
  const o = w.reserve(size);
  w.bytes.fill(0, o, o + size);
  // An index, because a list with holes must not pass.
  for (let i = 0; i < v.length; i++) w.bytes[o + (i >> 3)]! |= bit(v[i], `${field}[${i}]`) << (i & 7);
  return size;
}

/** Whether the last byte of `count` booleans has bits set behind the last of them. */
export function strayBits(b: Uint8Array, o: number, count: number): boolean {
  return (count & 7) !== 0 && b[o + (count >> 3)]! >> (count & 7) !== 0;
}
