/** Frames that end with a delimiter, and may have to begin with a marker. */
import { skipTo } from './cutting.js';
import { leadSearch, Markers, NONE, PARTIAL } from './markers.js';
import { type Cut, type CutFunction, type CutResult, FRAME, MORE } from './splitter.js';

export interface UntilRule {
  /** A frame begins with one of these, which are part of it. Without them it begins where the last one ended. */
  readonly starts?: readonly Uint8Array[];
  /** A frame ends before the first of these; of two at the same place the longer one counts. */
  readonly ends: readonly Uint8Array[];
  /**
   * Bytes of the longest frame, its end not counted: a longer one is discarded up to its end and reported once. The
   * splitter must have room for the longest end as well.
   */
  readonly limit: number;
  /** Leave empty frames out. */
  readonly skipEmpty?: boolean;
}

/** `cut.pending`: inside an over-long frame that is being discarded. */
const DISCARDING = 1;
/** `cut.pending`: from here on, the index of an end that was taken and may yet turn out to be a longer one. */
const TAIL = 2;

/** What {@link untilCutter} finds besides ends, whose index it gives: the start of a frame. */
const START = -3;

/**
 * Frames up to a delimiter.
 *
 * An end that is the beginning of a longer one (`0d` where `0d 0a` is an end too) ends its frame at once: what makes it the
 * longer one is swallowed when it comes. Where starts are given, bytes before one are `GARBAGE`, and so is a frame in which
 * another one begins. At the end of the stream an unfinished frame is none.
 */
export function untilCutter({ starts, ends, limit, skipEmpty = false }: UntilRule): CutFunction {
  const closing = new Markers(ends);
  const tails = closing.tails();
  const opening = starts === undefined || starts.length === 0 ? undefined : new Markers(starts);
  const nextLead = opening === undefined ? leadSearch(closing) : leadSearch(closing, opening);
  const nextStart = opening === undefined ? undefined : leadSearch(opening);
  /** What the last search found at its place: the index of an end, or one of `START`, `PARTIAL` and `NONE`. */
  let found = NONE;

  function search(b: Uint8Array, i: number, end: number, ended: boolean): number {
    for (i = nextLead(b, i, end); i < end; i = nextLead(b, i + 1, end)) {
      found = closing.at(b, i, end, false);
      if (found >= 0 || (found === PARTIAL && !ended)) return i;
      if (opening === undefined) continue;
      found = opening.at(b, i, end, !ended);
      if (found >= 0) found = START;
      if (found === START || (found === PARTIAL && !ended)) return i;
    }
    found = NONE;
    return end;
  }

  /** Goes on behind the end that was found at `i`. */
  function behindEnd(cut: Cut, i: number): number {
    cut.pending = tails[found] === undefined ? 0 : TAIL + found;
    return i + closing.all[found]!.length;
  }

  function garbage(cut: Cut, next: number): CutResult {
    cut.lost = true;
    return skipTo(cut, next, 'GARBAGE');
  }

  return (cut, b, o, end) => {
    if (cut.pending >= TAIL) {
      const tail = tails[cut.pending - TAIL]!;
      const index = tail.at(b, o, end, !cut.ended);
      if (index === PARTIAL && !cut.ended) return MORE;
      cut.pending = 0;
      // Nothing of it: what begins here may be a frame of another shape.
      return skipTo(cut, index >= 0 ? o + tail.all[index]!.length : o);
    }
    if (cut.pending === DISCARDING) {
      const i = search(b, o, end, cut.ended);
      if (found >= 0) return skipTo(cut, behindEnd(cut, i));
      if (found === START) cut.pending = 0;
      if (i > o) return skipTo(cut, i);
      if (found !== START) return MORE;
    }
    let from = cut.scanned;
    if (opening !== undefined && from === 0) {
      const start = opening.at(b, o, end, !cut.ended);
      if (start === PARTIAL) return MORE;
      if (start === NONE) {
        let i = nextStart!(b, o + 1, end);
        while (i < end && opening.at(b, i, end, true) === NONE) i = nextStart!(b, i + 1, end);
        return garbage(cut, i);
      }
      from = opening.all[start]!.length;
    }
    const i = search(b, o + from, end, cut.ended);
    if (i - o > limit) {
      if (found >= 0) return skipTo(cut, behindEnd(cut, i), 'OVERSIZE');
      if (found !== START) cut.pending = DISCARDING;
      return skipTo(cut, i, 'OVERSIZE');
    }
    if (found === START) return garbage(cut, i);
    if (found < 0) {
      cut.scanned = i - o;
      return MORE;
    }
    const next = behindEnd(cut, i);
    if (skipEmpty && i === o) return skipTo(cut, next);
    cut.start = o;
    cut.end = i;
    cut.next = next;
    return FRAME;
  };
}
