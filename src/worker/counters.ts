/** What a worker counts, under the names that the page on counters lists. Counts begin with the process. */
import { type Counted, countedIn } from '../protocol/index.js';
import type { WorkerCore } from './core.js';

const counters = {
  links: ({ links }: WorkerCore) => links,
  clients: ({ gateways }: WorkerCore) => {
    let count = 0;
    for (const { clients } of gateways.ready()) for (const client of clients) if (client !== undefined) count++;
    return count;
  },
  handling: ({ dispatcher }: WorkerCore) => dispatcher.watch.size,
  settled: (worker: WorkerCore) => worker.settled,
  failed: ({ dispatcher }: WorkerCore) => Object.fromEntries(dispatcher.failed),
  slow: ({ dispatcher }: WorkerCore) => Object.fromEntries(dispatcher.watch.slow),
  timeouts: ({ dispatcher }: WorkerCore) => dispatcher.timeouts,
  lateOutput: ({ dispatcher }: WorkerCore) => dispatcher.lateOutput,
  undecodable: ({ dispatcher }: WorkerCore) => Object.fromEntries(dispatcher.undecodable),
  unhandled: ({ unhandledErrors }: WorkerCore) => unhandledErrors,
} as const;

/** One number for each name, or for each thing that it is counted by. */
export type WorkerCounters = Counted<typeof counters>;

export const workerCounters = (worker: WorkerCore): WorkerCounters => countedIn(counters, worker);
