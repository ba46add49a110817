/** Frames that are sent as hexadecimal digits, one in a line. */
import { recoded, room } from './scratch.js';
import type { CutFunction } from './splitter.js';
import { untilCutter } from './until.js';
import type { Writer } from './writer.js';

/** Most bytes of a frame on the wire: two digits each, and the longest line end. */
export function hexRoom(limit: number, ends: readonly Uint8Array[]): number {
  return limit * 2 + Math.max(...ends.map(end => end.length));
}

/**
 * Frames in hexadecimal digits of either case. Empty lines are left out; a line with anything else, or half a byte, is skipped
 * with `DIGITS`.
 * @param limit bytes of the longest frame, decoded; the splitter must have room for {@link hexRoom} bytes
 * @param ends what ends a line: the longest that stands at a place
 */
export function hexCutter(limit: number, ends: readonly Uint8Array[]): CutFunction {
  return recoded(untilCutter({ ends, limit: limit * 2, skipEmpty: true }), decodeHex, limit, 'DIGITS');
}

function decodeHex(b: Uint8Array, start: number, end: number): number {
  const size = (end - start) / 2;
  if (!Number.isInteger(size)) return -1;
  const to = room(size);
  for (let n = 0; n < size; n++) {
    const high = nibble(b[start + n * 2]!);
    const low = nibble(b[start + n * 2 + 1]!);
    if (high < 0 || low < 0) return -1;
    to[n] = high * 16 + low;
  }
  return size;
}

/** The value of a digit, or -1. */
function nibble(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}

/** Replaces what was written from `from` on by its digits, in upper case. The line end is the caller's. */
export function hexInto(w: Writer, from: number): void {
  let read = w.length;
  w.reserve(read - from);
  const b = w.bytes;
  // From the back, so that no byte is overwritten before it has been read.
  for (let write = w.length; read > from; ) {
    const byte = b[--read]!;
    b[--write] = digit(byte & 0x0f);
    b[--write] = digit(byte >> 4);
  }
}

function digit(value: number): number {
  return value < 10 ? 0x30 + value : 0x41 + value - 10;
}
