/** What user code calls on its worker: all that any program can do with clients, and what needs a worker to run in. */
import type { ProtocolTable } from '../protocol/index.js';
import type { Gateways } from './gateways.js';
import { WorkerHandle } from './handle.js';
import type { TimerHandler, TimerOptions, Timers, WorkerTimer } from './timers.js';

export class OwnWorkerHandle extends WorkerHandle {
  readonly #timers: Timers;
  readonly #failed: (error: unknown) => void;

  /** @param failed told what a timer's run has thrown. */
  constructor(gateways: Gateways, table: ProtocolTable, timers: Timers, failed: (error: unknown) => void) {
    super(gateways, table);
    this.#timers = timers;
    this.#failed = failed;
  }

  setTimer(options: TimerOptions, run: TimerHandler): WorkerTimer {
    return this.#timers.set(options, run, this.#failed);
  }
}
