/** What user code calls on a worker, for one protocol. Each message is encoded once and goes to every gateway it concerns. */
import { type MessageValue, Writer } from '../codec/index.js';
import {
  type CallKind,
  calls,
  frameFlags,
  type Link,
  putString,
  putU8,
  putU32,
  recordTypes,
  type Target,
  targets,
  type Value,
} from '../link/index.js';
import { FramegateError, notEncoded, type ProtocolTable } from '../protocol/index.js';
import type { RequestOptions, Result, SendOptions, SessionValues } from './api.js';
import { tooLarge } from './client.js';
import type { Gateways } from './gateways.js';
import { encodeRequest } from './request.js';

/** A send, encoded; can be given to any number of links. */
export interface EncodedSend {
  readonly target: Target;
  readonly names: readonly string[];
  readonly excluded: readonly string[];
  readonly protocol: string;
  readonly message: string;
  readonly flags: number;
  readonly frame: Uint8Array;
}

export class WorkerHandle {
  readonly #core: Gateways;
  readonly #table: ProtocolTable;
  readonly #frame = new Writer(512);

  constructor(core: Gateways, table: ProtocolTable) {
    this.#core = core;
    this.#table = table;
  }

  get id(): string {
    return this.#core.id;
  }

  sendToClient(clientId: string, name: string, fields: MessageValue): void {
    const send = this.#encode(targets.client, [clientId], name, fields, {});
    const peer = this.#core.peerOf(clientId);
    if (peer !== undefined) writeSend(peer.link, send);
  }

  sendToUid(uid: string | readonly string[], name: string, fields: MessageValue, options: SendOptions = {}): void {
    this.#core.spread(this.#encode(targets.uid, list(uid), name, fields, options));
  }

  sendToGroup(group: string | readonly string[], name: string, fields: MessageValue, options: SendOptions = {}): void {
    this.#core.spread(this.#encode(targets.group, list(group), name, fields, options));
  }

  sendToAll(name: string, fields: MessageValue, options: SendOptions = {}): void {
    this.#core.spread(this.#encode(targets.all, [], name, fields, options));
  }

  request(clientId: string, name: string, fields: MessageValue, options?: RequestOptions): Promise<unknown> {
    try {
      const request = encodeRequest(this.#table, clientId, name, fields, options);
      const peer = this.#core.peerOf(clientId);
      if (peer !== undefined) return peer.request(request);
      const gateway = this.#core.unlinked(clientId);
      if (gateway !== undefined) throw unreachable([gateway]);
      throw new FramegateError('FG_CLOSED', `"${name}" was not sent: the client is gone`);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async closeClient(clientId: string, detail = ''): Promise<boolean> {
    return (await this.#one(clientId, calls.closeClient, [clientId, detail], false)) as boolean;
  }

  async isOnline(clientId: string): Promise<boolean> {
    return (await this.#one(clientId, calls.isOnline, [clientId], false)) as boolean;
  }

  async isUidOnline(uid: string): Promise<boolean> {
    const { values, missing } = await this.#core.ask(calls.isUidOnline, [uid]);
    if (values.includes(true)) return true;
    if (missing.length === 0) return false;
    throw unreachable(missing);
  }

  getClientIdsByUid(uid: string): Promise<Result<readonly string[]>> {
    return this.#list(calls.clientIdsByUid, [uid]);
  }

  async getUidByClientId(clientId: string): Promise<string | undefined> {
    return ((await this.#one(clientId, calls.uidByClientId, [clientId], null)) as string | null) ?? undefined;
  }

  getClientIdsByGroup(group: string): Promise<Result<readonly string[]>> {
    return this.#list(calls.clientIdsByGroup, [group]);
  }

  getClientCountByGroup(group: string): Promise<Result<number>> {
    return this.#sum(calls.clientCountByGroup, [group]);
  }

  getUidsByGroup(group: string): Promise<Result<readonly string[]>> {
    return this.#list(calls.uidsByGroup, [group]);
  }

  getAllGroups(): Promise<Result<readonly string[]>> {
    return this.#list(calls.allGroups, []);
  }

  getAllClientCount(): Promise<Result<number>> {
    return this.#sum(calls.allClientCount, []);
  }

  getAllClientIds(): Promise<Result<readonly string[]>> {
    return this.#list(calls.allClientIds, []);
  }

  async getSession(clientId: string): Promise<SessionValues | undefined> {
    return ((await this.#one(clientId, calls.getSession, [clientId], null)) as SessionValues | null) ?? undefined;
  }

  async joinGroup(clientId: string, group: string): Promise<boolean> {
    return (await this.#one(clientId, calls.joinGroup, [clientId, group], false)) as boolean;
  }

  async leaveGroup(clientId: string, group: string): Promise<boolean> {
    return (await this.#one(clientId, calls.leaveGroup, [clientId, group], false)) as boolean;
  }

  #encode(
    target: Target,
    names: readonly string[],
    message: string,
    fields: MessageValue,
    options: SendOptions,
  ): EncodedSend {
    const codec = this.#table.down(message);
    const w = this.#frame;
    w.length = 0;
    let finished: boolean;
    try {
      finished = codec.write(w, fields);
    } catch (error) {
      throw notEncoded(error, codec);
    }
    const flags = (finished ? 0 : frameFlags.unfinished) | (codec.closes === true ? frameFlags.closes : 0);
    const frame = w.bytes.subarray(0, w.length);
    const excluded = options.exclude === undefined ? [] : list(options.exclude);
    return { target, names, excluded, protocol: this.#table.protocol.id, message, flags, frame };
  }

  /** Asks the gateway that made the client id. */
  async #one(clientId: string, kind: CallKind, args: readonly Value[], absent: Value): Promise<unknown> {
    const peer = this.#core.peerOf(clientId);
    if (peer !== undefined) return peer.call(kind, args);
    // A gateway that nobody knows any more has taken its clients with it.
    const gateway = this.#core.unlinked(clientId);
    if (gateway === undefined) return absent;
    throw unreachable([gateway]);
  }

  async #list(kind: CallKind, args: readonly Value[]): Promise<Result<readonly string[]>> {
    const { values, missing } = await this.#core.ask(kind, args);
    const all = new Set<string>();
    for (const value of values) for (const item of value as readonly string[]) all.add(item);
    return { value: [...all], complete: missing.length === 0, missing };
  }

  async #sum(kind: CallKind, args: readonly Value[]): Promise<Result<number>> {
    const { values, missing } = await this.#core.ask(kind, args);
    let value = 0;
    for (const part of values) value += part as number;
    return { value, complete: missing.length === 0, missing };
  }
}

/** @throws FramegateError `FG_TOO_LARGE` */
export function writeSend(link: Link, send: EncodedSend): void {
  const w = link.begin(recordTypes.sendTo);
  try {
    putU8(w, send.target);
    putU32(w, send.names.length);
    for (const name of send.names) putString(w, name);
    putU32(w, send.excluded.length);
    for (const id of send.excluded) putString(w, id);
    putString(w, send.protocol);
    putU8(w, send.flags);
    w.append(send.frame);
    link.commit();
  } catch (error) {
    link.cancel();
    throw tooLarge(error, send.message);
  }
}

function list(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : value;
}

function unreachable(missing: readonly string[]): FramegateError {
  return new FramegateError('FG_UNREACHABLE', `Not answered by ${missing.join(', ')}`);
}
