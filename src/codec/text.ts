/**
 * Bytes as text and back. Text that is not valid in its character set is refused, not repaired: a repaired name could
 * become somebody else's.
 */

import { described } from './ints.js';
import { indexOfByte } from './markers.js';
import { EncodeError, fail } from './problem.js';
import type { Writer } from './writer.js';

/** Node's Buffer reads short text many times faster than TextDecoder; anywhere else it is not there. */
interface FastText extends Uint8Array {
  latin1Slice?(start: number, end: number): string;
  utf8Slice?(start: number, end: number): string;
}

const utf8Decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8Encoder = new TextEncoder();

/** `[o, end)` as ASCII, or `undefined` with the reason in `problem`. */
export function ascii(b: Uint8Array, o: number, end: number, field: string): string | undefined {
  for (let i = o; i < end; i++) {
    if (b[i]! > 0x7f) return fail('TEXT', i, field, `byte 0x${b[i]!.toString(16)}`, 'ascii');
  }
  return latin1(b, o, end);
}

/** `[o, end)` as ISO 8859-1: every byte is a character. */
export function latin1(b: Uint8Array, o: number, end: number): string {
  const fast = b as FastText;
  if (fast.latin1Slice !== undefined) return fast.latin1Slice(o, end);
  let text = '';
  for (let i = o; i < end; i++) text += String.fromCharCode(b[i]!);
  return text;
}

/** `[o, end)` as UTF-8, or `undefined` with the reason in `problem`. */
export function utf8(b: Uint8Array, o: number, end: number, field: string): string | undefined {
  let i = o;
  while (i < end && b[i]! < 0x80) i++;
  if (i === end) return latin1(b, o, end);
  try {
    return utf8Decoder.decode(b.subarray(o, end));
  } catch {
    return fail('TEXT', i, field, undefined, 'utf-8');
  }
}

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** `[o, end)` as lower-case hexadecimal digits. */
export function hex(b: Uint8Array, o: number, end: number): string {
  let text = '';
  for (let i = o; i < end; i++) text += HEX[b[i]!]!;
  return text;
}

/** A text; refuses anything else. */
export function string(v: string, field: string): string {
  if (typeof v === 'string') return v;
  throw new EncodeError('TYPE', field, `want text, got ${described(v)}`);
}

/** Appends `v` as UTF-8. Returns how many bytes it took. @throws EncodeError on a lone surrogate. */
export function writeUtf8(w: Writer, v: string, field: string): number {
  const n = string(v, field).length;
  const o = w.reserve(n);
  const b = w.bytes;
  for (let i = 0; i < n; i++) {
    const c = v.charCodeAt(i);
    if (c > 0x7f) {
      w.length = o;
      return writeWide(w, v, field);
    }
    b[o + i] = c;
  }
  return n;
}

function writeWide(w: Writer, v: string, field: string): number {
  if (/\p{Surrogate}/u.test(v)) throw new EncodeError('TEXT', field, 'the text has half a surrogate pair');
  const bytes = utf8Encoder.encode(v);
  w.append(bytes);
  return bytes.length;
}

/** Appends `v` as ASCII. Returns how many bytes it took. @throws EncodeError on any other character. */
export function writeAscii(w: Writer, v: string, field: string): number {
  return writeSingleBytes(w, v, field, 0x7f, 'ascii');
}

/** Appends `v` as ISO 8859-1. Returns how many bytes it took. @throws EncodeError on any other character. */
export function writeLatin1(w: Writer, v: string, field: string): number {
  return writeSingleBytes(w, v, field, 0xff, 'latin1');
}

function writeSingleBytes(w: Writer, v: string, field: string, max: number, charset: string): number {
  const n = string(v, field).length;
  const o = w.reserve(n);
  const b = w.bytes;
  for (let i = 0; i < n; i++) {
    const c = v.charCodeAt(i);
    if (c > max)
      throw new EncodeError('TEXT', field, `"${String.fromCodePoint(v.codePointAt(i)!)}" is not in ${charset}`);
    b[o + i] = c;
  }
  return n;
}

/** Character code -> the value of a hexadecimal digit, or -1. */
const NIBBLES = new Int8Array(128).fill(-1);
for (let i = 0; i < 16; i++) {
  NIBBLES[i.toString(16).charCodeAt(0)] = i;
  NIBBLES[i.toString(16).toUpperCase().charCodeAt(0)] = i;
}

/** What a hexadecimal digit, given as its character code, stands for; -1 for any other character. */
export function nibble(c: number): number {
  return c < 128 ? NIBBLES[c]! : -1;
}

