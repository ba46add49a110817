/** What a process has counted, as operators and programs are shown it. */
import { type Gateway, type GatewayCounters, gatewayCounters } from '../gateway/index.js';
import { type WorkerCore, type WorkerCounters, workerCounters } from '../worker/index.js';

/** The counters of what runs in one process. */
export interface Status {
  readonly gateway?: GatewayCounters;
  readonly worker?: WorkerCounters;
}

export function statusOf(gateway: Gateway | undefined, worker: WorkerCore | undefined): Status {
  return {
    ...(gateway !== undefined && { gateway: gatewayCounters(gateway) }),
    ...(worker !== undefined && { worker: workerCounters(worker) }),
  };
}
