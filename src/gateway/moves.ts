/**
 * Workers whose link was lost and whose clients others have by now: what the registers are told, so that a worker that was
 * merely cut off knows that these clients are no longer its own. When the gateway dies it says nothing about them, and whoever
 * has them does.
 */

import { MOVED_MOST, type Moved } from '../link/index.js';

/** Milliseconds for which it is told. A worker that no register can tell in that time does not know anything for certain. */
const TOLD_FOR = 60_000;

export class Moves {
  /** Binding epochs by boot epoch of workers some of whose clients have nobody yet. */
  readonly #pending = new Map<string, number>();
  readonly #moved = new Map<string, { readonly upTo: number; readonly at: number }>();

  /** The link to a worker is lost, which had clients with binding epochs up to `upTo`. */
  lost(worker: string, upTo: number): void {
    this.#pending.set(worker, upTo);
  }

  /** The worker is linked again, and will be told what it has. */
  back(worker: string): void {
    this.#pending.delete(worker);
    this.#moved.delete(worker);
  }

  /** There are workers whose clients others may have by now. */
  get pending(): boolean {
    return this.#pending.size > 0;
  }

  /** All clients that had a worker have one. */
  settled(now: number): void {
    for (const [worker, upTo] of this.#pending) {
      this.#moved.delete(worker);
      this.#moved.set(worker, { upTo, at: now });
    }
    this.#pending.clear();
    this.#prune(now);
  }

  /** What is to be told. */
  list(now: number): Moved[] {
    this.#prune(now);
    return Array.from(this.#moved, ([worker, { upTo }]) => ({ worker, upTo }));
  }

  /** The oldest first. */
  #prune(now: number): void {
    for (const [worker, { at }] of this.#moved) {
      if (this.#moved.size > MOVED_MOST || at + TOLD_FOR < now) this.#moved.delete(worker);
    }
  }
}