/** Appends the bytes that pairs of hexadecimal digits stand for. Returns how many bytes it took. */
export function writeHex(w: Writer, v: string, field: string): number {
  const n = string(v, field).length >> 1;
  const o = w.reserve(n);
  const b = w.bytes;
  let bad = v.length & 1 ? -1 : 0;
  for (let i = 0; i < n; i++) {
    const high = nibble(v.charCodeAt(i * 2));
    const low = nibble(v.charCodeAt(i * 2 + 1));
    bad |= high | low;
    b[o + i] = (high << 4) | low;
  }
  if (bad < 0) throw new EncodeError('TEXT', field, `want pairs of hexadecimal digits, got ${described(v)}`);
  return n;
}

/** Appends raw bytes. Returns how many. */
export function writeBytes(w: Writer, v: Uint8Array, field: string): number {
  if (!(v instanceof Uint8Array)) throw new EncodeError('TYPE', field, `want bytes, got ${described(v)}`);
  w.append(v);
  return v.length;
}

/** Longer runs are copied faster by the engine, in one go with making their array. */
const SLICED = 32;
/** Shared by all that are empty: allocating one costs more than decoding ten numbers. */
const NONE = new Uint8Array(0);

/** `[o, end)` as a copy of its own, so that a few bytes do not keep a whole chunk alive. */
export function bytes(b: Uint8Array, o: number, end: number): Uint8Array {
  if (o === end) return NONE;
  const size = end - o;
  // A Buffer's `slice` is a view.
  if (size > SLICED && b.constructor === Uint8Array) return b.slice(o, end);
  const own = new Uint8Array(size);
  if (size > SLICED) own.set(b.subarray(o, end));
  else for (let i = 0; i < size; i++) own[i] = b[o + i]!;
  return own;
}

/** Refuses a text or run of bytes of the wrong length; returns it otherwise. */
export function sized(n: number, min: number, max: number, field: string): number {
  if (n >= min && n <= max) return n;
  throw wrongSize(n, min, max, field);
}

function wrongSize(n: number, min: number, max: number, field: string): EncodeError {
  const want = min === max ? `${min}` : `${min}..${max}`;
  return new EncodeError('LENGTH', field, `it takes ${n} bytes, want ${want}`);
}

/** The end of `[o, end)` without the filling `pad` bytes on its right. */
export function unpadded(b: Uint8Array, o: number, end: number, pad: number): number {
  while (end > o && b[end - 1] === pad) end--;
  return end;
}

/**
 * Fills up to `size` bytes with `pad`.
 * @throws EncodeError when `written` is more than `size`, or the text ends with the filling itself and would come back short
 */
export function padTo(w: Writer, written: number, size: number, pad: number | undefined, field: string): void {
  if (pad !== undefined && written > 0 && written <= size && w.bytes[w.length - 1] === pad)
    throw new EncodeError('AMBIGUOUS', field, 'it ends with the byte that fills it up, and would come back without');
  if (written === size) return;
  if (written > size || pad === undefined)
    throw new EncodeError('LENGTH', field, `it takes ${written} bytes, want ${size}`);
  const o = w.reserve(size - written);
  w.bytes.fill(pad, o, w.length);
}

/** Where the NUL stands that ends the text at `o`, or -1 with the reason in `problem`. */
export function cstrEnd(b: Uint8Array, o: number, end: number, field: string): number {
  return endOfText(indexOfByte(b, 0, o, end), end, field, 'a NUL byte');
}

/** Where the delimiter begins that ends the text at `o`, or -1 with the reason in `problem`. */
export function untilEnd(b: Uint8Array, o: number, end: number, delimiter: Uint8Array, field: string): number {
  return endOfText(indexOfBytes(b, o, end, delimiter), end, field, `its end, ${hex(delimiter, 0, delimiter.length)}`);
}

function endOfText(at: number, end: number, field: string, want: string): number {
  if (at < end) return at;
  fail('TRUNCATED', end, field, undefined, want);
  return -1;
}

function indexOfBytes(b: Uint8Array, o: number, end: number, wanted: Uint8Array): number {
  const first = wanted[0]!;
  const last = end - wanted.length;
  for (let i = indexOfByte(b, first, o, end); i <= last; i = indexOfByte(b, first, i + 1, end)) {
    let n = 1;
    while (n < wanted.length && b[i + n] === wanted[n]) n++;
    if (n === wanted.length) return i;
  }
  return end;
}

/**
 * Ends the text that was written from `from` on.
 * @throws EncodeError `AMBIGUOUS` where it would be read back shorter, because the delimiter stands in it
 */
export function endText(w: Writer, from: number, delimiter: Uint8Array, field: string): void {
  const end = w.length;
  w.append(delimiter);
  if (indexOfBytes(w.bytes, from, w.length, delimiter) === end) return;
  throw new EncodeError('AMBIGUOUS', field, `it has the bytes that end it, ${hex(delimiter, 0, delimiter.length)}`);
}
