/** The application of the simulation: handlers that note what they see, and judge at once what can be judged at once. */
import { accept, type Client, type Events, type MessageEvent } from '../../src/index.js';
import type { SimProcess, SimRandom } from '../../src/testing/sim/index.js';
import type { Cluster } from './cluster.js';
import { CALM } from './device.js';
import type { Story } from './generated/story/types.js';
import type { History, Life, Start, Visit } from './history.js';

type StoryClient = Client<Story>;
type Told = MessageEvent<Story>;

/** Milliseconds that a handler may take: more than calls do that nobody answers. */
export const HANDLER_TIMEOUT = 16_000;
/** Bytes in what a handler says that is past its time. */
export const TOO_LATE = 7;
/** Workers that one message may take down before it is put away; those that are about to stop do not count. */
const KILLS_MOST = 8;
/** Thrown by handlers that are meant to fail. */
export const ON_PURPOSE = 'thrown on purpose';

export class StoryEvents {
  readonly #cluster: Cluster;
  readonly #history: History;
  readonly #life: Life;
  readonly #process: SimProcess;
  readonly #random: SimRandom;
  readonly #bindings = new Map<string, number>();
  /** Handles of clients, which a program may keep for too long. */
  readonly #kept: StoryClient[] = [];

  constructor(cluster: Cluster, life: Life, process: SimProcess) {
    this.#cluster = cluster;
    this.#history = cluster.history;
    this.#life = life;
    this.#process = process;
    this.#random = cluster.world.random(`events of ${life.name}`);
  }

