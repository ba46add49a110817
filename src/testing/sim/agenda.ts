/** What is to happen, by time; what is due at the same time happens in the order in which it was put down. */

export interface Entry {
  readonly due: number;
  readonly number: number;
  /** `undefined`: cancelled. */
  run: (() => void) | undefined;
}

/** A binary heap. */
export class Agenda {
  readonly #heap: Entry[] = [];
  #numbers = 0;

  add(due: number, run: () => void): Entry {
    const entry: Entry = { due, number: ++this.#numbers, run };
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!before(entry, heap[above]!)) break;
      heap[at] = heap[above]!;
      at = above;
    }
    heap[at] = entry;
    return entry;
  }

  /** Time of the next entry; `Infinity` when there is none. */
  get due(): number {
    while (this.#heap.length > 0 && this.#heap[0]!.run === undefined) this.#removeFirst();
    return this.#heap[0]?.due ?? Number.POSITIVE_INFINITY;
  }

  /** Takes the next entry; there must be one. */
  take(): Entry {
    const first = this.#heap[0]!;
    this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && before(heap[below + 1]!, heap[below]!)) below++;
      if (!before(heap[below]!, last)) break;
      heap[at] = heap[below]!;
      at = below;
    }
    heap[at] = last;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.due < b.due || (a.due === b.due && a.number < b.number);
}
