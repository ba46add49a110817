/** Frames that nothing but silence ends. */
import { found } from './cutting.js';
import { type CutFunction, MORE } from './splitter.js';

/**
 * What has come is a frame once nothing more comes: after that much silence, at the end of the stream, or when it is full.
 * @param after milliseconds of silence
 * @param max bytes of the longest frame; what comes behind them begins the next
 */
export function quietCutter(after: number, max: number): CutFunction {
  return (cut, _, o, end) => {
    if (end - o >= max) return found(cut, o, o + max);
    if (cut.silent || cut.ended) return found(cut, o, end);
    cut.quiet = after;
    return MORE;
  };
}
