/** Messages in parts: what stands in them follows from their number, so that whoever gets one knows whether it is whole. */
export interface Tome {
  readonly key: number;
  readonly total: number;
  /** Numbers of the parts that have not been sent, in the order in which they will be. */
  readonly left: number[];
}

/** What part `index` of a tome says; some say nothing. */
export function wordsOf(key: number, index: number): number[] {
  return Array.from({ length: (key + index) % 4 }, (_, i) => key * 10_000 + index * 100 + i);
}

/** What all of it says. */
export function textOf(key: number, total: number): number[] {
  return Array.from({ length: total }, (_, i) => wordsOf(key, i + 1)).flat();
}
