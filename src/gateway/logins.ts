/**
 * One login for each uid: whoever binds a uid with `single` claims it with a stamp that is later than all others, and the
 * others go. The client's gateway gives the stamp; the other gateways are told it. Each bind has a stamp, so that a login
 * that came later survives a claim that arrives late.
 */
import type { Part } from './arguments.js';
import type { GatewayClient } from './client.js';
import type { Gateway } from './gateway.js';

/** What is said to those that go. */
export interface Farewell {
  readonly detail: string;
  readonly last: readonly Part[];
}

/** The latest stamp of those who have the uid; 0 if nobody has. */
export function latestStamp({ tables }: Gateway, uid: string): number {
  return (tables.byUid.get(uid) ?? []).reduce((latest, { boundAt }) => Math.max(latest, boundAt), 0);
}

/**
 * The client is the only one of the uid, as far as this gateway goes.
 * @param after the latest stamp that the uid has anywhere: a clock that is slow does not make a login an old one.
 * @returns stamp, and how many were closed; `false` if the client is gone or has another uid by now.
 */
export function claimUid(
  gateway: Gateway,
  client: GatewayClient,
  uid: string,
  after: number,
  farewell: Farewell,
): readonly [number, number] | false {
  if (client.stage !== 'live' || client.uid !== uid) return false;
  gateway.stamps.heard(after);
  client.boundAt = gateway.stamps.next();
  return [client.boundAt, closeOlder(gateway, uid, client.boundAt, client.id, farewell)];
}

/**
 * A client, here or elsewhere, is the only one of its uid since `stamp`.
 * @returns how many were closed.
 */
export function closeOlder(gateway: Gateway, uid: string, stamp: number, id: string, farewell: Farewell): number {
  gateway.stamps.heard(stamp);
  const older = (gateway.tables.byUid.get(uid) ?? []).filter(
    client => client.boundAt < stamp || (client.boundAt === stamp && client.id < id),
  );
  for (const client of older) {
    const message = farewell.last.find(part => part.protocol === client.listener.name);
    if (message !== undefined) gateway.downstream.last(client, message);
    gateway.close(client, 'replaced', farewell.detail);
  }
  return older.length;
}
