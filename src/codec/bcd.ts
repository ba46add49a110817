/** Binary-coded decimals: two digits a byte, high one first. Nibbles a..f are kept as letters: real devices send them. */

import { EncodeError } from './problem.js';
import { hex, nibble, string } from './text.js';
import type { Writer } from './writer.js';

/** `[o, end)` as digits. */
export function bcd(b: Uint8Array, o: number, end: number): string {
  return hex(b, o, end);
}

/** The same without leading zeros, but with at least one digit: `trim: left0`. */
export function bcdTrimmed(b: Uint8Array, o: number, end: number): string {
  const text = hex(b, o, end);
  let i = 0;
  while (i < text.length - 1 && text.charCodeAt(i) === 48) i++;
  return i === 0 ? text : text.slice(i);
}

/** Bytes that the digits of `v` fill, where the field tells its size itself. */
export function bcdSize(v: string, field: string): number {
  return Math.ceil(string(v, field).length / 2);
}

/**
 * Appends `v` in exactly `size` bytes.
 * @param pad fill with zeros on the left, which is what a trimmed field needs; without it the digits must fill the bytes.
 * @returns `size`
 * @throws EncodeError when a character is no digit or the digits do not fit.
 */
export function writeBcd(w: Writer, v: string, size: number, pad: boolean, field: string): number {
  const given = string(v, field).length;
  const digits = size * 2;
  if (given > digits || (!pad && given < digits)) {
    throw new EncodeError('LENGTH', field, `${given} digits, want ${pad ? 'at most ' : ''}${digits}`);
  }
  if (pad && (given === 0 || (given > 1 && v.charCodeAt(0) === 48))) {
    throw new EncodeError('TEXT', field, `${JSON.stringify(v)} would come back without its leading zeros`);
  }
  const o = w.reserve(size);
  const b = w.bytes;
  for (let i = 0, at = given - digits; i < size; i++, at += 2) {
    const high = at < 0 ? 0 : nibble(v.charCodeAt(at));
    const low = at < -1 ? 0 : nibble(v.charCodeAt(at + 1));
    if ((high | low) < 0) throw new EncodeError('TEXT', field, `want digits, got ${JSON.stringify(v)}`);
    b[o + i] = (high << 4) | low;
  }
  return size;
}
