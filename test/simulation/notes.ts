/** What one life of a worker notes of the clients that its handlers meet. */
import type { Client, MessageEvent } from '../../src/index.js';
import type { SimProcess, SimRandom } from '../../src/testing/sim/index.js';
import type { Cluster } from './cluster.js';
import type { Story } from './generated/story/types.js';
import type { History, Life, Start, Visit } from './history.js';

export type StoryClient = Client<Story>;
export type Told = MessageEvent<Story>;

export class Notes {
  readonly cluster: Cluster;
  readonly history: History;
  readonly life: Life;
  readonly process: SimProcess;
  readonly random: SimRandom;
  readonly #bindings = new Map<string, number>();
  /** Handles of clients, which a program may keep for too long. */
  readonly kept: StoryClient[] = [];

  constructor(cluster: Cluster, life: Life, process: SimProcess) {
    this.cluster = cluster;
    this.history = cluster.history;
    this.life = life;
    this.process = process;
    this.random = cluster.world.random(`events of ${life.name}`);
  }

  visitOf(client: StoryClient): Visit {
    const visit = this.history.visits.get(client.remoteAddress);
    if (visit === undefined) throw new Error(`Nobody knows ${client.remoteAddress}`);
    if (visit.clientId === '') this.cluster.look();
    return visit;
  }

  /** A binding may go through several handles. */
  bindingOf(client: StoryClient): number {
    const key = `${client.id} ${epochOf(client)}`;
    let binding = this.#bindings.get(key);
    if (binding === undefined) {
      binding = this.history.nextBinding();
      this.#bindings.set(key, binding);
      this.kept.push(client);
    }
    return binding;
  }

  connect(client: StoryClient): void {
    const visit = this.visitOf(client);
    this.bindingOf(client);
    visit.connects.push({ at: this.history.world.now, worker: this.life });
    this.history.count('connects');
  }

  /** A handler begins. @returns what it calls when it ends */
  begin(client: StoryClient, n: number, event: Told): () => void {
    const visit = this.visitOf(client);
    const { world } = this.history;
    const { redelivered } = event;
    const binding = this.bindingOf(client);
    const epoch = epochOf(client);
    const start: Start = { at: world.now, worker: this.life, binding, epoch, n, redelivered, settled: undefined };
    visit.starts.push(start);
    const again = redelivered ? ', again' : '';
    world.note(`${this.life.name} handles message ${n} of ${visit.name}, binding ${binding}${again}`);
    this.history.count(redelivered ? 'events delivered again' : 'events');
    this.#checkSession(client, visit);
    return () => {
      start.settled = world.now;
      world.note(`${this.life.name} has handled message ${n} of ${visit.name}`);
    };
  }

  async handle(client: StoryClient, n: number, event: Told, run: () => Promise<void>): Promise<void> {
    const done = this.begin(client, n, event);
    try {
      await run();
    } finally {
      done();
    }
  }

  handleNow(client: StoryClient, n: number, event: Told, run: () => void): void {
    const done = this.begin(client, n, event);
    try {
      run();
    } finally {
      done();
    }
  }

  async work(ms: number): Promise<void> {
    if (ms > 0) await this.process.sleep(ms);
  }

  say(client: StoryClient, n: number, size: number): void {
    const binding = this.bindingOf(client);
    client.send('said', { name: this.visitOf(client).name, n, binding, fill: new Uint8Array(size) });
  }

  /** A link that is cut rejects what is unconfirmed; anything else is a fault. */
  unanswered(error: unknown): void {
    const { code } = error as { code?: string };
    this.history.count('unanswered calls');
    if (code !== 'FG_UNREACHABLE' && code !== 'FG_CLOSED') throw error;
  }

  /** What this worker's handlers have written and seen confirmed is there, as long as the client is bound here. */
  #checkSession(client: StoryClient, visit: Visit): void {
    if (!this.cluster.isBoundTo(client.id, this.life)) return;
    const { version } = client.session;
    if (version >= visit.sessionVersion) return;
    this.history.violate(
      'read-your-writes',
      `${visit.name} begins an event with session version ${version} after ${visit.sessionVersion} was confirmed`,
    );
  }
}

/** No part of what applications see. */
function epochOf(client: StoryClient): number {
  return (client as unknown as { readonly epoch: number }).epoch;
}
