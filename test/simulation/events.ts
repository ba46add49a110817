/** The application of the simulation: handlers that note what they see, and judge at once what can be judged at once. */
import { accept, type Events, type Result } from '../../src/index.js';
import type { SimProcess } from '../../src/testing/sim/index.js';
import { Asking } from './asking.js';
import type { Cluster } from './cluster.js';
import { CALM } from './device.js';
import { Gatherings } from './gatherings.js';
import type { Story } from './generated/story/types.js';
import type { Life, Visit } from './history.js';
import { Notes, type StoryClient, type Told } from './notes.js';
import { textOf } from './tomes.js';

/** Milliseconds that a handler may take: more than calls do that nobody answers. */
export const HANDLER_TIMEOUT = 16_000;
/** Bytes in what a handler says that is past its time. */
export const TOO_LATE = 7;
/** Workers that one message may take down before it is put away; those that are about to stop do not count. */
const KILLS_MOST = 8;
/** Thrown by handlers that are meant to fail. */
export const ON_PURPOSE = 'thrown on purpose';

export class StoryEvents {
  readonly #notes: Notes;
  readonly #gatherings: Gatherings;
  readonly #asking: Asking;

  constructor(cluster: Cluster, life: Life, process: SimProcess) {
    this.#notes = new Notes(cluster, life, process);
    this.#gatherings = new Gatherings(this.#notes);
    this.#asking = new Asking(this.#notes);
  }

