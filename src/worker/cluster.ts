/**
 * What a program can do with the clients of all gateways: a worker, and any other program that is linked to them. One name
 * gives a plain answer, from the one gateway that has it; a list, and what all gateways have a part of, gives a Result.
 */
import type { ProtocolTypes } from '../codec/index.js';
import type { Value } from '../link/index.js';
import type {
  AnswerTo,
  DownName,
  RequestName,
  RequestOptions,
  SessionPatch,
  SessionResult,
  SessionValues,
  SessionWrite,
} from './api.js';
import type { Outgoing } from './outgoing.js';
import type { SessionFields } from './session-fields.js';

/** A result that several gateways contribute to. */
export interface Result<V> {
  readonly value: V;
  /** `false`: a gateway that is known did not answer, or none is known yet, so something may be missing. */
  readonly complete: boolean;
  /** Ids of the gateways that did not answer. */
  readonly missing: readonly string[];
}

export interface SendOptions<C extends boolean = boolean> {
  /** Client ids that do not get the message. */
  readonly exclude?: readonly string[] | string;
  /** `true`: resolve when all gateways have it, with who got it. Otherwise nothing is waited for. */
  readonly confirm?: C;
}

/** What has become of a send. */
export interface Delivery extends Result<number> {
  /** How many clients the message was given to. */
  readonly value: number;
  /** How many it was meant for, but not in their protocol. */
  readonly skipped: number;
}

/** What a send returns: nothing, or with `confirm: true` a promise; either, where that is not known before it runs. */
export type Sent<C extends boolean, R = Delivery> = C extends true ? Promise<R> : undefined;

export interface CloseOptions<T extends ProtocolTypes = ProtocolTypes> {
  /** A few words for `onClose`. */
  readonly detail?: string;
  /** The last message, if it is one of the client's protocol. */
  readonly last?: Outgoing<T>;
}

/** How somebody is sent away. */
export interface KickOptions<T extends ProtocolTypes = ProtocolTypes> extends CloseOptions<T> {
  /**
   * Milliseconds for which they are kept out, too: with `closeUid` nobody gets these uids, with `closeClient` the addresses of these
   * clients are not let in. Each gateway that has heard it remembers it until then, or until its own end. Default 0.
   */
  readonly ban?: number;
}

export interface BindOptions<T extends ProtocolTypes = ProtocolTypes> {
  /**
   * The client is the only one of its uid: older ones are closed, at all gateways, with reason `replaced`; with a detail and
   * a last message where those are given.
   */
  readonly single?: boolean | CloseOptions<T>;
}

/** What has become of a bind with `single`. */
export interface Bound extends Result<number> {
  /** How many older clients of the uid were closed. Those at gateways that are missing are, when they can be reached. */
  readonly value: number;
  /** `false`: the client is gone, or has another uid by now, so nobody was closed. */
  readonly bound: boolean;
}

/** Which clients: those that fit every key. A list fits if one of its items does. */
export interface Where {
  readonly id?: string | readonly string[];
  /** `true`: any. */
  readonly uid?: string | readonly string[] | true;
  /** `true`: any. */
  readonly group?: string | readonly string[] | true;
  /** Ids of protocols. */
  readonly protocol?: string | readonly string[];
  readonly loggedIn?: boolean;
  /** Values of the session; `null` fits a key that is not set. */
  readonly session?: SessionCondition;
}

/** A value or a list of them for each key. */
export type SessionCondition = keyof SessionFields extends never
  ? { readonly [key: string]: Value }
  : { readonly [K in keyof SessionFields]?: SessionFields[K] | readonly SessionFields[K][] | null };

/** What can be read of a client without its worker. */
export interface ClientRow {
  readonly id: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly session: SessionValues;
  /** Of the session. */
  readonly version: number;
  /** Id of the protocol. */
  readonly protocol: string;
  /** `host:port` of the peer. */
  readonly remoteAddress: string;
  readonly loggedIn: boolean;
}

export interface Select<F extends keyof ClientRow = keyof ClientRow> {
  /** Default: all. */
  readonly where?: Where;
  /** What is read of each client; default `id` and `uid`. */
  readonly fields?: readonly F[];
  /** Most rows; default all. */
  readonly limit?: number;
  /** Where to go on: `next` of the selection before. */
  readonly after?: string;
}

/** Rows in no particular order. */
export interface Selection<R> extends Result<readonly R[]> {
  /** Where the next selection begins; `undefined` behind the last. */
  readonly next: string | undefined;
}

