/** Binary-coded decimals: two digits a byte, high one first. Nibbles a..f are kept as letters: real devices send them. */

import { EncodeError } from './problem.js';
import { hex, string } from './text.js';
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
 * @throws EncodeError when a character is no digit or the digits do not fit.
 */
export function writeBcd(w: Writer, v: string, size: number, pad: boolean, field: string): void {
  if (!/^[0-9a-fA-F]*$/.test(string(v, field))) {
    throw new EncodeError('TEXT', field, `want digits, got ${JSON.stringify(v)}`);
  }
  const digits = size * 2;
  if (v.length > digits || (!pad && v.length < digits)) {
    throw new EncodeError('LENGTH', field, `${v.length} digits, want ${pad ? 'at most ' : ''}${digits}`);
  }
  if (pad && (v === '' || (v.length > 1 && v.startsWith('0')))) {
    throw new EncodeError('TEXT', field, `${JSON.stringify(v)} would come back without its leading zeros`);
  }
  const text = v.padStart(digits, '0');
  const o = w.reserve(size);
  for (let i = 0; i < size; i++) w.bytes[o + i] = Number.parseInt(text.slice(i * 2, i * 2 + 2), 16);
}
