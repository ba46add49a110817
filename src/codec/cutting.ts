/** What generated cut functions answer with, and how a stream is found again after garbage. */
import { cursor } from './cursor.js';
import { EncodeError } from './problem.js';
import { type Cut, type CutResult, FRAME, MORE, SKIP } from './splitter.js';

/** Whether a frame can begin at `o`, as far as its bytes are there. `strict`: by everything that can be tested. */
export type StartsFrame = (b: Uint8Array, o: number, end: number, strict: boolean) => boolean;

/** At least `need` bytes from the frame's start must be there. */
export function more(cut: Cut, need: number): CutResult {
  cut.need = need;
  return MORE;
}

/** The frame `[o, stop)`, with nothing around it. */
export function found(cut: Cut, o: number, stop: number): CutResult {
  cut.start = o;
  cut.end = stop;
  cut.next = stop;
  return FRAME;
}

/** The bytes up to `next` are no frame; without a code that is not worth a report. */
export function skipTo(cut: Cut, next: number, code: Cut['code'] = ''): CutResult {
  cut.next = next;
  cut.code = code;
  return SKIP;
}

/** Skips to the next place where a frame can begin; what was skipped is reported. */
export function resync(cut: Cut, b: Uint8Array, o: number, end: number, startsFrame: StartsFrame): CutResult {
  let i = o + 1;
  while (i < end && !startsFrame(b, i, end, true)) i++;
  cut.next = i;
  cut.code = 'GARBAGE';
  cut.lost = true;
  return SKIP;
}

/** How many bytes the frame at `o` has, as its size says; 0 or less where that cannot be said. */
export type FrameSize = (b: Uint8Array, o: number, end: number) => number;

/**
 * A frame whose size is false: it is cut at its end marker, if that comes within `limit` bytes, and is then found bad
 * because of its size. Where a whole frame with a true size ends at that marker, what stands before it is garbage. At the
 * end of the stream what is there is the frame.
 * @param from where the marker can stand at the earliest, seen from the frame's start: behind the size, even if what the
 * marker then ends is too short to be a frame
 */
export function rescue(
  cut: Cut,
  b: Uint8Array,
  o: number,
  end: number,
  stop: Uint8Array,
  from: number,
  limit: number,
  startsFrame: StartsFrame,
  frameSize: FrameSize,
): CutResult {
  const last = Math.min(end, o + limit);
  let i = o + Math.max(cut.scanned, from);
  for (; i + stop.length <= last; i++) {
    if (!startsWith(b, i, stop)) continue;
    const over = i + stop.length;
    for (let inner = o + 1; inner < over; inner++) {
      if (!startsFrame(b, inner, over, true) || frameSize(b, inner, over) !== over - inner) continue;
      cut.next = inner;
      cut.code = 'GARBAGE';
      cut.lost = true;
      return SKIP;
    }
    return found(cut, o, over);
  }
  if (end - o >= limit) return resync(cut, b, o, end, startsFrame);
  if (cut.ended) return found(cut, o, end);
  cut.scanned = Math.max(0, i - o);
  cut.need = 0;
  return MORE;
}

/** A frame longer than the limit in a stream without markers: its size is believed, and that many bytes are dropped. */
export function overlong(cut: Cut, o: number, end: number, total: number): CutResult {
  const now = Math.min(total, end - o);
  cut.pending = total - now;
  cut.next = o + now;
  cut.code = 'OVERSIZE';
  return SKIP;
}

/** Drops more of an over-long frame. */
export function discard(cut: Cut, o: number, end: number): CutResult {
  const now = Math.min(cut.pending, end - o);
  cut.pending -= now;
  cut.next = o + now;
  cut.code = '';
  return SKIP;
}

/** {@link sizeVarint}: the last byte is not there yet. */
export const INCOMPLETE = -1;
/** {@link sizeVarint}: too many bytes, or over-long. */
export const INVALID = -2;

/** A varint that tells a size, while its bytes come in. Leaves `cursor.at` behind it. */
export function sizeVarint(b: Uint8Array, o: number, end: number, max: number): number {
  let value = 0;
  let unit = 1;
  for (let i = 0; i < max; i++) {
    if (o + i >= end) return INCOMPLETE;
    const byte = b[o + i]!;
    if (byte < 0x80) {
      cursor.at = o + i + 1;
      return byte === 0 && i > 0 ? INVALID : value + byte * unit;
    }
    value += (byte & 0x7f) * unit;
    unit *= 128;
  }
  return INVALID;
}

/** How many bytes the varint at `o` takes, which is known to be whole. */
export function varintWidth(b: Uint8Array, o: number): number {
  let width = 1;
  while (b[o++]! >= 0x80) width++;
  return width;
}

/** The error of an encoder whose frame is longer than the schema allows. */
export function tooLong(size: number, limit: number): EncodeError {
  return new EncodeError('LIMIT', 'frame', `it takes ${size} bytes, at most ${limit} are allowed`);
}

function startsWith(b: Uint8Array, o: number, wanted: Uint8Array): boolean {
  for (let i = 0; i < wanted.length; i++) if (b[o + i] !== wanted[i]) return false;
  return true;
}
