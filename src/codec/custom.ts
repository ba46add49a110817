/** Frames that a protocol's own code cuts. What that code does wrong costs the bytes at hand, never the process. */
import { more, skipTo } from './cutting.js';
import { EncodeError, fail, type ProblemCode, problemCodes } from './problem.js';
import { type Cut, type CutFunction, type CutResult, FRAME } from './splitter.js';
import type { Writer } from './writer.js';

/** What a {@link CustomSplit} finds. Places are offsets in the buffer that it was given, as `start` and `end` are. */
export type CustomAnswer =
  /** The frame `[from, to)`, without what only delimits it; the rest of the stream begins at `next`. */
  | { readonly frame: readonly [from: number, to: number]; readonly next: number }
  /** The bytes up to `skip` are no frame. An empty `why` skips in silence, as padding is. */
  | { readonly skip: number; readonly why: ProblemCode | '' }
  /** More is needed: at least so many bytes from `start` on; 0: unknown. */
  | { readonly need: number };

/**
 * How a protocol cuts its stream itself.
 *
 * @example
 * // A byte of size, then so many bytes.
 * export const split: CustomSplit = {
 *   next(b, start, end) {
 *     const stop = start + 1 + b[start]!;
 *     return stop > end ? { need: stop - start } : { frame: [start + 1, stop], next: stop };
 *   },
 *   wrap: frame => Uint8Array.of(frame.length, ...frame),
 * };
 */
export interface CustomSplit {
  /**
   * Looks for a frame in `[start, end)`, which has at least one byte. Called again from the same place when more has come;
   * it serves all connections and so must keep nothing of one between calls.
   * @param b borrowed: not to be changed, nor kept
   * @param ended no more bytes will come
   */
  next(b: Uint8Array, start: number, end: number, ended: boolean): CustomAnswer;
  /**
   * The mirror: what stands on the wire for a frame. Without it a frame is sent as it is.
   * @param frame to be kept or changed as one likes
   */
  wrap?(frame: Uint8Array): Uint8Array;
}

/** Bytes that a splitter must have room for: what a protocol's own code puts around a frame is not known. */
export function customRoom(limit: number): number {
  return limit * 2 + 64;
}

/** Puts around the frame at `from` what its own code says. @throws EncodeError `TYPE` where that fails */
export function customInto(w: Writer, from: number, use: CustomSplit): void {
  if (use.wrap === undefined) return;
  let wrapped: Uint8Array;
  try {
    wrapped = use.wrap(w.slice(from));
  } catch (error) {
    throw new EncodeError('TYPE', 'frame', error instanceof Error ? error.message : String(error));
  }
  if (!(wrapped instanceof Uint8Array)) throw new EncodeError('TYPE', 'frame', 'its splitter wraps it in no bytes');
  w.length = from;
  w.append(wrapped);
}

/**
 * Cuts with the protocol's own code. Where that throws, or answers what cannot be, all bytes that are there are skipped with
 * `SPLIT`, and `problem` says why.
 * @param limit bytes of the longest frame
 */
export function customCutter(use: CustomSplit, limit: number): CutFunction {
  return (cut, b, o, end) => {
    let answer: CustomAnswer;
    try {
      answer = use.next(b, o, end, cut.ended);
    } catch (error) {
      return refuse(cut, o, end, `the error ${JSON.stringify(error instanceof Error ? error.message : String(error))}`);
    }
    if (typeof answer !== 'object' || answer === null) return refuse(cut, o, end, String(answer));
    if ('need' in answer) {
      if (isPlace(answer.need, 0, Number.MAX_SAFE_INTEGER)) return more(cut, answer.need);
      return refuse(cut, o, end, `need ${answer.need}`);
    }
    if ('skip' in answer) {
      const { skip, why } = answer;
      if (isPlace(skip, o + 1, end) && (why === '' || Object.hasOwn(problemCodes, why))) {
        if (why !== '') cut.lost = true;
        return skipTo(cut, skip, why);
      }
      return refuse(cut, o, end, `skip to ${skip} of ${o}..${end}, why "${why}"`);
    }
    if (!Array.isArray(answer.frame)) return refuse(cut, o, end, 'an object without frame, skip and need');
    const [from, to] = answer.frame;
    const { next } = answer;
    if (!isPlace(from, o, end) || !isPlace(to, from, end) || !isPlace(next, Math.max(to, o + 1), end))
      return refuse(cut, o, end, `frame ${from}..${to}, next ${next}, of ${o}..${end}`);
    if (to - from > limit) return skipTo(cut, next, 'OVERSIZE');
    cut.start = from;
    cut.end = to;
    cut.next = next;
    return FRAME;
  };
}

function isPlace(v: unknown, min: number, max: number): v is number {
  return Number.isInteger(v) && (v as number) >= min && (v as number) <= max;
}

function refuse(cut: Cut, o: number, end: number, got: string): CutResult {
  fail('SPLIT', o, '', got, 'a frame, a skip or a need within the bytes that are there');
  cut.lost = true;
  return skipTo(cut, end, 'SPLIT');
}