/** A session, and what is needed to write it only if nobody else has. */
export interface SessionState {
  readonly values: SessionValues;
  readonly version: number;
}

/**
 * All clients of all gateways. Typed sends are of one protocol and reach its clients only; sends to many reach clients that
 * are logged in. Queries see what this program has written before.
 *
 * Calls about one client reject with `FG_UNREACHABLE` when its gateway does not answer. All reject with `FG_VALUE` for
 * arguments that cannot be, and with `FG_TOO_LARGE` for those that no link takes.
 */
export interface Cluster<T extends ProtocolTypes = ProtocolTypes> {
  readonly id: string;

  /** Confirmed, it resolves to `false` if there is no such client. Reaches clients that have not logged in, too. */
  sendToClient<K extends DownName<T>, C extends boolean = false>(
    clientId: string,
    name: K,
    fields: T['down'][K],
    options?: SendOptions<C>,
  ): Sent<C, boolean>;
  sendToClient<C extends boolean = false>(
    clientId: string,
    message: Outgoing<T>,
    options?: SendOptions<C>,
  ): Sent<C, boolean>;
  /** Several clients, by their ids. */
  sendToClients<K extends DownName<T>, C extends boolean = false>(
    clientIds: readonly string[],
    name: K,
    fields: T['down'][K],
    options?: SendOptions<C>,
  ): Sent<C>;
  sendToClients<C extends boolean = false>(
    clientIds: readonly string[],
    message: Outgoing<T>,
    options?: SendOptions<C>,
  ): Sent<C>;
  /**
   * One uid or several; each of their connections.
   * @example const { value, missing } = await worker.sendToUid('ann', 'notice', { line: 'hello' }, { confirm: true })
   */
  sendToUid<K extends DownName<T>, C extends boolean = false>(
    uid: string | readonly string[],
    name: K,
    fields: T['down'][K],
    options?: SendOptions<C>,
  ): Sent<C>;
  sendToUid<C extends boolean = false>(
    uid: string | readonly string[],
    message: Outgoing<T>,
    options?: SendOptions<C>,
  ): Sent<C>;
  /** `sendToUid` under the name for several. */
  sendToUids: Cluster<T>['sendToUid'];
  /** One group or several; a client in two of them gets the message once. */
  sendToGroup<K extends DownName<T>, C extends boolean = false>(
    group: string | readonly string[],
    name: K,
    fields: T['down'][K],
    options?: SendOptions<C>,
  ): Sent<C>;
  sendToGroup<C extends boolean = false>(
    group: string | readonly string[],
    message: Outgoing<T>,
    options?: SendOptions<C>,
  ): Sent<C>;
  /** `sendToGroup` under the name for several. */
  sendToGroups: Cluster<T>['sendToGroup'];
  sendToAll<K extends DownName<T>, C extends boolean = false>(
    name: K,
    fields: T['down'][K],
    options?: SendOptions<C>,
  ): Sent<C>;
  sendToAll<C extends boolean = false>(message: Outgoing<T>, options?: SendOptions<C>): Sent<C>;

  /** Like `client.request`, for any client of this protocol. */
  request<K extends RequestName<T>>(
    clientId: string,
    name: K,
    fields: T['down'][K],
    options?: RequestOptions,
  ): Promise<AnswerTo<T, K>>;

  /** Ends the connection when all that was sent has left. `false`: there is no such client. */
  closeClient(clientId: string, options?: string | KickOptions<T>): Promise<boolean>;
  /** The value: those that were there. */
  closeClient(clientIds: readonly string[], options?: string | KickOptions<T>): Promise<Result<readonly string[]>>;
  /** Ends the connection at once; what has not left is dropped. */
  destroyClient(clientId: string, detail?: string): Promise<boolean>;
  destroyClient(clientIds: readonly string[], detail?: string): Promise<Result<readonly string[]>>;
  /**
   * All connections of one uid, or of several. The value: how many.
   * @example await worker.closeUid('mallory', { detail: 'spam', ban: 3_600_000 })
   */
  closeUid(uid: string | readonly string[], options?: string | KickOptions<T>): Promise<Result<number>>;

