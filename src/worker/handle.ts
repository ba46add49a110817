/** What user code calls to reach clients, for one protocol; see {@link Cluster}. It belongs to no worker: links are enough. */
import type { MessageValue } from '../codec/index.js';
import { type CallKind, calls, type Target, targets, type Value } from '../link/index.js';
import { FramegateError, type ProtocolTable } from '../protocol/index.js';
import type { RequestOptions, SessionResult, SessionValues, SessionWrite } from './api.js';
import type {
  BindOptions,
  ClientRow,
  Delivery,
  KickOptions,
  Result,
  Select,
  Selection,
  SendOptions,
  SessionState,
} from './cluster.js';
import type { Gateways } from './gateways.js';
import { checkName, listed, type Names, namesOf } from './names.js';
import {
  closingOf,
  type EncodedSend,
  encodeAll,
  encodeOne,
  kickOf,
  type Outgoing,
  partsOf,
  writeSend,
} from './outgoing.js';
import { askEach, askMany, askNames, askOne, askRows, askSum, askWhich, resultOf, unreachable } from './questions.js';
import { encodeRequest } from './request.js';
import { select } from './select.js';

type Fields = MessageValue | SendOptions | undefined;

export class WorkerHandle {
  readonly #gateways: Gateways;
  readonly #table: ProtocolTable;

  constructor(gateways: Gateways, table: ProtocolTable) {
    this.#gateways = gateways;
    this.#table = table;
  }

  get id(): string {
    return this.#gateways.id;
  }

  // Sends: to a name with fields, or to an outgoing message with options in their place.

  sendToClient(clientId: string, what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    checkName(clientId);
    const { send, confirm } = this.#encode(targets.client, [clientId], what, a, b);
    const peer = this.#gateways.peerOf(clientId);
    if (!confirm) {
      if (peer !== undefined) writeSend(peer, send);
      else this.#gateways.postpone(clientId, send);
      return undefined;
    }
    if (peer !== undefined) return peer.call(calls.sendTo, argumentsOf(send)).then(isGiven);
    const unlinked = this.#gateways.unlinked(clientId);
    return unlinked === undefined ? Promise.resolve(false) : Promise.reject(unreachable(unlinked));
  }

  sendToClients(clientIds: readonly string[], what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    return this.#spread(targets.client, listed(clientIds), what, a, b);
  }

  sendToUid(uid: Names, what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    return this.#spread(targets.uid, namesOf(uid), what, a, b);
  }

  sendToUids(uids: Names, what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    return this.sendToUid(uids, what, a, b);
  }

  sendToGroup(group: Names, what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    return this.#spread(targets.group, namesOf(group), what, a, b);
  }

  sendToGroups(groups: Names, what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    return this.sendToGroup(groups, what, a, b);
  }

  sendToAll(what: string | Outgoing, a?: Fields, b?: SendOptions): unknown {
    return this.#spread(targets.all, [], what, a, b);
  }