  get module(): Events<Story> {
    return {
      onConnect: client => this.#notes.connect(client),
      onHello: async (client, message, event) => {
        const done = this.#notes.begin(client, message.n, event);
        // A login takes its time, so that other messages queue behind it.
        if (message.n % 3 === 0) await this.#notes.process.sleep(20);
        const visit = this.#notes.visitOf(client);
        if (visit.name !== message.name)
          this.#notes.history.violate('stranger', `${visit.name} said hello as ${message.name}`);
        done();
        return accept({ name: message.name });
      },
      onNote: (client, { n, work, fails }, event) =>
        this.#notes.handle(client, n, event, async () => {
          await this.#notes.work(work);
          this.#notes.say(client, n, 0);
          // Written without condition, and not awaited.
          void client.session.patch({ last: n });
          if (fails) throw new Error(ON_PURPOSE);
        }),
      onAsk: (client, { n, work }, event) =>
        this.#notes.handle(client, n, event, async () => {
          event.reply({ name: this.#notes.visitOf(client).name });
          await this.#notes.work(work);
        }),
      onTell: (client, { n, uid }, event) =>
        this.#notes.handleNow(client, n, event, () => this.#gatherings.tell(client, uid)),
      onJoin: (client, { n, group }, event) =>
        this.#notes.handle(client, n, event, () => this.#gatherings.join(client, group)),
      onRoam: (client, { n }, event) => this.#notes.handle(client, n, event, () => this.#gatherings.roam(client, n)),
      onCast: (client, { n, group }, event) =>
        this.#notes.handleNow(client, n, event, () => this.#gatherings.cast(client, group)),
      onShout: (client, { n }, event) => this.#notes.handleNow(client, n, event, () => this.#gatherings.shout(client)),
      onTome: (client, { n, key, total, words }, event) =>
        this.#notes.handle(client, n, event, async () => {
          this.#read(client, key, total, words);
          await this.#notes.work(key % 3 === 0 ? 30 : 0);
        }),
      onBump: (client, { n }, event) => this.#notes.handle(client, n, event, () => this.#bump(client)),
      onMeddle: (client, { n, name }, event) => this.#notes.handle(client, n, event, () => this.#meddle(client, name)),
      onQuery: (client, { n }, event) => this.#notes.handle(client, n, event, () => this.#query(client)),
      onStale: (client, { n }, event) => this.#notes.handleNow(client, n, event, () => this.#sendToTheGone(client, n)),
      onLate: (client, { n, after }, event) =>
        this.#notes.handleNow(client, n, event, () => {
          this.#notes.process.after(after, () => this.#notes.say(client, n, 0));
        }),
      onBulk: (client, { n, size }, event) =>
        this.#notes.handleNow(client, n, event, () => {
          for (let i = 0; i < size; i++) this.#notes.say(client, n, 3000);
        }),
      onOnce: (client, { n, work }, event) => this.#notes.handle(client, n, event, () => this.#notes.work(work)),
      onBlob: (client, { n, work }, event) => this.#notes.handle(client, n, event, () => this.#notes.work(work)),
      onPoll: (client, { n }, event) => this.#notes.handle(client, n, event, () => this.#asking.askSeveral(client)),
      onQuiz: (client, { n }, event) => this.#notes.handle(client, n, event, () => this.#asking.askAnother(client)),
      onChecked: (client, { q }) => this.#asking.unasked(client, q),
      onHang: (client, { n }, event) => this.#hang(client, n, event),
      onClaim: (client, { n, uid }, event) => this.#notes.handle(client, n, event, () => this.#claim(client, uid)),
      onRename: (client, { n, uid }, event) =>
        this.#notes.handle(client, n, event, () => this.#gatherings.rename(client, uid)),
      onCrash: (client, { n, again }, event) => this.#crash(client, n, again, event),
      onKick: (client, { n, uid }, event) => this.#notes.handle(client, n, event, () => this.#kick(client, uid)),
      onUidOnline: uid => this.#presence(uid, true),
      onUidOffline: uid => this.#presence(uid, false),
      onClose: async (client, reason) => {
        const visit = this.#notes.visitOf(client);
        const binding = this.#notes.bindingOf(client);
        const close = {
          at: this.#notes.history.world.now,
          worker: this.#notes.life,
          binding,
          reason,
          settled: undefined,
        };
        visit.closes.push(close);
        this.#notes.history.count(`close: ${reason.code}`);
        this.#checkLastSession(client, visit, reason.code);
        if (visit.name.length % 2 === 0) await this.#notes.process.sleep(5);
        Object.assign(close, { settled: this.#notes.history.world.now });
      },
    };
  }

  /** What it says when its time is up must reach nobody. */
  async #hang(client: StoryClient, n: number, event: Told): Promise<void> {
    const done = this.#notes.begin(client, n, event);
    this.#notes.process.after(HANDLER_TIMEOUT, done);
    await this.#notes.process.sleep(HANDLER_TIMEOUT + 5000);
    // The clock of who stood still has stood still too.
    const { history, life } = this.#notes;
    if (history.faults.some(f => f.kind === 'frozen' && f.whom.includes(life.place))) return;
    history.count('handlers past their time');
    this.#notes.say(client, n, TOO_LATE);
  }

  /** @param again it is poison: whoever handles it next dies too. */
  #crash(client: StoryClient, n: number, again: boolean, event: Told): Promise<void> | void {
    const done = this.#notes.begin(client, n, event);
    if (!again && this.#notes.visitOf(client).starts.some(s => s.n === n && s.worker !== this.#notes.life)) {
      done();
      return;
    }
    const kills = this.#notes.visitOf(client).starts.filter(s => s.n === n && s.worker.stopping === undefined).length;
    if (kills > KILLS_MOST)
      this.#notes.history.violate('poison', `message ${n} of ${client.id} kills its worker number ${kills}`);
    this.#notes.cluster.crash(this.#notes.life);
    return new Promise(() => {});
  }

  // Judging.

  /** What has come in parts is all of it, in order. */
  #read(client: StoryClient, key: number, total: number, words: readonly number[]): void {
    const [said, meant] = [words.join(' '), textOf(key, total).join(' ')];
    this.#notes.history.count('messages in parts');
    if (said === meant) return;
    const { name } = this.#notes.visitOf(client);
    this.#notes.history.violate('parts', `tome ${key} of ${name} says "${said}" instead of "${meant}"`);
  }

  /** `onClose` sees what the client's handlers have confirmed, and nothing that was not written. */
  #checkLastSession(client: StoryClient, visit: Visit, code: string): void {
    if (code === 'gateway-lost') return;
    const count = Number(client.session.get('count') ?? 0);
    const { bumps, uncertainBumps } = visit;
    if (count >= bumps && count <= bumps + uncertainBumps) return;
    this.#notes.history.violate(
      'sessions',
      `${visit.name} ends with count ${count} after ${bumps} confirmed and ${uncertainBumps} uncertain writes`,
    );
  }

  async #bump(client: StoryClient): Promise<void> {
    const visit = this.#notes.visitOf(client);
    for (let tries = 0; tries < 3; tries++) {
      const { version } = client.session;
      const count = Number(client.session.get('count') ?? 0);
      visit.uncertainBumps++;
      try {
        const result = await client.session.patch({ count: count + 1 }, { expect: version });
        visit.uncertainBumps--;
        if (!result.ok) {
          this.#notes.history.count('writes that lost');
          continue;
        }
        this.#notes.history.count('writes');
        visit.ownBumps++;
        this.#written(visit, result.version);
        visit.sessionVersion = Math.max(visit.sessionVersion, result.version);
        // Another handler of the client may have gone on from there, where several run side by side.
        const seen = Number(client.session.get('count'));
        if (this.#notes.cluster.concurrent > 1 ? seen < count + 1 : seen !== count + 1) {
          this.#notes.history.violate(
            'read-your-writes',
            `${visit.name} does not see the count that it has just written`,
          );
        }
      } catch (error) {
        // The gateway refuses what it has not done; only where it does not answer nobody knows.
        if ((error as { code?: string }).code === 'FG_CLOSED') visit.uncertainBumps--;
        this.#notes.unanswered(error);
      }
      return;
    }
  }

  /** Another handler may write at the same time: only with compare-and-set nothing is lost. */
  async #meddle(client: StoryClient, name: string): Promise<void> {
    const visit = [...this.#notes.history.byClientId.values()].findLast(v => v.name.startsWith(`${name}.`));
    if (visit === undefined) return;
    try {
      const state = await client.worker.getSession(visit.clientId);
      if (state === undefined) return;
      await this.#notes.process.sleep(this.#notes.random.integer(0, 30));
      const count = Number(state.values.count ?? 0) + 1;
      visit.uncertainBumps++;
      const result = await client.worker.patchSession(visit.clientId, { count }, { expect: state.version });
      visit.uncertainBumps--;
      this.#notes.history.count(result?.ok === true ? 'writes by others' : 'writes that lost');
      if (result?.ok === true) this.#written(visit, result.version);
    } catch (error) {
      this.#notes.unanswered(error);
    }
  }

  #written(visit: Visit, version: number): void {
    visit.bumps++;
    if (visit.bumpVersions.has(version)) {
      this.#notes.history.violate('sessions', `two writes for ${visit.name} made version ${version}`);
    }
    visit.bumpVersions.add(version);
  }

  async #query(client: StoryClient): Promise<void> {
    await this.#gatherings.isOnline(client, this.#gatherings.anyUid());
    const before = this.#notes.cluster.onlineFor(this.#notes.life);
    let all: Result<readonly string[]>;
    try {
      all = await client.worker.getAllClientIds();
    } catch (error) {
      // A worker that no longer waits for its handlers has closed its links when they ask on.
      this.#notes.unanswered(error);
      return;
    }
    const { value, complete, missing } = all;
    this.#notes.history.count(complete ? 'queries, complete' : 'queries, incomplete');
    if (complete !== (missing.length === 0)) this.#notes.history.violate('queries', 'complete and missing disagree');
    if (!complete) return;
    const after = this.#notes.cluster.onlineFor(this.#notes.life);
    const left = [...before].filter(id => after.has(id) && !value.includes(id));
    if (left.length > 0) {
      const names = left.map(id => this.#notes.history.byClientId.get(id)?.name);
      this.#notes.history.violate('queries', `an answer that claims to be complete lacks ${names.join(', ')}`);
    }
  }

  /** Old ids and old handles must reach nobody, or whom they always meant: devices look at the name. */
  #sendToTheGone(client: StoryClient, n: number): void {
    const ids = [...this.#notes.history.byClientId.keys()];
    const id = this.#notes.random.pick(ids);
    const { name } = this.#notes.history.byClientId.get(id)!;
    client.worker.sendToClient(id, 'said', { name, n, binding: 0, fill: new Uint8Array(0) });
    this.#notes.say(this.#notes.random.pick(this.#notes.kept), n, 0);
    this.#notes.history.count('sends to the gone', 2);
  }

  /** Whoever has claimed the uid before, and was answered, is gone when this is confirmed. */
  async #claim(client: StoryClient, uid: string): Promise<void> {
    const { world, claims } = this.#notes.history;
    const visit = this.#notes.visitOf(client);
    const claim = { visit, uid, began: world.now, ended: Number.POSITIVE_INFINITY };
    claims.push(claim);
    try {
      const { bound, complete } = await client.bindUid(uid, { single: true });
      this.#notes.history.count(complete ? 'claims' : 'claims, incomplete');
      if (!bound || !complete) return;
      for (const id of this.#notes.cluster.onlineFor(this.#notes.life, uid)) {
        const other = this.#notes.history.byClientId.get(id);
        if (id === client.id || other === undefined) continue;
        const last = claims.findLast(c => c.visit === other && c.uid === uid);
        if (last !== undefined && last.ended < claim.began) {
          this.#notes.history.violate('single', `${other.name} still has "${uid}", which ${visit.name} has claimed`);
        }
      }
    } catch (error) {
      this.#notes.unanswered(error);
    } finally {
      claim.ended = world.now;
    }
  }

  #presence(uid: string, online: boolean): void {
    this.#notes.history.count(online ? 'uids online' : 'uids offline');
    if (uid === CALM) this.#notes.history.said.push(online);
  }

  async #kick(client: StoryClient, uid: string): Promise<void> {
    try {
      const { value } = await client.worker.getClientIdsByUid(uid);
      const id = value.find(other => other !== client.id);
      if (id !== undefined && (await client.worker.closeClient(id, 'kicked'))) this.#notes.history.count('kicks');
    } catch (error) {
      this.#notes.unanswered(error);
    }
  }
}
