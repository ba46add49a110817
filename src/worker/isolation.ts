/**
 * Runs suspect events alone: an event that may have killed workers before begins only when every other handler has settled,
 * and only when its gateway knows that it begins; and nothing else begins before the gateway knows that it has settled, or it
 * would be blamed for what the next one does. What arrives meanwhile waits.
 *
 *     off -> gathering (others settle) -> telling (the gateway) -> running -> telling -> gathering ... -> off
 */
import type { WorkerClient } from './client.js';

export class Isolation {
  #stage: 'off' | 'gathering' | 'telling' | 'running' = 'off';
  readonly #suspects: WorkerClient[] = [];
  /** Told of, or running. */
  #suspect: WorkerClient | undefined;
  readonly #held = new Set<WorkerClient>();
  readonly #quiet: () => boolean;
  readonly #run: (client: WorkerClient) => void;
  readonly #over: (held: readonly WorkerClient[]) => void;

  /**
   * @param quiet no handler is under way
   * @param run runs the first event in the client's queue
   * @param over nothing is held up any longer: these clients' queues have their turn
   */
  constructor(
    quiet: () => boolean,
    run: (client: WorkerClient) => void,
    over: (held: readonly WorkerClient[]) => void,
  ) {
    this.#quiet = quiet;
    this.#run = run;
    this.#over = over;
  }

  /** Others must wait. */
  get on(): boolean {
    return this.#stage !== 'off';
  }

  /** The first event in the client's queue is suspect. */
  suspect(client: WorkerClient): void {
    this.#suspects.push(client);
    if (this.#stage === 'off') this.#stage = 'gathering';
    this.#next();
  }

  /** The client has events in its queue that must wait. */
  hold(client: WorkerClient): void {
    this.#held.add(client);
  }

  /** A handler has settled. */
  settled(): void {
    if (this.#stage === 'running' && this.#quiet()) {
      this.#stage = 'telling';
      this.#suspect!.peer.heard().then(() => this.#gather());
    }
    this.#next();
  }

  #gather(): void {
    this.#suspect = undefined;
    this.#stage = 'gathering';
    this.#next();
  }

  #next(): void {
    while (this.#stage === 'gathering' && this.#quiet()) {
      const client = this.#suspects.shift();
      if (client === undefined) {
        this.#stage = 'off';
        const held = [...this.#held];
        this.#held.clear();
        this.#over(held);
        return;
      }
      // Its link may be lost by now.
      const seq = client.queue?.[0]?.seq;
      if (seq !== undefined && client.linked) this.#tell(client, seq);
    }
  }

  #tell(client: WorkerClient, seq: number): void {
    this.#stage = 'telling';
    this.#suspect = client;
    client.peer.started(client, seq);
    client.peer.heard().then(() => {
      if (!client.linked || client.queue?.[0]?.seq !== seq) {
        this.#gather();
        return;
      }
      this.hold(client);
      this.#stage = 'running';
      this.#run(client);
    });
  }
}
