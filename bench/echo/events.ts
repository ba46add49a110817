/** Sends every message back: decoded, handled by a synchronous handler, encoded anew. Or sends to all, as often as asked. */
import type { Client } from '../../src/index.js';
import type { Echo, EchoProtocol, Shout } from '../generated/echo/types.js';

export function onEcho(client: Client<EchoProtocol>, message: Echo): void {
  client.send('echo', message);
}

// As long as what an echo sends back.
const payload = Uint8Array.from({ length: 57 }, (_, i) => i);

export function onShout(client: Client<EchoProtocol>, { times }: Shout): void {
  for (let i = 0; i < times; i++) client.worker.sendToAll('echo', { seq: 7, payload });
}
