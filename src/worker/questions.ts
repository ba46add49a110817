/** Questions about clients: to the one gateway that has a client, to those that have some of many, or to all. */
import { type CallKind, calls, type Value } from '../link/index.js';
import { FramegateError } from '../protocol/index.js';
import type { Result } from './cluster.js';
import type { GatewayLink } from './gateway-link.js';
import { type Answers, type Gateways, isUnreachable } from './gateways.js';
import { checkName } from './names.js';

/** Names in one question: its answer fits a link. */
const BATCH = 4096;

/**
 * Asks the gateway that made the client id.
 * @param absent the answer when that gateway is gone for good, and its clients with it.
 */
export async function askOne(
  gateways: Gateways,
  clientId: string,
  kind: CallKind,
  args: readonly Value[],
  absent: Value,
): Promise<unknown> {
  checkName(clientId);
  gateways.asking();
  const peer = gateways.peerOf(clientId);
  if (peer !== undefined) return peer.call(kind, [clientId, ...args]);
  const unlinked = gateways.unlinked(clientId);
  if (unlinked === undefined) return absent;
  throw unreachable(unlinked);
}

/** Asks about several clients: one question to each gateway that has some of them. Answers stand in the order of the ids. */
export async function askMany(
  gateways: Gateways,
  clientIds: readonly string[],
  kind: CallKind,
  args: readonly Value[],
): Promise<Result<ReadonlyMap<string, unknown>>> {
  gateways.asking();
  const value = new Map<string, unknown>();
  const idsOf = new Map<GatewayLink, string[]>();
  const missing = new Set<string>();
  let complete = true;
  for (const id of new Set(clientIds)) {
    value.set(id, undefined);
    const peer = gateways.peerOf(id);
    if (peer === undefined) {
      const unlinked = gateways.unlinked(id);
      if (unlinked === undefined) continue;
      complete = false;
      for (const gateway of unlinked) missing.add(gateway);
      continue;
    }
    const ids = idsOf.get(peer);
    if (ids === undefined) idsOf.set(peer, [id]);
    else ids.push(id);
  }
  const asked = [...idsOf].map(async ([peer, ids]) => {
    try {
      for (const [id, answer] of await askEach(peer, ids, kind, args)) value.set(id, answer);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      complete = false;
      missing.add(peer.id);
    }
  });
  await Promise.all(asked);
  return { value, complete, missing: [...missing] };
}

/** Those of several clients for whom the answer is yes. */
export async function askWhich(
  gateways: Gateways,
  clientIds: readonly string[],
  kind: CallKind,
  args: readonly Value[],
): Promise<Result<readonly string[]>> {
  const { value, complete, missing } = await askMany(gateways, clientIds, kind, args);
  return { value: [...value.keys()].filter(id => value.get(id) === true), complete, missing };
}

/** The same question about several uids or groups, to one gateway. */
export async function askEach(
  peer: GatewayLink,
  names: readonly string[],
  kind: CallKind,
  args: readonly Value[] = [],
): Promise<Map<string, unknown>> {
  const found = new Map<string, unknown>();
  for (let at = 0; at < names.length; at += BATCH) {
    const some = names.slice(at, at + BATCH);
    const answers = (await peer.call(calls.each, [kind, some, ...args])) as unknown[];
    for (const [i, name] of some.entries()) found.set(name, answers[i]);
  }
  return found;
}

/** The sum of what all gateways count. */
export async function askSum(gateways: Gateways, kind: CallKind, args: readonly Value[]): Promise<Result<number>> {
  const asked = await gateways.ask(kind, args);
  return resultOf(
    (asked.answers as number[]).reduce((sum, part) => sum + part, 0),
    asked,
  );
}

/** All groups, or all uids: pages of each gateway, put together. */
export async function askNames(gateways: Gateways, what: 'groups' | 'uids'): Promise<Result<readonly string[]>> {
  const asked = await gateways.gather(async peer => {
    const names: (readonly string[])[] = [];
    for (let at: number | null = 0; at !== null; ) {
      const page = (await peer.call(calls.walkNames, [what, at])) as [readonly string[], number | null];
      names.push(page[0]);
      at = page[1];
    }
    return names;
  });
  return resultOf([...new Set(asked.answers.flat(2))], asked);
}

/** Every client that fits a condition: a row each, in pages of each gateway; a value instead of a row for one field. */
export async function askRows(
  gateways: Gateways,
  where: { readonly [key: string]: Value },
  fields: readonly string[],
): Promise<Result<readonly Value[]>> {
  const asked = await gateways.gather(async peer => {
    const rows: Value[] = [];
    for (let at: number | null = 0; at !== null; ) {
      const page = await askPage(peer, where, fields, undefined, at);
      for (const row of page.rows) rows.push(row);
      at = page.next;
    }
    return rows;
  });
  return resultOf(asked.answers.flat(), asked);
}

/** One page of one gateway. */
export async function askPage(
  peer: GatewayLink,
  where: { readonly [key: string]: Value },
  fields: readonly string[],
  limit: number | undefined,
  at: number,
): Promise<{ readonly rows: readonly Value[]; readonly next: number | null }> {
  const [rows, next] = (await peer.call(calls.walk, [where, fields, limit, at])) as [readonly Value[], number | null];
  return { rows, next };
}

/** Part of the answer may be missing: the result says so. */
export function resultOf<V>(value: V, { complete, missing }: Answers<unknown>): Result<V> {
  return { value, complete, missing };
}

export function unreachable(missing: readonly string[]): FramegateError {
  const who = missing.length === 0 ? 'Not all gateways are known yet' : `Not answered by ${missing.join(', ')}`;
  return new FramegateError('FG_UNREACHABLE', who);
}
