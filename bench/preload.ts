/**
 * Loaded into every server of the benchmarks before anything else: it ends with the benchmark, and says how much memory it has when all that
 * is garbage has been collected.
 */
export interface MemoryRequest {
  readonly measure: 'memory';
}

export interface Memory {
  /** Bytes of it that are in memory. */
  readonly rss: number;
}

if (process.send !== undefined) {
  process.on('disconnect', () => process.exit(0));
  process.on('message', async (request: Partial<MemoryRequest> | null) => {
    if (request?.measure !== 'memory') return;
    // What one collection finds to be free is given back by a later one.
    for (let i = 0; i < 4; i++) {
      globalThis.gc?.();
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    process.send!({ rss: process.memoryUsage.rss() } satisfies Memory);
  });
}
