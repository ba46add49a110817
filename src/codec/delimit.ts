/**
 * What encoders refuse of a whole frame: it would be cut somewhere else than it ends, or not be found at all. An encoder's
 * mirror of the cut functions.
 */
import { indexOfByte } from './markers.js';
import { EncodeError } from './problem.js';
import type { Writer } from './writer.js';

/**
 * A frame whose size is given by the schema.
 * @param want negative where the schema gives none, for this id
 * @throws EncodeError `LENGTH` where it has another one
 */
export function exactSize(size: number, want: number): void {
  if (want < 0) throw new EncodeError('LENGTH', 'frame', 'the schema gives no size for its id');
  if (size !== want) throw new EncodeError('LENGTH', 'frame', `it takes ${size} bytes, but is cut at ${want}`);
}

/** Empty frames are left out where frames are cut. @throws EncodeError `AMBIGUOUS` for one */
export function notEmpty(size: number): void {
  if (size === 0) throw new EncodeError('AMBIGUOUS', 'frame', 'it is empty, and would be left out');
}

/** Nothing escapes the flag in the frame that was written from `from` on. @throws EncodeError `TEXT` where it stands there */
export function withoutFlag(w: Writer, from: number, flag: number): void {
  if (indexOfByte(w.bytes, flag, from, w.length) < w.length) throw broken(Uint8Array.of(flag), 'end');
}

/**
 * Puts its end behind the frame that was written from `from` on. Nothing in it may be taken for an end or for another start,
 * whatever follows, nor its beginning for the rest of the end in front of it.
 */
export function untilInto(
  w: Writer,
  from: number,
  end: Uint8Array,
  ends: readonly Uint8Array[],
  starts: readonly Uint8Array[],
): void {
  const stop = w.length;
  w.append(end);
  const b = w.bytes;
  let inner = from;
  if (starts.length > 0) {
    for (const start of starts) if (stands(b, from, stop, start)) inner = Math.max(inner, from + start.length);
    if (inner === from) throw new EncodeError('AMBIGUOUS', 'frame', 'it does not begin as a frame must');
  } else {
    for (const longer of ends) {
      if (longer.length > end.length && stands(longer, 0, longer.length, end)) {
        const rest = longer.subarray(end.length);
        if (mayStand(b, from, w.length, rest))
          throw new EncodeError(
            'TEXT',
            'frame',
            `the bytes ${shown(rest)} at its beginning would belong to the end in front of it`,
          );
      }
    }
  }
  for (let i = inner; i < stop; i++) {
    for (const marker of ends) if (mayStand(b, i, w.length, marker)) throw broken(marker, 'end');
    for (const marker of starts) if (mayStand(b, i, w.length, marker)) throw broken(marker, 'start');
  }
}

function stands(b: Uint8Array, o: number, end: number, marker: Uint8Array): boolean {
  return o + marker.length <= end && mayStand(b, o, end, marker);
}

/** Whether `marker` stands at `o`, as far as bytes are there: what follows the frame could make it whole. */
function mayStand(b: Uint8Array, o: number, end: number, marker: Uint8Array): boolean {
  for (let i = 0; i < marker.length && o + i < end; i++) if (b[o + i] !== marker[i]) return false;
  return true;
}

function broken(marker: Uint8Array, what: string): EncodeError {
  return new EncodeError('TEXT', 'frame', `the bytes ${shown(marker)} in it would ${what} a frame`);
}

const shown = (b: Uint8Array): string => [...b].map(byte => byte.toString(16).padStart(2, '0')).join(' ');
