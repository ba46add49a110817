/** The first of many rows, in an order, without keeping them all. */
import type { ConnectionRow } from '../../gateway/index.js';

type Compare<T> = (a: T, b: T) => number;

/** Columns by which clients can be put in order: numbers from the greatest, names from the first. */
export const sortings = {
  age: (a, b) => b.age - a.age,
  idle: (a, b) => b.idle - a.idle,
  frames: (a, b) => b.framesIn + b.framesOut - a.framesIn - a.framesOut,
  bytes: (a, b) => b.bytesIn + b.bytesOut - a.bytesIn - a.bytesOut,
  waiting: (a, b) => b.waiting - a.waiting,
  address: (a, b) => byName(a.address, b.address),
  uid: (a, b) => byName(a.uid ?? '', b.uid ?? ''),
} as const satisfies { readonly [column: string]: Compare<ConnectionRow> };

export type Sorting = keyof typeof sortings;

const { compare: byName } = new Intl.Collator('en', { numeric: true });

export class Topmost<T> {
  readonly #most: number;
  readonly #compare: Compare<T> | undefined;
  #rows: T[] = [];
  /** There were more. */
  overfull = false;

  /** @param compare default: they stay in the order in which they come. */
  constructor(most: number, compare?: Compare<T>) {
    this.#most = most;
    this.#compare = compare;
  }

  add(row: T): void {
    this.#rows.push(row);
    if (this.#rows.length <= this.#most) return;
    this.overfull = true;
    // In batches: each row costs a share of one sort.
    if (this.#compare === undefined) this.#rows.pop();
    else if (this.#rows.length >= 2 * this.#most + 64) this.#cut();
  }

  rows(): readonly T[] {
    this.#cut();
    return this.#rows;
  }

  #cut(): void {
    if (this.#compare !== undefined) this.#rows.sort(this.#compare);
    this.#rows = this.#rows.slice(0, this.#most);
  }
}
