/** What programs ask of a gateway: one record type, one table. Writes and queries share it, so a query sees the writes. */
import { type CallKind, calls, newsFlags, type Reader, readValue, type Value } from '../link/index.js';
import { hostOf } from '../net/index.js';
import { FramegateError } from '../protocol/index.js';
import { milliseconds, name, type Part, parts, record, text, texts } from './arguments.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';
import { GROUPS } from './limits.js';
import { claimUid, closeOlder, latestStamp } from './logins.js';
import { type SessionAnswer, writeSession } from './session.js';
import { walk, walkNames } from './walk.js';
import type { WorkerPeer } from './worker-peer.js';

/** @throws FramegateError when the question cannot be answered. */
export function answerCall(gateway: Gateway, peer: WorkerPeer, r: Reader): unknown {
  const kind = r.u8() as CallKind;
  const ref = r.u32();
  const epoch = r.u32();
  const value = readValue(r);
  const args = Array.isArray(value) ? (value as Value[]) : [];
  peer.admit(kind, args[0]);
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
      return live && gateway.bindUid(client, name(args[0]));
    case calls.unbindUid:
      if (live) gateway.tables.unbindUid(client);
      return live;
    case calls.joinGroup:
      if (live) join(gateway, client, texts(args[0]).map(name));
      return live;
    case calls.leaveGroup:
      if (live) for (const group of texts(args[0])) gateway.tables.leave(client, group);
      return live;
    case calls.setSession:
      return session(client, true, args);
    case calls.patchSession:
      return session(client, false, args);
    case calls.claimUid:
      return claimUid(gateway, client, text(args[0]), Number(args[1]), { detail: text(args[2]), last: parts(args[3]) });
    case calls.closeClient:
      return closeClient(gateway, client, args);
    case calls.destroyClient:
      if (live) gateway.destroy(client, text(args[0]));
      return live;
    default:
      throw new FramegateError('FG_LINK', `the peer made a call of unknown kind ${kind}`);
  }
}

function join(gateway: Gateway, client: GatewayClient, groups: readonly string[]): void {
  const more = groups.filter(group => client.groups?.has(group) !== true);
  if ((client.groups?.size ?? 0) + more.length > GROUPS) {
    throw new FramegateError('FG_TOO_LARGE', `A client can be in ${GROUPS} groups at most`);
  }
  for (const group of more) gateway.tables.join(client, group);
}

/** @param args detail, milliseconds for which its address is kept out, last messages */
function closeClient(gateway: Gateway, client: GatewayClient, args: readonly Value[]): boolean {
  const [detail, ban, last] = [text(args[0]), milliseconds(args[1]), parts(args[2])];
  if (ban > 0 && client.stage === 'live') {
    gateway.door.admission.exclude(hostOf(client.connection.peer), gateway.clock.now(), ban);
  }
  return close(gateway, client, detail, last);
}

/** @param last what is sent before, for each protocol that the client may have. */
function close(gateway: Gateway, client: GatewayClient, detail: string, last: readonly Part[]): boolean {
  if (client.stage !== 'live') return false;
  const message = last.find(part => part.protocol === client.listener.name);
  if (message !== undefined) gateway.downstream.last(client, message);
  gateway.close(client, 'server-closed', detail);
  return true;
}

/** @param args values, expected version, version that the client's own worker has */
function session(client: GatewayClient, all: boolean, args: readonly Value[]): SessionAnswer {
  const [expected, known] = [version(args[1]), version(args[2])];
  return writeSession(client, { values: record(args[0], 'A session'), all, expected, known });
}

function version(value: Value): number | undefined {
  if (typeof value === 'number') return value;
  if (value === undefined || value === null) return undefined;
  throw new FramegateError('FG_VALUE', 'The expected version of a session is a number');
}

function query(gateway: Gateway, kind: CallKind, args: readonly Value[]): unknown {
  const { byId, byUid, byGroup } = gateway.tables;
  switch (kind) {
    case calls.isOnline:
      return byId.has(text(args[0]));
    case calls.isUidOnline:
      return byUid.has(text(args[0]));
    case calls.uidByClientId:
      return byId.get(text(args[0]))?.uid ?? null;
    case calls.clientCountByGroup:
      return byGroup.get(text(args[0]))?.size ?? 0;
    case calls.allClientCount:
      return byId.size;
    case calls.getSession: {
      const client = byId.get(text(args[0]));
      return client === undefined ? null : { values: client.session ?? {}, version: client.sessionVersion };
    }
    case calls.closeUid: {
      const [uids, detail, ban, last] = [texts(args[0]), text(args[1]), milliseconds(args[2]), parts(args[3])];
      if (ban > 0) for (const uid of uids) gateway.door.admission.excludeUid(uid, gateway.clock.now(), ban);
      const clients = uids.flatMap(uid => byUid.get(uid) ?? []);
      return clients.filter(client => close(gateway, client, detail, last)).length;
    }
    case calls.ungroup: {
      let left = 0;
      for (const group of texts(args[0])) left += gateway.tables.ungroup(group);
      return left;
    }
    case calls.latestStamp:
      return latestStamp(gateway, text(args[0]));
    case calls.claimed: {
      const farewell = { detail: text(args[3]), last: parts(args[4]) };
      return closeOlder(gateway, text(args[0]), Number(args[1]), text(args[2]), farewell);
    }
    case calls.slot:
      return gateway.slots.claim(name(args[0]), Number(args[1]));
    case calls.sendTo:
      return sendTo(gateway, args);
    case calls.walk:
      return walk(gateway, args);
    case calls.walkNames:
      return walkNames(gateway, args);
    case calls.each: {
      const one = args[0] as CallKind;
      return texts(args[1]).map(each => query(gateway, one, [each, ...args.slice(2)]));
    }
    default: {
      // Also the empty question of a worker that drains: its answer comes behind all events.
      const client = args.length === 0 ? undefined : byId.get(text(args[0]));
      if (client === undefined) return absent(kind);
      // Its worker knows only what it has done itself.
      if (kind === calls.bindUid || kind === calls.unbindUid) client.news |= newsFlags.uid;
      return write(gateway, client, kind, args.slice(1));
    }
  }
}

/** What is answered about a client that is not there. */
function absent(kind: CallKind): unknown {
  return kind === calls.setSession || kind === calls.patchSession ? null : false;
}

/** @returns how many got a message, and how many did not because there was none for their protocol. */
function sendTo({ downstream }: Gateway, args: readonly Value[]): readonly [number, number] {
  const target = args[0] as number;
  const [names, excluded, messages] = [texts(args[1]), texts(args[2]), parts(args[3])];
  let given = 0;
  for (const { protocol, flags, frame } of messages) {
    given += downstream.broadcast(target, names, excluded, protocol, flags, frame, 0, frame.length);
  }
  return [given, downstream.skipped(target, names, excluded, new Set(messages.map(m => m.protocol)))];
}
