/**
 * SIGINT and SIGTERM. Process 1 of a container has none of the usual actions: a signal for which it has no handler is ignored,
 * and whoever stops the container waits in vain, and kills it.
 */

let act: (() => void) | undefined;

/** What both do from now on, instead of what they did before. */
export function onStopSignal(next: () => void): void {
  if (act === undefined) for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => act?.());
  act = next;
}

/** While nothing has been begun that must be ended in order. */
export function heedStopSignals(): void {
  if (process.pid === 1) onStopSignal(() => process.exit(0));
}
