/**
 * Variable-length numbers: seven bits a byte, lowest first, the top bit says that more follow. Over-long forms
 * (`80 00`) are refused: one number has one spelling, so that a decoded frame encodes to the same bytes.
 */
import { cursor } from './cursor.js';
import { fail } from './problem.js';
import type { Writer } from './writer.js';

/**
 * Reads an unsigned varint of at most `max` bytes (1..7, so that it stays a safe integer).
 * @returns the number with `cursor.at` behind it, or -1 with the reason in `problem`.
 */
export function varint(b: Uint8Array, o: number, end: number, max: number, field: string): number {
  let value = 0;
  let unit = 1;
  const stop = end - o < max ? end : o + max;
  for (let i = o; i < stop; i++) {
    const byte = b[i]!;
    if (byte < 0x80) {
      if (byte === 0 && i > o) break;
      cursor.at = i + 1;
      return value + byte * unit;
    }
    value += (byte & 0x7f) * unit;
    unit *= 128;
  }
  return noVarint(b, o, end, max, field);
}

/** Says why there is none. Apart from {@link varint}, which is short enough to be inlined that way. */
function noVarint(b: Uint8Array, o: number, end: number, max: number, field: string): -1 {
  let i = o;
  while (i < end && i - o < max && b[i]! >= 0x80) i++;
  if (i >= end && i - o < max) fail('TRUNCATED', end, field);
  else fail('VARINT', o, field, undefined, `at most ${max} bytes, without needless zeros`);
  return -1;
}

/** Undoes zigzag: 0, 1, 2, 3 -> 0, -1, 1, -2. */
export function unzigzag(n: number): number {
  return n % 2 === 0 ? n / 2 : -(n + 1) / 2;
}

/** Zigzag: 0, -1, 1, -2 -> 0, 1, 2, 3. */
export function zigzag(n: number): number {
  return n < 0 ? -n * 2 - 1 : n * 2;
}

/** Bytes that `n` takes as a varint. */
export function varintSize(n: number): number {
  if (n < 0x80) return 1;
  if (n < 0x4000) return 2;
  let size = 3;
  for (n = Math.floor(n / 0x20_0000); n > 0; n = Math.floor(n / 0x80)) size++;
  return size;
}

/** Writes `n` at `o`, where `varintSize(n)` bytes are free. */
export function putVarint(b: Uint8Array, o: number, n: number): void {
  for (; n >= 0x8000_0000; n = Math.floor(n / 0x80)) b[o++] = (n % 0x80) | 0x80;
  // Now it fits the engine's own integers, which are shifted faster than they are divided.
  for (; n >= 0x80; n >>>= 7) b[o++] = (n & 0x7f) | 0x80;
  b[o] = n;
}

/** Appends `n`. */
export function writeVarint(w: Writer, n: number): void {
  const o = w.reserve(varintSize(n));
  putVarint(w.bytes, o, n);
}

/** Puts `n` as a varint in front of the bytes that begin at `at`. */
export function prefixVarint(w: Writer, at: number, n: number): void {
  w.shift(at, varintSize(n));
  putVarint(w.bytes, at, n);
}
