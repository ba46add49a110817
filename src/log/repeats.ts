/**
 * Keeps one fault that happens a thousand times from burying all others: of lines that say the same, a few are written in a
 * window of time, the others are counted, and the count is written when the window ends.
 */
import type { Clock, Timer } from '../net/index.js';

/** Milliseconds from the first line of a window. */
export const WINDOW = 10_000;
/** Lines of a kind that are written in a window. */
export const WRITTEN = 5;
/** Kinds that are told apart in a window; what is more is written as it comes. */
const KINDS = 256;

/** Lines that differ in words with a digit in them are of one kind: ids, addresses, amounts. */
export function kindOf(text: string): string {
  return text.replace(/\S*\d\S*/g, '#');
}

interface Kind<T> {
  count: number;
  /** The last line that was not written. */
  last: T | undefined;
}

export class Repeats<T> {
  readonly #clock: Clock;
  readonly #onMore: (last: T, more: number) => void;
  readonly #kinds = new Map<string, Kind<T>>();
  #since = 0;
  /** Runs only while something is held back: nothing else need keep a process alive. */
  #timer: Timer | undefined;

  /** @param onMore so many lines were not written, of which this was the last. */
  constructor(clock: Clock, onMore: (last: T, more: number) => void) {
    this.#clock = clock;
    this.#onMore = onMore;
  }

  /** Whether the line is to be written now. */
  take(kind: string, line: T): boolean {
    const now = this.#clock.now();
    if (now - this.#since >= WINDOW) this.flush();
    if (this.#kinds.size === 0) this.#since = now;
    let known = this.#kinds.get(kind);
    if (known === undefined) {
      if (this.#kinds.size >= KINDS) return true;
      known = { count: 0, last: undefined };
      this.#kinds.set(kind, known);
    }
    if (++known.count <= WRITTEN) return true;
    known.last = line;
    this.#timer ??= this.#clock.setTimer(this.#since + WINDOW - now, () => this.flush());
    return false;
  }

  /** Ends the window. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { count, last } of this.#kinds.values()) if (last !== undefined) this.#onMore(last, count - WRITTEN);
    this.#kinds.clear();
  }
}
