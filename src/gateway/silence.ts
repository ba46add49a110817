/**
 * Names the handler that blocks its worker, while it does: the worker cannot, because its loop does not turn. What a gateway
 * sees is a link on which nothing has come for a while, not even a beat, and what it has handed out over it.
 */
import type { GatewayClient } from './client.js';
import { eventName } from './event-name.js';
import type { Gateway } from './gateway.js';
import type { WorkerPeer } from './worker-peer.js';

/** @param ms for which the worker has said nothing, at least; no beat has come for it, nor for another after that. */
export function reportSilence(gateway: Gateway, peer: WorkerPeer, ms: number): void {
  const now = gateway.clock.wallNow();
  let events = 0;
  let clients = 0;
  let first: GatewayClient | undefined;
  for (const client of gateway.clients) {
    if (client?.peer !== peer) continue;
    const sent = client.backlog?.sent ?? 0;
    if (sent === 0) continue;
    clients++;
    events += sent;
    if (first === undefined || comesBefore(client, first, now - ms - ms)) first = client;
  }
  if (first?.backlog === undefined) return;
  const { kind, index, received } = first.backlog.first();
  const name = eventName(first, kind, index);
  const age = Math.round(Math.max(0, now - received) / 100) / 10;
  const others =
    events === 1 ? '' : `; it has ${events} events of ${clients} ${clients === 1 ? 'client' : 'clients'} in all`;
  gateway.logger.warn(
    `Worker ${peer.id} has said nothing for ${ms / 1000} s, as one does whose handler blocks. The first that it has not ` +
      `acknowledged is "${name}" of client ${first.id}, read ${age} s ago${others}`,
  );
}

/**
 * What was handed out long before the worker fell silent waits for something, or it would have blocked then: it comes last.
 * @param since wall time, in milliseconds
 */
function comesBefore(a: GatewayClient, b: GatewayClient, since: number): boolean {
  const [ofA, ofB] = [a.backlog!.first().received, b.backlog!.first().received];
  return ofA >= since === ofB >= since ? ofA < ofB : ofA >= since;
}
