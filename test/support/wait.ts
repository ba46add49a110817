/** Waiting in tests, without sleeping longer than needed. */

export async function until(done: () => boolean | Promise<boolean>, what: string, within = 10_000): Promise<void> {
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
