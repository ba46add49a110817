/** What an event is called where people read of it. */
import { eventKinds } from '../link/index.js';
import type { GatewayClient } from './client.js';

/** Of the message, or `connect` and `close`. */
export function eventName(client: GatewayClient, kind: number, index: number): string {
  if (kind === eventKinds.message) return client.listener.table.protocol.up[index]?.name ?? 'unknown';
  return kind === eventKinds.connect ? 'connect' : 'close';
}
