/** How late a process comes to what it has to do: how long its event loop was held up, since it was last asked. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';

/** Milliseconds by which timers were late. */
export interface LoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Milliseconds between two measurements. Ten of them in a second take 0.05 % of a core; each 20 ms would take four times as much. */
const RESOLUTION = 100;

export class LoopMonitor {
  readonly #histogram: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });

  constructor() {
    this.#histogram.enable();
  }

  /** What was measured since the last look, which it forgets. */
  look(): LoopDelay {
    const histogram = this.#histogram;
    const { max } = histogram;
    const delay = {
      p50: late(histogram.percentile(50)),
      p99: late(histogram.percentile(99)),
      max: histogram.count === 0 ? 0 : late(max),
    };
    histogram.reset();
    return delay;
  }
}

/** From nanoseconds between two measurements, which are never nearer than the resolution. */
function late(ns: number): number {
  return Math.max(0, Math.round(ns / 1e5 - RESOLUTION * 10) / 10);
}
