/**
 * COBS, consistent overhead byte stuffing (Cheshire and Baker, 1999): `00` ends a frame and stands nowhere else. A frame is a
 * row of blocks: a byte n, then n - 1 bytes that are not zero, then, unseen, a zero, but not at the end and not for n = 255.
 */
import { recoded, room } from './scratch.js';
import type { CutFunction } from './splitter.js';
import { untilCutter } from './until.js';
import type { Writer } from './writer.js';

/** The longest block: its size and 254 bytes. */
const FULL = 255;

/** Most bytes of a frame on the wire, with the zero that ends it. */
export function cobsRoom(limit: number): number {
  return limit + Math.floor(limit / (FULL - 1)) + 2;
}

/**
 * Frames in COBS. Empty ones are left out; one whose last block is too short is skipped with `SIZE`.
 * @param limit bytes of the longest frame, decoded; the splitter must have room for {@link cobsRoom} bytes
 */
export function cobsCutter(limit: number): CutFunction {
  const raw = untilCutter({ ends: [Uint8Array.of(0)], limit: cobsRoom(limit) - 1, skipEmpty: true });
  return recoded(raw, decodeCobs, limit, 'SIZE');
}

function decodeCobs(b: Uint8Array, start: number, end: number): number {
  const to = room(end - start);
  let n = 0;
  for (let i = start; i < end; ) {
    const size = b[i]!;
    const stop = i + size;
    if (stop > end) return -1;
    for (i++; i < stop; i++) to[n++] = b[i]!;
    if (size < FULL && stop < end) to[n++] = 0;
  }
  return n;
}

/** Makes a frame of what was written from `from` on: in blocks, with the zero that ends it. */
export function cobsInto(w: Writer, from: number): void {
  const plain = w.slice(from);
  w.length = from;
  w.reserve(cobsRoom(plain.length));
  const b = w.bytes;
  let block = from;
  let o = from + 1;
  const close = (): void => {
    b[block] = o - block;
    block = o++;
  };
  for (let i = 0; i < plain.length; i++) {
    const byte = plain[i]!;
    if (byte === 0) close();
    else {
      b[o++] = byte;
      if (o - block === FULL && i < plain.length - 1) close();
    }
  }
  close();
  b[block] = 0;
  w.length = o;
}
