/** Time, passed in: everything that waits or measures asks a Clock, so that a test can own time. */

/** A pending timer. */
export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Monotonic milliseconds; only differences mean something. */
  now(): number;
  /** Wall time in milliseconds since 1970; may jump. */
  wallNow(): number;
  /** Calls `run` once after `ms` milliseconds, however large. */
  setTimer(ms: number, run: () => void): Timer;
}

/** Longer timeouts fire at once in Node, so they are slept in several naps. */
const LONGEST_NAP = 2 ** 31 - 1;

class RealTimer implements Timer {
  #handle: NodeJS.Timeout | undefined;

  constructor(ms: number, run: () => void) {
    this.#sleep(Number.isFinite(ms) ? Math.max(0, ms) : LONGEST_NAP, run);
  }

  cancel(): void {
    clearTimeout(this.#handle);
  }

  #sleep(left: number, run: () => void): void {
    const nap = Math.min(left, LONGEST_NAP);
    this.#handle = setTimeout(() => {
      if (left > nap) this.#sleep(left - nap, run);
      else run();
    }, nap);
  }
}

export const realClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimer: (ms, run) => new RealTimer(ms, run),
};
