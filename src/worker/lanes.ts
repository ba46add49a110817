/**
 * Events of one client that are handled side by side, where the app allows several (`concurrent`). They begin in order and
 * settle in any. What changes who the client is, or whether it is there, has no other beside it; nor has what is delivered
 * again, so that a gateway which loses this worker too sees how far it came.
 */
import { eventFlags, eventKinds } from '../link/index.js';
import type { BoundEvents } from './events.js';
import type { RunningEvent } from './message-event.js';

export class Lanes {
  readonly #most: number;
  /** In the order in which they began. */
  readonly #running: RunningEvent[] = [];
  /** The one that runs is a barrier. */
  #closed = false;
  /** Number of the last event that began. */
  #last = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get busy(): boolean {
    return this.#running.length > 0;
  }

  get isClosing(): boolean {
    return this.#running[0]?.kind === eventKinds.close;
  }

  /** The next event may begin. */
  admits(barrier: boolean): boolean {
    return !this.#closed && this.#running.length < (barrier ? 1 : this.#most);
  }

  begin(event: RunningEvent, barrier: boolean): void {
    this.#running.push(event);
    this.#closed = barrier;
    this.#last = event.seq;
  }

  isRunning(event: RunningEvent): boolean {
    return this.#running.includes(event);
  }

  /** @returns whether it was the oldest: then {@link settled} has changed */
  end(event: RunningEvent): boolean {
    const at = this.#running.indexOf(event);
    this.#running.splice(at, 1);
    this.#closed = false;
    return at === 0;
  }

  /** Number up to which all events are settled. */
  get settled(): number {
    const [oldest] = this.#running;
    return oldest === undefined ? this.#last : oldest.seq - 1;
  }

  /** The link is lost. */
  abort(): void {
    for (const event of this.#running) event.abort();
  }
}

/** Whether an event has no other of its client beside it. */
export function isBarrier({ table }: BoundEvents, kind: number, flags: number, index: number): boolean {
  if (kind !== eventKinds.message || (flags & (eventFlags.redelivered | eventFlags.alone)) !== 0) return true;
  return table.protocol.up[index]?.auth !== undefined;
}
