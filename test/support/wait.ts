/** Waiting in tests, without sleeping longer than needed. */

/** Milliseconds; for a machine with much else to do: whoever gets what it waits for does not feel them. */
export const PATIENCE = 60_000;

export async function until(done: () => boolean | Promise<boolean>, what: string, within = PATIENCE): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`Waited in vain for ${what}`);
    await sleep(10);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms);
  });
}

/** Blocks this thread, as a handler does that computes for so long, and leaves the processor to the other tests. */
export function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
