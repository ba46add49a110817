/**
 * The end of an event-loop turn: when batches leave. What is gathered while a turn's input is read goes out in one write.
 *
 * Jobs that are scheduled while others run belong to the same end of turn, so a message crosses a memory link, its reply
 * comes back and is written to the client without another trip through the event loop. The number of such rounds is
 * bounded, so that input is never starved.
 */

export interface TurnJob {
  /** Called once for each time the job was scheduled. */
  endOfTurn(): void;
}

export interface Turn {
  /** The caller makes sure that a job is scheduled once only. */
  schedule(job: TurnJob): void;
}

const ROUNDS = 6;

type Defer = (run: () => void) => void;

class BatchedTurn implements Turn {
  #jobs: TurnJob[] = [];
  #running: TurnJob[] = [];
  #armed = false;
  readonly #defer: Defer;
  readonly #run = (): void => this.#rounds();

  constructor(defer: Defer) {
    this.#defer = defer;
  }

  schedule(job: TurnJob): void {
    this.#jobs.push(job);
    if (this.#armed) return;
    this.#armed = true;
    this.#defer(this.#run);
  }

  #rounds(): void {
    try {
      for (let round = 0; round < ROUNDS && this.#jobs.length > 0; round++) {
        const jobs = this.#jobs;
        this.#jobs = this.#running;
        this.#running = jobs;
        // Taken from the front one by one, so that after a throw the remaining jobs still run.
        let at = 0;
        try {
          for (; at < jobs.length; at++) jobs[at]!.endOfTurn();
        } finally {
          if (at < jobs.length) this.#jobs.unshift(...jobs.slice(at + 1));
          jobs.length = 0;
        }
      }
    } finally {
      if (this.#jobs.length > 0) this.#defer(this.#run);
      else this.#armed = false;
    }
  }
}

/** @param defer runs a function when the input at hand has been read. */
export function createTurn(defer: Defer = setImmediate): Turn {
  return new BatchedTurn(defer);
}
