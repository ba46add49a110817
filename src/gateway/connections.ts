/**
 * The clients of a gateway, as operators look at them and send them away: a page at a time, so that no question keeps the
 * gateway from its sockets for long. What clients have said, and their sessions, are not in it.
 *
 * The cursor is a slot number, as in walk.ts: a client keeps its slot for life.
 */
import { hostOf, type Networks } from '../net/index.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';

/** Which clients are meant: those to whom all that is given applies. */
export interface Whom {
  readonly id?: string | undefined;
  readonly uid?: string | undefined;
  readonly networks?: Networks | undefined;
  /** The protocol's id. */
  readonly protocol?: string | undefined;
}

/** One client. Times in milliseconds. */
export interface ConnectionRow {
  readonly id: string;
  /** `host:port`; empty for one that came through the file system. */
  readonly address: string;
  readonly protocol: string;
  readonly uid: string | null;
  /** `new`: not logged in; `pending`: a worker judges its login; `open`: logged in, or there is no login. */
  readonly state: 'new' | 'pending' | 'open';
  /** Since it has connected. */
  readonly age: number;
  /** Since its last frame. */
  readonly idle: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Bytes for it that have not left. */
  readonly waiting: number;
  /** It is not read, as what it has sent is not handled yet. */
  readonly paused: boolean;
  /** Id of its worker; `null`: none is there. */
  readonly worker: string | null;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Where the next page begins; `null` behind the last. */
  readonly next: number | null;
}

/** Rows in a page, and slots that are looked at for it. */
export const CONNECTIONS_PAGE = 1000;
const SLOTS = 8192;

/** @param after where the page begins. @param most rows, 1,000 at most */
export function connectionsPage(gateway: Gateway, whom: Whom, after = 0, most = CONNECTIONS_PAGE): Page<ConnectionRow> {
  gateway.look();
  return pageOf(gateway, whom, after, Math.min(most, CONNECTIONS_PAGE), client => rowOf(client, gateway.now));
}

/** How clients are sent away. */
export interface Kick {
  /** What `onClose` is told as detail. */
  readonly reason: string;
  /** Milliseconds for which their addresses are kept out; 0: not at all. */
  readonly ban: number;
}

/**
 * Closes clients with reason `kicked`, a page of them.
 * @returns their ids, and where to go on.
 */
export function kickPage(gateway: Gateway, whom: Whom, { reason, ban }: Kick, after = 0): Page<string> {
  return pageOf(gateway, whom, after, CONNECTIONS_PAGE, client => {
    const host = hostOf(client.connection.peer);
    if (ban > 0) gateway.door.admission.exclude(host, gateway.clock.now(), ban);
    gateway.close(client, 'kicked', reason);
    return client.id;
  });
}

function pageOf<T>(
  gateway: Gateway,
  whom: Whom,
  after: number,
  most: number,
  take: (client: GatewayClient) => T,
): Page<T> {
  const few = candidates(gateway, whom);
  const slots = few ?? gateway.clients;
  const from = few === undefined ? after : 0;
  const end = few === undefined ? Math.min(slots.length, from + SLOTS) : slots.length;
  const rows: T[] = [];
  for (let at = from; at < end; at++) {
    const client = slots[at];
    if (client === undefined || client.ref < after || client.stage !== 'live' || !isMeant(client, whom)) continue;
    if (rows.length >= most) return { rows, next: client.ref };
    rows.push(take(client));
  }
  return { rows, next: end < slots.length ? end : null };
}

/** Those whom a table knows, in the order of their slots. */
function candidates({ tables }: Gateway, { id, uid }: Whom): readonly GatewayClient[] | undefined {
  if (id !== undefined) {
    const client = tables.byId.get(id);
    return client === undefined ? [] : [client];
  }
  return uid === undefined ? undefined : [...(tables.byUid.get(uid) ?? [])].sort((a, b) => a.ref - b.ref);
}

function isMeant(client: GatewayClient, { id, uid, networks, protocol }: Whom): boolean {
  return (
    (id === undefined || client.id === id) &&
    (uid === undefined || client.uid === uid) &&
    (protocol === undefined || client.listener.name === protocol) &&
    (networks === undefined || networks.has(hostOf(client.connection.peer)))
  );
}

function rowOf(client: GatewayClient, now: number): ConnectionRow {
  return {
    id: client.id,
    address: client.connection.peer,
    protocol: client.listener.name,
    uid: client.uid ?? null,
    state: client.context.state,
    age: Math.round(now - client.connectedAt),
    idle: Math.max(0, Math.round(now - client.lastFrame)),
    framesIn: client.framesIn,
    framesOut: client.framesOut,
    bytesIn: client.bytesIn,
    bytesOut: client.bytesOut + client.outBytes,
    waiting: client.connection.queued + client.outBytes,
    paused: client.pausedSince > 0,
    worker: client.peer?.id ?? null,
  };
}