  /** A uid may have several connections; a connection has one uid. `false`: there is no such client. */
  bindUid(clientId: string, uid: string): Promise<boolean>;
  bindUid(clientId: string, uid: string, options: BindOptions<T>): Promise<Bound>;
  bindUid(clientIds: readonly string[], uid: string): Promise<Result<readonly string[]>>;
  unbindUid(clientId: string): Promise<boolean>;
  unbindUid(clientIds: readonly string[]): Promise<Result<readonly string[]>>;
  isOnline(clientId: string): Promise<boolean>;
  /** The value: those that are online. */
  isOnline(clientIds: readonly string[]): Promise<Result<readonly string[]>>;
  /** `true` on one yes, `false` only when all gateways have said no; otherwise it rejects with `FG_UNREACHABLE`. */
  isUidOnline(uid: string): Promise<boolean>;
  /** The value: those that are online. */
  isUidOnline(uids: readonly string[]): Promise<Result<readonly string[]>>;
  getClientIdsByUid(uid: string): Promise<Result<readonly string[]>>;
  getClientIdsByUid(uids: readonly string[]): Promise<Result<ReadonlyMap<string, readonly string[]>>>;
  /** `undefined`: there is no such client, or it has no uid. */
  getUidByClientId(clientId: string): Promise<string | undefined>;
  /** The value: the uids of those that have one. */
  getUidByClientId(clientIds: readonly string[]): Promise<Result<ReadonlyMap<string, string>>>;
  getAllUids(): Promise<Result<readonly string[]>>;
  /** Different uids, however many connections they have. */
  getAllUidCount(): Promise<Result<number>>;

  /** One group or several. `false`: there is no such client. */
  joinGroup(clientId: string, group: string | readonly string[]): Promise<boolean>;
  /** The value: those that were there. */
  joinGroup(clientIds: readonly string[], group: string | readonly string[]): Promise<Result<readonly string[]>>;
  leaveGroup(clientId: string, group: string | readonly string[]): Promise<boolean>;
  leaveGroup(clientIds: readonly string[], group: string | readonly string[]): Promise<Result<readonly string[]>>;
  /** Everybody leaves the group, or the groups. The value: how many memberships have ended. */
  ungroup(group: string | readonly string[]): Promise<Result<number>>;
  getClientIdsByGroup(group: string): Promise<Result<readonly string[]>>;
  getClientIdsByGroup(groups: readonly string[]): Promise<Result<ReadonlyMap<string, readonly string[]>>>;
  getClientCountByGroup(group: string): Promise<Result<number>>;
  getClientCountByGroup(groups: readonly string[]): Promise<Result<ReadonlyMap<string, number>>>;
  getUidsByGroup(group: string): Promise<Result<readonly string[]>>;
  getUidsByGroup(groups: readonly string[]): Promise<Result<ReadonlyMap<string, readonly string[]>>>;
  /** Different uids. */
  getUidCountByGroup(group: string): Promise<Result<number>>;
  getUidCountByGroup(groups: readonly string[]): Promise<Result<ReadonlyMap<string, number>>>;
  /** Client id -> session, of one group or several. */
  getSessionsByGroup(group: string | readonly string[]): Promise<Result<ReadonlyMap<string, SessionValues>>>;
  getAllGroups(): Promise<Result<readonly string[]>>;
  /** Group -> uids, of all groups that have any. */
  getAllGroupUids(): Promise<Result<ReadonlyMap<string, readonly string[]>>>;

  getAllClientCount(): Promise<Result<number>>;
  getAllClientIds(): Promise<Result<readonly string[]>>;
  /** Client id -> session. */
  getAllSessions(): Promise<Result<ReadonlyMap<string, SessionValues>>>;
  /**
   * Reads some fields of the clients that fit a condition. With a `limit` it gives one page: who is there from the first
   * page to the last is listed exactly once, whoever else comes and goes meanwhile.
   * @example const page = await worker.select({ where: { group: 'lobby' }, fields: ['uid', 'session'], limit: 100 })
   */
  select<F extends keyof ClientRow = 'id' | 'uid'>(select?: Select<F>): Promise<Selection<Pick<ClientRow, F>>>;

  /** `undefined`: there is no such client. */
  getSession(clientId: string): Promise<SessionState | undefined>;
  /** Replaces all values. `undefined`: there is no such client. */
  setSession(clientId: string, values: SessionValues, options?: SessionWrite): Promise<SessionResult | undefined>;
  /** Sets the given keys and keeps the others; `null` removes a key. `undefined`: there is no such client. */
  patchSession(clientId: string, values: SessionPatch, options?: SessionWrite): Promise<SessionResult | undefined>;
}