  #spread(target: Target, names: readonly string[], what: string | Outgoing, a: Fields, b?: SendOptions): unknown {
    const { send, confirm } = this.#encode(target, names, what, a, b);
    if (confirm) return this.#confirmed(send);
    this.#gateways.spread(send);
    return undefined;
  }

  async #confirmed(send: EncodedSend): Promise<Delivery> {
    const asked = await this.#gateways.ask(calls.sendTo, argumentsOf(send));
    let [value, skipped] = [0, 0];
    for (const [given, other] of asked.answers as [number, number][]) {
      value += given;
      skipped += other;
    }
    return { ...resultOf(value, asked), skipped };
  }

  #encode(
    target: Target,
    names: readonly string[],
    what: string | Outgoing,
    a: Fields,
    b: SendOptions | undefined,
  ): { readonly send: EncodedSend; readonly confirm: boolean } {
    this.#gateways.sending();
    const named = typeof what === 'string';
    const parts = named ? [encodeOne(this.#table, what, a as MessageValue)] : encodeAll(this.#table, what);
    const { exclude, confirm = false } = (named ? b : (a as SendOptions | undefined)) ?? {};
    return { send: { target, names, excluded: exclude === undefined ? [] : namesOf(exclude), parts }, confirm };
  }

  request(clientId: string, name: string, fields: MessageValue, options?: RequestOptions): Promise<unknown> {
    try {
      checkName(clientId);
      this.#gateways.sending();
      const request = encodeRequest(this.#table, clientId, name, fields, options);
      const peer = this.#gateways.peerOf(clientId);
      if (peer !== undefined) return peer.request(request);
      const unlinked = this.#gateways.unlinked(clientId);
      if (unlinked !== undefined) throw unreachable(unlinked);
      throw new FramegateError('FG_CLOSED', `"${name}" was not sent: the client is gone`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  // Closing.

  async closeClient(clientId: Names, options: string | KickOptions = {}): Promise<unknown> {
    return this.#write(clientId, calls.closeClient, kickOf(this.#table, options ?? {}));
  }

  destroyClient(clientId: Names, detail = ''): Promise<unknown> {
    return this.#write(clientId, calls.destroyClient, [detail]);
  }

  async closeUid(uid: Names, options: string | KickOptions = {}): Promise<Result<number>> {
    return askSum(this.#gateways, calls.closeUid, [namesOf(uid), ...kickOf(this.#table, options)]);
  }

  // Identity.

  async bindUid(clientId: Names, uid: string, { single = false }: BindOptions = {}): Promise<unknown> {
    checkName(uid);
    if (single === false) return this.#write(clientId, calls.bindUid, [uid]);
    if (typeof clientId !== 'string') {
      throw new FramegateError('FG_VALUE', 'Only one client can be the single one of its uid; give one client id');
    }
    const farewell = closingOf(this.#table, single === true ? {} : single);
    const ask = (kind: CallKind, args: readonly Value[]) => askOne(this.#gateways, clientId, kind, args, false);
    await ask(calls.bindUid, [uid]);
    return this.#gateways.claims.make(uid, clientId, farewell, args => ask(calls.claimUid, args));
  }

  unbindUid(clientId: Names): Promise<unknown> {
    return this.#write(clientId, calls.unbindUid, []);
  }

  isOnline(clientId: Names): Promise<unknown> {
    return this.#write(clientId, calls.isOnline, []);
  }

  async isUidOnline(uid: Names): Promise<unknown> {
    if (typeof uid !== 'string') {
      const uids = listed(uid);
      const asked = await this.#gateways.gather(peer => askEach(peer, uids, calls.isUidOnline));
      return resultOf(
        [...new Set(uids)].filter(name => asked.answers.some(answer => answer.get(name) === true)),
        asked,
      );
    }
    checkName(uid);
    const { answers, complete, missing } = await this.#gateways.ask(calls.isUidOnline, [uid]);
    if (answers.includes(true)) return true;
    if (complete) return false;
    throw unreachable(missing);
  }

  async getClientIdsByUid(uid: Names): Promise<Result<unknown>> {
    const uids = namesOf(uid);
    if (typeof uid === 'string') return askRows(this.#gateways, { uid }, ['id']);
    const rows = await askRows(this.#gateways, { uid: uids }, ['uid', 'id']);
    return { ...rows, value: gathered(uids, rows.value as Pair[]) };
  }

  async getUidByClientId(clientId: Names): Promise<unknown> {
    if (typeof clientId === 'string') return (await this.#one(clientId, calls.uidByClientId, null)) ?? undefined;
    const asked = await askMany(this.#gateways, listed(clientId), calls.uidByClientId, []);
    return { ...asked, value: new Map([...asked.value].filter(([, uid]) => typeof uid === 'string')) };
  }

  getAllUids(): Promise<Result<readonly string[]>> {
    return askNames(this.#gateways, 'uids');
  }

  async getAllUidCount(): Promise<Result<number>> {
    const uids = await this.getAllUids();
    return { ...uids, value: uids.value.length };
  }

  // Groups.

  async joinGroup(clientId: Names, group: Names): Promise<unknown> {
    return this.#write(clientId, calls.joinGroup, [namesOf(group)]);
  }

  async leaveGroup(clientId: Names, group: Names): Promise<unknown> {
    return this.#write(clientId, calls.leaveGroup, [namesOf(group)]);
  }

  async ungroup(group: Names): Promise<Result<number>> {
    return askSum(this.#gateways, calls.ungroup, [namesOf(group)]);
  }

  async getClientIdsByGroup(group: Names): Promise<Result<unknown>> {
    const groups = namesOf(group);
    if (typeof group === 'string') return askRows(this.#gateways, { group }, ['id']);
    const rows = await askRows(this.#gateways, { group: groups }, ['groups', 'id']);
    return { ...rows, value: gathered(groups, rows.value as Pair[]) };
  }

  async getClientCountByGroup(group: Names): Promise<Result<unknown>> {
    const groups = namesOf(group);
    if (typeof group === 'string') return askSum(this.#gateways, calls.clientCountByGroup, [group]);
    const asked = await this.#gateways.gather(peer => askEach(peer, groups, calls.clientCountByGroup));
    const counts = new Map(groups.map(name => [name, 0]));
    for (const part of asked.answers as Map<string, number>[]) {
      for (const [name, count] of part) counts.set(name, counts.get(name)! + count);
    }
    return resultOf(counts, asked);
  }

  async getUidsByGroup(group: Names): Promise<Result<Many>> {
    const groups = namesOf(group);
    const rows = await askRows(this.#gateways, { group: groups, uid: true }, ['groups', 'uid']);
    const uids = gathered(groups, rows.value as Pair[]);
    return { ...rows, value: typeof group === 'string' ? uids.get(group)! : uids };
  }

  async getUidCountByGroup(group: Names): Promise<Result<unknown>> {
    const uids = await this.getUidsByGroup(group);
    const value = uids.value instanceof Map ? counted(uids.value) : (uids.value as readonly string[]).length;
    return { ...uids, value };
  }

  async getSessionsByGroup(group: Names): Promise<Result<ReadonlyMap<string, SessionValues>>> {
    return this.#sessions({ group: namesOf(group) });
  }

  getAllGroups(): Promise<Result<readonly string[]>> {
    return askNames(this.#gateways, 'groups');
  }

  async getAllGroupUids(): Promise<Result<ReadonlyMap<string, readonly string[]>>> {
    const rows = await askRows(this.#gateways, { group: true, uid: true }, ['groups', 'uid']);
    return { ...rows, value: gathered(undefined, rows.value as Pair[]) };
  }

  // All.

  getAllClientCount(): Promise<Result<number>> {
    return askSum(this.#gateways, calls.allClientCount, []);
  }

  getAllClientIds(): Promise<Result<readonly Value[]>> {
    return askRows(this.#gateways, {}, ['id']);
  }

  getAllSessions(): Promise<Result<ReadonlyMap<string, SessionValues>>> {
    return this.#sessions({});
  }

  select(asked: Select = {}): Promise<Selection<Pick<ClientRow, keyof ClientRow>>> {
    return select(this.#gateways, asked);
  }

  async #sessions(where: { readonly [key: string]: Value }): Promise<Result<ReadonlyMap<string, SessionValues>>> {
    const rows = await askRows(this.#gateways, where, ['id', 'session']);
    return { ...rows, value: new Map(rows.value as [string, SessionValues][]) };
  }

  // Sessions.

  async getSession(clientId: string): Promise<SessionState | undefined> {
    return ((await this.#one(clientId, calls.getSession, null)) as SessionState | null) ?? undefined;
  }

  setSession(clientId: string, values: SessionValues, options: SessionWrite = {}): Promise<SessionResult | undefined> {
    return this.#session(clientId, calls.setSession, values, options);
  }

  patchSession(
    clientId: string,
    values: SessionValues,
    options: SessionWrite = {},
  ): Promise<SessionResult | undefined> {
    return this.#session(clientId, calls.patchSession, values, options);
  }

  async #session(clientId: string, kind: CallKind, values: SessionValues, { expect }: SessionWrite) {
    const result = await askOne(this.#gateways, clientId, kind, [values, expect], null);
    return (result as SessionResult | null) ?? undefined;
  }

  #one(clientId: string, kind: CallKind, absent: Value): Promise<unknown> {
    return askOne(this.#gateways, clientId, kind, [], absent);
  }

  /** About one client, or about several at once. */
  async #write(clientId: Names, kind: CallKind, args: readonly Value[]): Promise<unknown> {
    if (typeof clientId === 'string') return askOne(this.#gateways, clientId, kind, args, false);
    return askWhich(this.#gateways, listed(clientId), kind, args);
  }
}

type Many = readonly string[] | ReadonlyMap<string, readonly string[]>;
/** One or several names, and what belongs to them. */
type Pair = readonly [Names, string];

/** Each name with what belongs to it, once. @param names those that are wanted, even if nothing belongs to them. */
function gathered(names: readonly string[] | undefined, pairs: readonly Pair[]): Map<string, readonly string[]> {
  const sets = new Map<string, Set<string>>(names?.map(name => [name, new Set<string>()]));
  for (const [of, one] of pairs) {
    for (const name of typeof of === 'string' ? [of] : of) {
      let set = sets.get(name);
      if (set === undefined) {
        if (names !== undefined) continue;
        set = new Set();
        sets.set(name, set);
      }
      set.add(one);
    }
  }
  return new Map(Array.from(sets, ([name, set]) => [name, [...set]]));
}

function counted(lists: ReadonlyMap<string, readonly string[]>): Map<string, number> {
  return new Map(Array.from(lists, ([name, list]) => [name, list.length]));
}

function argumentsOf({ target, names, excluded, parts }: EncodedSend): Value[] {
  return [target, names, excluded, partsOf(parts)];
}

function isGiven(answer: unknown): boolean {
  return (answer as readonly [number, number])[0] > 0;
}
