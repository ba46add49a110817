/** Handlers that send to many, and that say to whom: uids, groups, all. */
import { UIDS } from './device.js';
import type { Sending } from './history.js';
import type { Notes, StoryClient } from './notes.js';

/** Groups that devices join for good. */
export const GROUPS = ['red', 'blue'];

export class Gatherings {
  readonly #notes: Notes;

  constructor(notes: Notes) {
    this.#notes = notes;
  }

  tell(client: StoryClient, uid: string): void {
    const { id } = this.#sending({ to: 'uid', names: [uid], without: undefined });
    client.worker.sendToUid(uid, 'told', { uid, send: id });
  }

  /** Who is in both groups gets it once. */
  cast(client: StoryClient, group: string): void {
    const names = group === '' ? GROUPS : [group];
    const { id } = this.#sending({ to: 'group', names, without: undefined });
    client.worker.sendToGroups(names, 'heard', { group, send: id });
  }

  shout(client: StoryClient): void {
    const { id } = this.#sending({ to: 'all', names: [], without: this.#notes.visitOf(client) });
    client.worker.sendToAll('cried', { send: id }, { exclude: client.id });
  }

  /** What a worker has written it sees. */
  async join(client: StoryClient, group: string): Promise<void> {
    const { history, cluster } = this.#notes;
    try {
      if (!(await client.joinGroup(group))) return;
      const visit = this.#notes.visitOf(client);
      if (!visit.joined.has(group)) visit.joined.set(group, history.world.now);
      const { value, complete } = await client.worker.getClientIdsByGroup(group);
      history.count('reads of own writes');
      if (value.includes(client.id) || !complete || !cluster.isOnline(client.id)) return;
      history.violate('read-your-writes', `${visit.name} is not in group ${group} after joining`);
    } catch (error) {
      this.#notes.unanswered(error);
    }
  }

  async roam(client: StoryClient, n: number): Promise<void> {
    const { history, cluster } = this.#notes;
    const { name } = this.#notes.visitOf(client);
    const group = `${name} ${n}`;
    try {
      if (!(await client.joinGroup(group))) return;
      const { value: count, complete } = await client.worker.getClientCountByGroup(group);
      history.count('reads of own writes');
      if (count > 1 || (count === 0 && complete && cluster.isOnline(client.id))) {
        history.violate('read-your-writes', `${count} are in the group that ${name} has just joined`);
      }
      if (!(await client.leaveGroup(group))) return;
      const { value } = await client.worker.getClientIdsByGroup(group);
      if (value.length === 0) return;
      history.violate('read-your-writes', `${name} is in group ${group} after leaving`);
    } catch (error) {
      this.#notes.unanswered(error);
    }
  }

  async rename(client: StoryClient, uid: string): Promise<void> {
    try {
      if (await client.bindUid(uid)) this.#notes.visitOf(client).renamed = this.#notes.history.world.now;
    } catch (error) {
      this.#notes.unanswered(error);
    }
  }

  /** @param uid of somebody who may be there */
  async isOnline(client: StoryClient, uid: string): Promise<void> {
    const { history, cluster, life } = this.#notes;
    const before = cluster.onlineFor(life, uid);
    let online: boolean;
    try {
      online = await client.worker.isUidOnline(uid);
    } catch (error) {
      this.#notes.unanswered(error);
      return;
    }
    const after = cluster.onlineFor(life, uid);
    if (online || ![...before].some(id => after.has(id))) return;
    history.violate('queries', `"${uid}" is said to be offline, and is not`);
  }

  anyUid(): string {
    return this.#notes.random.pick(UIDS);
  }

  #sending(sending: Omit<Sending, 'id' | 'at'>): Sending {
    const { history } = this.#notes;
    const made = { ...sending, id: history.nextSend(), at: history.world.now };
    history.sendings.set(made.id, made);
    return made;
  }
}
