/**
 * A hybrid clock: stamps follow wall time, but are never given twice, and are later than any stamp of another gateway that
 * was heard of. So a login that follows another, wherever either was, has the later stamp, even if clocks differ.
 */
import type { Clock } from '../net/index.js';

/** Stamps in a millisecond; all of them fit 48 bits until 2039, and doubles for ever. */
const PER_MS = 128;

export class Stamps {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): number {
    this.#last = Math.max(this.#last + 1, Math.floor(this.#clock.wallNow()) * PER_MS);
    return this.#last;
  }

  /** Another gateway has given this stamp. */
  heard(stamp: number): void {
    // What is a year ahead is a broken clock, and not to be followed.
    const most = (this.#clock.wallNow() + 365 * 86_400_000) * PER_MS;
    if (stamp > this.#last && stamp < most) this.#last = stamp;
  }
}
