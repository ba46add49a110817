/** Frames whose size is known without a size field. */
import { discard, type FrameSize, found, more, overlong, resync, type StartsFrame } from './cutting.js';
import type { CutFunction } from './splitter.js';

/** Frames of `size` bytes each. */
export function fixedCutter(size: number): CutFunction {
  return (cut, _, o, end) => (end - o < size ? more(cut, size) : found(cut, o, o + size));
}

/**
 * Frames whose size follows from what they are. Where none begins, bytes are `GARBAGE` up to the next place where one can.
 * @param sizeOf bytes of the whole frame at `o`; 0 where more bytes are needed to tell, -1 where there is no frame
 * @param limit bytes of the longest frame; a longer one is dropped by its size and reported once
 * @param startsFrame tests more than `sizeOf` does
 */
export function tableCutter(sizeOf: FrameSize, limit: number, startsFrame?: StartsFrame): CutFunction {
  const starts: StartsFrame = startsFrame ?? ((b, o, end) => sizeOf(b, o, end) >= 0);
  return (cut, b, o, end) => {
    if (cut.pending > 0) return discard(cut, o, end);
    const size = starts(b, o, end, cut.lost) ? sizeOf(b, o, end) : -1;
    if (size < 0) return resync(cut, b, o, end, starts);
    if (size === 0) return more(cut, end - o + 1);
    if (size > limit) return overlong(cut, o, end, size);
    return end - o < size ? more(cut, size) : found(cut, o, o + size);
  };
}
