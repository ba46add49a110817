/** Frames between two flag bytes, as in HDLC: `7e ... 7e`. */
import { skipTo } from './cutting.js';
import { type EscapeRule, escapeInto, unescapeFrame } from './escape.js';
import { indexOfByte } from './markers.js';
import { copied, delivered } from './scratch.js';
import { type Cut, type CutFunction, type CutResult, FRAME, MORE } from './splitter.js';
import type { Writer } from './writer.js';

export interface FlagRule {
  readonly flag: number;
  /** One flag may end a frame and begin the next. */
  readonly shared: boolean;
  /** Two flags in a row are nothing, instead of an empty frame. */
  readonly skipEmpty: boolean;
  /**
   * Bytes of the longest frame, flags not counted and escapes undone. The splitter must have room for
   * {@link flagRoom} bytes.
   */
  readonly limit: number;
  readonly escape?: EscapeRule;
  /**
   * Whether `[o, end)`, escapes undone, can be a frame, by its constants and sizes. After a lost flag it tells the frames
   * from what stands between them: where flags are not shared, nothing else can.
   */
  readonly plausible?: (b: Uint8Array, o: number, end: number) => boolean;
}

/** `cut.pending`: no flag has opened a frame. */
const OUTSIDE = 0;
/** `cut.pending`: the flag before these bytes opened a frame. */
const INSIDE = 1;
/** `cut.pending`: inside an over-long frame that is being discarded. */
const DISCARDING = 2;

/** Most bytes of a frame on the wire: each may be escaped, and two flags stand around it. */
export function flagRoom(limit: number, escaped: boolean): number {
  return (escaped ? limit * 2 : limit) + 2;
}

/**
 * Frames between flags. Bytes outside of a frame are `GARBAGE`, and so is a frame that is not plausible: its closing flag is
 * then taken for an opening one, which finds the right phase again after a flag was lost. A frame with a bad escape is
 * skipped with `ESCAPE`.
 */
export function flagCutter({ flag, shared, skipEmpty, limit, escape: rule, plausible }: FlagRule): CutFunction {
  const most = rule === undefined ? limit : limit * 2;

  /** The frame before the flag at `i` is none. Where phases can be told apart, that flag may have opened another. */
  function refuse(cut: Cut, i: number, code: Cut['code']): CutResult {
    cut.pending = shared || plausible !== undefined ? INSIDE : OUTSIDE;
    cut.lost = true;
    return skipTo(cut, i + 1, code);
  }

  return (cut, b, o, end) => {
    if (cut.pending === DISCARDING) {
      const i = indexOfByte(b, flag, o, end);
      if (i === end) return skipTo(cut, end);
      return refuse(cut, i, '');
    }
    if (cut.pending === OUTSIDE && b[o] !== flag) {
      cut.lost = true;
      return skipTo(cut, indexOfByte(b, flag, o, end), 'GARBAGE');
    }
    const start = cut.pending === OUTSIDE ? o + 1 : o;
    if (b[start] === flag && start < end && (skipEmpty || cut.lost)) {
      let i = start + 1;
      while (i < end && b[i] === flag) i++;
      cut.pending = INSIDE;
      return skipTo(cut, i);
    }
    const i = indexOfByte(b, flag, Math.max(start, o + cut.scanned), end);
    if (i - start > most) {
      if (i < end) return refuse(cut, i, 'OVERSIZE');
      cut.pending = DISCARDING;
      return skipTo(cut, end, 'OVERSIZE');
    }
    if (i === end) {
      cut.scanned = i - o;
      return MORE;
    }
    let bytes = b;
    let from = start;
    let to = i;
    if (rule !== undefined && indexOfByte(b, rule.lead, start, i) < i) {
      from = 0;
      to = unescapeFrame(b, start, i, rule);
      if (to < 0) return refuse(cut, i, 'ESCAPE');
      bytes = copied.bytes;
    }
    if (to - from > limit) return refuse(cut, i, 'OVERSIZE');
    if (plausible?.(bytes, from, to) === false) return refuse(cut, i, 'GARBAGE');
    cut.pending = shared ? INSIDE : OUTSIDE;
    if (bytes !== b) return delivered(cut, to, i + 1);
    cut.start = from;
    cut.end = to;
    cut.next = i + 1;
    return FRAME;
  };
}

/** Makes a frame of what was written from `from` on: escaped, between two flags. */
export function flagInto(w: Writer, from: number, flag: number, rule?: EscapeRule): void {
  if (rule === undefined) w.shift(from, 1);
  else escapeInto(w, from, rule, 1);
  // Room may be made by moving to other bytes: they are asked for afterwards.
  const last = w.reserve(1);
  w.bytes[from] = flag;
  w.bytes[last] = flag;
}
