/** Handlers that have returned a promise, in order of their coming: whoever settles is taken out wherever it stands. */
import type { RunningEvent } from './message-event.js';

export class Waiting {
  readonly event: RunningEvent;
  /** Tick of the watch in which it came. */
  readonly since: number;
  /** Its time is up: it counts as failed, and was acknowledged. */
  over = false;
  list: WaitingList | undefined = undefined;
  previous: Waiting | undefined = undefined;
  next: Waiting | undefined = undefined;

  constructor(event: RunningEvent, since: number) {
    this.event = event;
    this.since = since;
  }
}

/** A waiting handler stands in one list at most. */
export class WaitingList {
  first: Waiting | undefined = undefined;
  size = 0;
  #last: Waiting | undefined = undefined;

  add(waiting: Waiting): void {
    waiting.list = this;
    waiting.previous = this.#last;
    if (this.#last === undefined) this.first = waiting;
    else this.#last.next = waiting;
    this.#last = waiting;
    this.size++;
  }

  remove(waiting: Waiting): void {
    const { previous, next } = waiting;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiting.list = undefined;
    waiting.previous = undefined;
    waiting.next = undefined;
    this.size--;
  }

  *[Symbol.iterator](): Generator<Waiting> {
    for (let waiting = this.first; waiting !== undefined; waiting = waiting.next) yield waiting;
  }
}
