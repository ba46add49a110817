/**
 * Where frames stand that are not delivered as they came: without escapes, from digits. One buffer serves all connections,
 * because a sink borrows a frame only until its call returns.
 */
import { skipTo } from './cutting.js';
import type { ProblemCode } from './problem.js';
import { type Cut, type CutFunction, type CutResult, FRAME } from './splitter.js';

/** Read `bytes` again after each call that fills it: it is replaced when it grows. */
export const copied: { bytes: Uint8Array } = { bytes: new Uint8Array(256) };

/** The buffer, with room for `size` bytes. */
export function room(size: number): Uint8Array {
  if (copied.bytes.length < size) copied.bytes = new Uint8Array(Math.max(size, copied.bytes.length * 2));
  return copied.bytes;
}

/** The frame that the first `size` bytes of the buffer are. */
export function delivered(cut: Cut, size: number, next: number): CutResult {
  cut.bytes = copied.bytes;
  cut.start = 0;
  cut.end = size;
  cut.next = next;
  return FRAME;
}

/**
 * Delivers the frames of another cutter in another form.
 * @param decode fills the buffer; returns how many bytes, or -1 where `[start, end)` is no frame, which is skipped with `code`
 * @param limit bytes of the longest frame that is delivered
 */
export function recoded(
  inner: CutFunction,
  decode: (b: Uint8Array, start: number, end: number) => number,
  limit: number,
  code: ProblemCode,
): CutFunction {
  return (cut, b, o, end, conn) => {
    const result = inner(cut, b, o, end, conn);
    if (result !== FRAME) return result;
    const size = decode(b, cut.start, cut.end);
    if (size < 0) return skipTo(cut, cut.next, code);
    return size > limit ? skipTo(cut, cut.next, 'OVERSIZE') : delivered(cut, size, cut.next);
  };
}