  get module(): Events<Story> {
    return {
      onConnect: client => this.#connect(client),
      onHello: async (client, message, event) => {
        const done = this.#begin(client, message.n, event);
        // A login takes its time, so that other messages queue behind it.
        if (message.n % 3 === 0) await this.#process.sleep(20);
        const visit = this.#visitOf(client);
        if (visit.name !== message.name)
          this.#history.violate('stranger', `${visit.name} said hello as ${message.name}`);
        done();
        return accept({ name: message.name });
      },
      onNote: (client, { n, work, fails }, event) =>
        this.#handle(client, n, event, async () => {
          await this.#work(work);
          this.#say(client, n, 0);
          // Written without condition, and not awaited.
          void client.session.patch({ last: n });
          if (fails) throw new Error(ON_PURPOSE);
        }),
      onAsk: (client, { n, work }, event) =>
        this.#handle(client, n, event, async () => {
          event.reply({ name: this.#visitOf(client).name });
          await this.#work(work);
        }),
      onTell: (client, { n, uid }, event) =>
        this.#handleNow(client, n, event, () => {
          client.worker.sendToUid(uid, 'told', { uid, send: this.#history.nextSend() });
        }),
      onJoin: (client, { n, group }, event) => this.#handle(client, n, event, () => this.#join(client, group)),
      onCast: (client, { n, group }, event) =>
        this.#handleNow(client, n, event, () => {
          client.worker.sendToGroup(group, 'heard', { group, send: this.#history.nextSend() });
        }),
      onBump: (client, { n }, event) => this.#handle(client, n, event, () => this.#bump(client)),
      onMeddle: (client, { n, name }, event) => this.#handle(client, n, event, () => this.#meddle(client, name)),
      onQuery: (client, { n }, event) => this.#handle(client, n, event, () => this.#query(client)),
      onStale: (client, { n }, event) => this.#handleNow(client, n, event, () => this.#sendToTheGone(client, n)),
      onLate: (client, { n, after }, event) =>
        this.#handleNow(client, n, event, () => {
          this.#process.after(after, () => this.#say(client, n, 0));
        }),
      onBulk: (client, { n, size }, event) =>
        this.#handleNow(client, n, event, () => {
          for (let i = 0; i < size; i++) this.#say(client, n, 3000);
        }),
      onOnce: (client, { n, work }, event) => this.#handle(client, n, event, () => this.#work(work)),
      onBlob: (client, { n, work }, event) => this.#handle(client, n, event, () => this.#work(work)),
      onPoll: (client, { n }, event) => this.#handle(client, n, event, () => this.#askSeveral(client)),
      onHang: (client, { n }, event) => this.#hang(client, n, event),
      onClaim: (client, { n, uid }, event) => this.#handle(client, n, event, () => this.#claim(client, uid)),
      onRename: (client, { n, uid }, event) =>
        this.#handle(client, n, event, () =>
          client.bindUid(uid).then(
            () => {},
            error => this.#unanswered(error),
          ),
        ),
      onCrash: (client, { n, again }, event) => this.#crash(client, n, again, event),
      onKick: (client, { n, uid }, event) => this.#handle(client, n, event, () => this.#kick(client, uid)),
      onUidOnline: uid => this.#presence(uid, true),
      onUidOffline: uid => this.#presence(uid, false),
      onClose: async (client, reason) => {
        const visit = this.#visitOf(client);
        const binding = this.#bindingOf(client);
        const close = { at: this.#history.world.now, worker: this.#life, binding, reason, settled: undefined };
        visit.closes.push(close);
        this.#history.count(`close: ${reason.code}`);
        this.#checkLastSession(client, visit, reason.code);
        if (visit.name.length % 2 === 0) await this.#process.sleep(5);
        Object.assign(close, { settled: this.#history.world.now });
      },
    };
  }

  // Noting.

  #visitOf(client: StoryClient): Visit {
    const visit = this.#history.visits.get(client.remoteAddress);
    if (visit === undefined) throw new Error(`Nobody knows ${client.remoteAddress}`);
    if (visit.clientId === '') this.#cluster.look();
    return visit;
  }

  /** The epoch is no part of what applications see; a binding may go through several handles. */
  #bindingOf(client: StoryClient): number {
    const key = `${client.id} ${(client as unknown as { readonly epoch: number }).epoch}`;
    let binding = this.#bindings.get(key);
    if (binding === undefined) {
      binding = this.#history.nextBinding();
      this.#bindings.set(key, binding);
      this.#kept.push(client);
    }
    return binding;
  }

  #connect(client: StoryClient): void {
    const visit = this.#visitOf(client);
    this.#bindingOf(client);
    visit.connects.push({ at: this.#history.world.now, worker: this.#life });
    this.#history.count('connects');
  }

  #begin(client: StoryClient, n: number, event: Told): () => void {
    const visit = this.#visitOf(client);
    const { world } = this.#history;
    const { redelivered } = event;
    const binding = this.#bindingOf(client);
    const start: Start = { at: world.now, worker: this.#life, binding, n, redelivered, settled: undefined };
    visit.starts.push(start);
    this.#history.count(redelivered ? 'events delivered again' : 'events');
    this.#checkSession(client, visit);
    return () => {
      start.settled = world.now;
    };
  }

  async #handle(client: StoryClient, n: number, event: Told, run: () => Promise<void>): Promise<void> {
    const done = this.#begin(client, n, event);
    try {
      await run();
    } finally {
      done();
    }
  }

  #handleNow(client: StoryClient, n: number, event: Told, run: () => void): void {
    const done = this.#begin(client, n, event);
    try {
      run();
    } finally {
      done();
    }
  }

  async #work(ms: number): Promise<void> {
    if (ms > 0) await this.#process.sleep(ms);
  }

  /** What it says when its time is up must reach nobody. */
  async #hang(client: StoryClient, n: number, event: Told): Promise<void> {
    const done = this.#begin(client, n, event);
    this.#process.after(HANDLER_TIMEOUT, done);
    await this.#process.sleep(HANDLER_TIMEOUT + 5000);
    this.#history.count('handlers past their time');
    this.#say(client, n, TOO_LATE);
  }

  /** @param again it is poison: whoever handles it next dies too. */
  #crash(client: StoryClient, n: number, again: boolean, event: Told): Promise<void> | void {
    const done = this.#begin(client, n, event);
    if (!again && this.#visitOf(client).starts.some(s => s.n === n && s.worker !== this.#life)) {
      done();
      return;
    }
    const kills = this.#visitOf(client).starts.filter(s => s.n === n && s.worker.stopping === undefined).length;
    if (kills > KILLS_MOST)
      this.#history.violate('poison', `message ${n} of ${client.id} kills its worker number ${kills}`);
    this.#cluster.crash(this.#life);
    return new Promise(() => {});
  }

  #say(client: StoryClient, n: number, size: number): void {
    const binding = this.#bindingOf(client);
    client.send('said', { name: this.#visitOf(client).name, n, binding, fill: new Uint8Array(size) });
  }

  // Judging.

  /** What this worker's handlers have written and seen confirmed is there, as long as the client is bound here. */
  #checkSession(client: StoryClient, visit: Visit): void {
    if (!this.#cluster.isBoundTo(client.id, this.#life)) return;
    const { version } = client.session;
    if (version >= visit.sessionVersion) return;
    this.#history.violate(
      'read-your-writes',
      `${visit.name} begins an event with session version ${version} after ${visit.sessionVersion} was confirmed`,
    );
  }

  /** `onClose` sees what the client's handlers have confirmed, and nothing that was not written. */
  #checkLastSession(client: StoryClient, visit: Visit, code: string): void {
    if (code === 'gateway-lost') return;
    const count = Number(client.session.get('count') ?? 0);
    const { bumps, uncertainBumps } = visit;
    if (count >= bumps && count <= bumps + uncertainBumps) return;
    this.#history.violate(
      'sessions',
      `${visit.name} ends with count ${count} after ${bumps} confirmed and ${uncertainBumps} uncertain writes`,
    );
  }

  async #join(client: StoryClient, group: string): Promise<void> {
    try {
      if (!(await client.joinGroup(group))) return;
      const { value, complete } = await client.worker.getClientIdsByGroup(group);
      this.#history.count('reads of own writes');
      if (value.includes(client.id) || !complete || !this.#cluster.isOnline(client.id)) return;
      this.#history.violate('read-your-writes', `${this.#visitOf(client).name} is not in group ${group} after joining`);
    } catch (error) {
      this.#unanswered(error);
    }
  }

  async #bump(client: StoryClient): Promise<void> {
    const visit = this.#visitOf(client);
    for (let tries = 0; tries < 3; tries++) {
      const { version } = client.session;
      const count = Number(client.session.get('count') ?? 0);
      visit.uncertainBumps++;
      try {
        const result = await client.session.patch({ count: count + 1 }, { expect: version });
        visit.uncertainBumps--;
        if (!result.ok) {
          this.#history.count('writes that lost');
          continue;
        }
        this.#history.count('writes');
        visit.ownBumps++;
        this.#written(visit, result.version);
        visit.sessionVersion = Math.max(visit.sessionVersion, result.version);
        if (client.session.get('count') !== count + 1) {
          this.#history.violate('read-your-writes', `${visit.name} does not see the count that it has just written`);
        }
      } catch (error) {
        // The gateway refuses what it has not done; only where it does not answer nobody knows.
        if ((error as { code?: string }).code === 'FG_CLOSED') visit.uncertainBumps--;
        this.#unanswered(error);
      }
      return;
    }
  }

  /** Another handler may write at the same time: only with compare-and-set nothing is lost. */
  async #meddle(client: StoryClient, name: string): Promise<void> {
    const visit = [...this.#history.byClientId.values()].findLast(v => v.name.startsWith(`${name}.`));
    if (visit === undefined) return;
    try {
      const state = await client.worker.getSession(visit.clientId);
      if (state === undefined) return;
      await this.#process.sleep(this.#random.integer(0, 30));
      const count = Number(state.values.count ?? 0) + 1;
      visit.uncertainBumps++;
      const result = await client.worker.patchSession(visit.clientId, { count }, { expect: state.version });
      visit.uncertainBumps--;
      this.#history.count(result?.ok === true ? 'writes by others' : 'writes that lost');
      if (result?.ok === true) this.#written(visit, result.version);
    } catch (error) {
      this.#unanswered(error);
    }
  }

  #written(visit: Visit, version: number): void {
    visit.bumps++;
    if (visit.bumpVersions.has(version)) {
      this.#history.violate('sessions', `two writes for ${visit.name} made version ${version}`);
    }
    visit.bumpVersions.add(version);
  }

  async #query(client: StoryClient): Promise<void> {
    const before = this.#cluster.onlineFor(this.#life);
    const { value, complete, missing } = await client.worker.getAllClientIds();
    this.#history.count(complete ? 'queries, complete' : 'queries, incomplete');
    if (complete !== (missing.length === 0)) this.#history.violate('queries', 'complete and missing disagree');
    if (!complete) return;
    const after = this.#cluster.onlineFor(this.#life);
    const left = [...before].filter(id => after.has(id) && !value.includes(id));
    if (left.length > 0) {
      const names = left.map(id => this.#history.byClientId.get(id)?.name);
      this.#history.violate('queries', `an answer that claims to be complete lacks ${names.join(', ')}`);
    }
  }

  async #askSeveral(client: StoryClient): Promise<void> {
    await Promise.all(Array.from({ length: this.#random.integer(1, 4) }, () => this.#ask(client)));
  }

  /** The answer is that to this request, and by this client. */
  async #ask(client: StoryClient): Promise<void> {
    const { name } = this.#visitOf(client);
    const q = this.#history.nextSend();
    try {
      const answer = await client.request('check', { q, name });
      this.#history.count('requests, answered');
      if (answer.q === q && answer.name === name) return;
      this.#history.violate('requests', `${name} was asked ${q}, and the answer is ${answer.q} by ${answer.name}`);
    } catch (error) {
      const { code = 'none' } = error as { code?: string };
      this.#history.count(`requests, ${code}`);
      if (!['FG_TIMEOUT', 'FG_CLOSED', 'FG_UNREACHABLE', 'FG_BACKPRESSURE'].includes(code)) throw error;
    }
  }

  /** Old ids and old handles must reach nobody, or whom they always meant: devices look at the name. */
  #sendToTheGone(client: StoryClient, n: number): void {
    const ids = [...this.#history.byClientId.keys()];
    const id = this.#random.pick(ids);
    const { name } = this.#history.byClientId.get(id)!;
    client.worker.sendToClient(id, 'said', { name, n, binding: 0, fill: new Uint8Array(0) });
    this.#say(this.#random.pick(this.#kept), n, 0);
    this.#history.count('sends to the gone', 2);
  }

  /** Whoever has claimed the uid before, and was answered, is gone when this is confirmed. */
  async #claim(client: StoryClient, uid: string): Promise<void> {
    const { world, claims } = this.#history;
    const visit = this.#visitOf(client);
    const claim = { visit, uid, began: world.now, ended: Number.POSITIVE_INFINITY };
    claims.push(claim);
    try {
      const { bound, complete } = await client.bindUid(uid, { single: true });
      this.#history.count(complete ? 'claims' : 'claims, incomplete');
      if (!bound || !complete) return;
      for (const id of this.#cluster.holdersOf(uid)) {
        const other = this.#history.byClientId.get(id);
        if (id === client.id || other === undefined) continue;
        const last = claims.findLast(c => c.visit === other && c.uid === uid);
        if (last !== undefined && last.ended < claim.began) {
          this.#history.violate('single', `${other.name} still has "${uid}", which ${visit.name} has claimed`);
        }
      }
    } catch (error) {
      this.#unanswered(error);
    } finally {
      claim.ended = world.now;
    }
  }

  #presence(uid: string, online: boolean): void {
    this.#history.count(online ? 'uids online' : 'uids offline');
    if (uid === CALM) this.#history.said.push(online);
  }

  async #kick(client: StoryClient, uid: string): Promise<void> {
    try {
      const { value } = await client.worker.getClientIdsByUid(uid);
      const id = value.find(other => other !== client.id);
      if (id !== undefined && (await client.worker.closeClient(id, 'kicked'))) this.#history.count('kicks');
    } catch (error) {
      this.#unanswered(error);
    }
  }

  /** A link that is cut rejects what is unconfirmed; anything else is a fault. */
  #unanswered(error: unknown): void {
    const { code } = error as { code?: string };
    this.#history.count('unanswered calls');
    if (code !== 'FG_UNREACHABLE' && code !== 'FG_CLOSED') throw error;
  }
}
