/** What workers ask of a gateway: one record type, one table. Writes and queries share it, so a query sees the writes. */
import { Writer } from '../codec/index.js';
import { type CallKind, calls, putValue, type Reader, readValue, type Value } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';
import { SESSION_BYTES } from './limits.js';
import type { WorkerPeer } from './worker-peer.js';

type Session = { [key: string]: Value };

/** @throws FramegateError when the question cannot be answered. */
export function answerCall(gateway: Gateway, peer: WorkerPeer, r: Reader): unknown {
  const kind = r.u8() as CallKind;
  const ref = r.u32();
  const epoch = r.u32();
  const value = readValue(r);
  const args = Array.isArray(value) ? (value as Value[]) : [];
  if (epoch === 0) return query(gateway, kind, args);
  const client = gateway.clients[ref];
  if (client === undefined || client.epoch !== epoch || client.peer !== peer) {
    throw new FramegateError('FG_CLOSED', 'The client is gone or bound to another worker');
  }
  return write(gateway, client, kind, args);
}

/** Calls about a client, by its handle or by its id. */
function write(gateway: Gateway, client: GatewayClient, kind: CallKind, args: readonly Value[]): unknown {
  const live = client.stage === 'live';
  switch (kind) {
    case calls.bindUid:
      if (live) gateway.tables.bindUid(client, text(args[0]));
      return live;
    case calls.unbindUid:
      if (live) gateway.tables.unbindUid(client);
      return live;
    case calls.joinGroup:
      if (live) gateway.tables.join(client, text(args[0]));
      return live;
    case calls.leaveGroup:
      if (live) gateway.tables.leave(client, text(args[0]));
      return live;
    case calls.setSession:
      return session(client, args[1], record(args[0]));
    case calls.patchSession:
      return session(client, args[1], { ...client.session, ...record(args[0]) });
    case calls.closeClient:
      if (live) gateway.close(client, 'server-closed', text(args[0]));
      return live;
    default:
      throw new FramegateError('FG_LINK', `the peer made a call of unknown kind ${kind}`);
  }
}

/** A key whose new value is null is removed. */
function session(client: GatewayClient, expected: Value, next: Session): unknown {
  if (typeof expected === 'number' && expected !== client.sessionVersion) {
    return { ok: false, version: client.sessionVersion, current: client.session ?? {} };
  }
  for (const key of Object.keys(next)) if (next[key] === null) delete next[key];
  const w = new Writer(256);
  putValue(w, next);
  if (w.length > SESSION_BYTES) {
    throw new FramegateError('FG_TOO_LARGE', `A session of ${w.length} bytes is more than ${SESSION_BYTES}`);
  }
  client.session = next;
  client.sessionVersion++;
  return { ok: true, version: client.sessionVersion, current: next };
}

function query(gateway: Gateway, kind: CallKind, args: readonly Value[]): unknown {
  const { byId, byUid, byGroup } = gateway.tables;
  const name = args.length > 0 ? text(args[0]) : '';
  switch (kind) {
    case calls.isOnline:
      return byId.has(name);
    case calls.isUidOnline:
      return byUid.has(name);
    case calls.clientIdsByUid:
      return (byUid.get(name) ?? []).map(c => c.id);
    case calls.uidByClientId:
      return byId.get(name)?.uid ?? null;
    case calls.clientIdsByGroup:
      return Array.from(byGroup.get(name) ?? [], c => c.id);
    case calls.clientCountByGroup:
      return byGroup.get(name)?.size ?? 0;
    case calls.uidsByGroup: {
      const uids = new Set<string>();
      for (const client of byGroup.get(name) ?? []) if (client.uid !== undefined) uids.add(client.uid);
      return [...uids];
    }
    case calls.allGroups:
      return [...byGroup.keys()];
    case calls.allClientCount:
      return byId.size;
    case calls.allClientIds:
      return [...byId.keys()];
    case calls.getSession:
      return byId.get(name)?.session ?? (byId.has(name) ? {} : null);
    default: {
      const client = byId.get(name);
      return client === undefined ? false : write(gateway, client, kind, args.slice(1));
    }
  }
}

function text(value: Value): string {
  if (typeof value === 'string') return value;
  throw new FramegateError('FG_VALUE', 'An argument must be a string');
}

function record(value: Value): Session {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)) {
    return { ...(value as Session) };
  }
  throw new FramegateError('FG_VALUE', 'A session must be an object');
}
