/** What a stop waits for is told after a while. */

/** Milliseconds of silence after a stop has begun. */
export const PATIENCE = 1000;

/** @param names of the handlers that have not settled, if that is known. */
export function waitingText(names: readonly string[]): string {
  const what = names.length === 0 ? 'still at work' : `waiting for handlers (${[...new Set(names)].join(', ')})`;
  return `stopping: ${what}; Ctrl-C again to stop at once`;
}
