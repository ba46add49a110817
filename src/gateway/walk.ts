/**
 * Lists of clients, a page at a time: any number of clients is listed in answers that fit a link, and no page keeps the
 * gateway from its sockets for long.
 *
 * The cursor is a slot number. A client keeps its slot for life, so whoever is there from the first page to the last is
 * listed exactly once, whoever else comes and goes meanwhile.
 */
import { type Value, weight } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import { record, texts } from './arguments.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';
import { PAGE_BYTES, PAGE_ROWS, PAGE_SLOTS } from './limits.js';

type Fits = (client: GatewayClient) => boolean;
type Where = { readonly [key: string]: Value };

const columns: { readonly [name: string]: (client: GatewayClient) => Value } = {
  id: client => client.id,
  uid: client => client.uid,
  groups: client => [...(client.groups ?? [])],
  session: client => client.session ?? {},
  version: client => client.sessionVersion,
  protocol: client => client.listener.name,
  remoteAddress: client => client.connection.peer,
  loggedIn: client => client.context.state === 'open',
};

/**
 * One page: rows, and where the next begins; null behind the last. A row is a list, or a value if one field was asked for.
 * @param args condition, fields, most rows, where to begin
 */
export function walk(gateway: Gateway, args: readonly Value[]): Value {
  const where = record(args[0] ?? {}, 'A condition');
  const getters = texts(args[1]).map(column);
  const limit = Math.min(typeof args[2] === 'number' ? args[2] : PAGE_ROWS, PAGE_ROWS);
  const after = typeof args[3] === 'number' ? args[3] : 0;
  const single = getters.length === 1 ? getters[0] : undefined;
  const fits = condition(where);
  const few = candidates(gateway, where);
  const slots = few ?? gateway.clients;
  const end = few === undefined ? Math.min(slots.length, after + PAGE_SLOTS) : slots.length;
  const rows: Value[] = [];
  let bytes = 0;
  for (let at = few === undefined ? after : 0; at < end; at++) {
    const client = slots[at];
    if (client === undefined || client.ref < after || client.stage !== 'live' || !fits(client)) continue;
    if (rows.length >= limit || bytes > PAGE_BYTES) return [rows, client.ref];
    const row = single === undefined ? getters.map(get => get(client)) : single(client);
    bytes += weight(row);
    rows.push(row);
  }
  return [rows, end < slots.length ? end : null];
}

/**
 * The groups, or the uids, that a page of clients has: each once. With few of them all are told at once.
 * @param args `groups` or `uids`, where to begin
 */
export function walkNames(gateway: Gateway, args: readonly Value[]): Value {
  const { byGroup, byUid } = gateway.tables;
  const ofGroups = args[0] === 'groups';
  const after = typeof args[1] === 'number' ? args[1] : 0;
  const found = new Set<string>();
  let bytes = 0;
  const add = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    bytes += weight(name);
  };
  const table: ReadonlyMap<string, unknown> = ofGroups ? byGroup : byUid;
  if (after === 0 && table.size <= PAGE_ROWS) {
    for (const name of table.keys()) {
      add(name);
      if (bytes > PAGE_BYTES) break;
    }
    if (bytes <= PAGE_BYTES) return [[...found], null];
    found.clear();
    bytes = 0;
  }
  const end = Math.min(gateway.clients.length, after + PAGE_SLOTS);
  let at = after;
  for (; at < end && bytes <= PAGE_BYTES; at++) {
    const client = gateway.clients[at];
    if (client?.stage !== 'live') continue;
    if (!ofGroups) {
      if (client.uid !== undefined) add(client.uid);
    } else if (client.groups !== undefined) {
      for (const group of client.groups) add(group);
    }
  }
  return [[...found], at < gateway.clients.length ? at : null];
}

function column(name: string): (client: GatewayClient) => Value {
  const get = Object.hasOwn(columns, name) ? columns[name] : undefined;
  if (get !== undefined) return get;
  throw new FramegateError('FG_VALUE', `A client has no field "${name}"; it has ${Object.keys(columns).join(', ')}`);
}

/** Those whom a condition leaves, when a table knows them and they are few, in the order of their slots. */
function candidates({ tables }: Gateway, where: Where): GatewayClient[] | undefined {
  const found = new Set<GatewayClient>();
  if (isGiven(where.id)) {
    for (const id of texts(where.id)) {
      const client = tables.byId.get(id);
      if (client !== undefined) found.add(client);
    }
  } else if (isGiven(where.uid) && where.uid !== true) {
    for (const uid of texts(where.uid)) for (const client of tables.byUid.get(uid) ?? []) found.add(client);
  } else if (isGiven(where.group) && where.group !== true) {
    const groups = texts(where.group).map(group => tables.byGroup.get(group));
    const most = groups.reduce((sum, group) => sum + (group?.size ?? 0), 0);
    if (most > PAGE_ROWS) return undefined;
    for (const group of groups) for (const client of group ?? []) found.add(client);
  } else {
    return undefined;
  }
  return [...found].sort((a, b) => a.ref - b.ref);
}

const conditions: { readonly [key: string]: (wanted: Value) => Fits } = {
  id: wanted => {
    const ids = new Set(texts(wanted));
    return client => ids.has(client.id);
  },
  uid: wanted => {
    if (wanted === true) return client => client.uid !== undefined;
    const uids = new Set(texts(wanted));
    return client => client.uid !== undefined && uids.has(client.uid);
  },
  group: wanted => {
    if (wanted === true) return client => (client.groups?.size ?? 0) > 0;
    const groups = texts(wanted);
    return client => client.groups !== undefined && groups.some(group => client.groups!.has(group));
  },
  protocol: wanted => {
    const protocols = new Set(texts(wanted));
    return client => protocols.has(client.listener.name);
  },
  loggedIn: wanted => client => (client.context.state === 'open') === wanted,
  session: wanted => {
    const tests = Object.entries(record(wanted, 'A condition on the session')).map(([key, value]) => {
      const values: readonly Value[] = Array.isArray(value) ? value : [value];
      return ({ session }: GatewayClient): boolean => {
        const kept = session !== undefined && Object.hasOwn(session, key) ? session[key] : null;
        return values.includes(kept);
      };
    });
    return client => tests.every(test => test(client));
  },
};

function condition(where: Where): Fits {
  const tests: Fits[] = [];
  for (const [key, wanted] of Object.entries(where)) {
    if (!isGiven(wanted)) continue;
    const make = Object.hasOwn(conditions, key) ? conditions[key] : undefined;
    if (make === undefined) {
      const known = Object.keys(conditions).join(', ');
      throw new FramegateError('FG_VALUE', `Clients cannot be selected by "${key}"; a condition has ${known}`);
    }
    tests.push(make(wanted));
  }
  return client => tests.every(test => test(client));
}

function isGiven(value: Value): boolean {
  return value !== undefined && value !== null;
}
