/**
 * Runs events that are delivered again one by one for each client: the next begins when the acknowledgement of the one before
 * has left. So a gateway that loses this worker too knows how far it came, and suspects the right one.
 */
import type { Turn, TurnJob } from '../net/index.js';
import type { WorkerClient } from './client.js';

export class Stepper implements TurnJob {
  readonly #turn: Turn;
  readonly #step: (client: WorkerClient) => void;
  /** What is written in this round has left in the next one. */
  #fresh = new Set<WorkerClient>();
  #ripe = new Set<WorkerClient>();
  /** Those of this round that have not had their turn. */
  #left = 0;
  #scheduled = false;

  /** @param step runs the first event in the client's queue, if that can be */
  constructor(turn: Turn, step: (client: WorkerClient) => void) {
    this.#turn = turn;
    this.#step = step;
  }

  /** Nobody waits for a step. */
  get idle(): boolean {
    return this.#left + this.#fresh.size + this.#ripe.size === 0;
  }

  add(client: WorkerClient): void {
    if (!this.#ripe.has(client)) this.#fresh.add(client);
    this.#schedule();
  }

  endOfTurn(): void {
    this.#scheduled = false;
    const ripe = this.#ripe;
    this.#ripe = this.#fresh;
    this.#fresh = new Set();
    if (this.#ripe.size > 0) this.#schedule();
    this.#left = ripe.size;
    for (const client of ripe) {
      this.#left--;
      this.#step(client);
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#turn.schedule(this);
  }
}
