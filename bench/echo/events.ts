/** Sends every message back: decoded, handled by a synchronous handler, encoded anew. */
import type { Client } from '../../src/index.js';
import type { Echo, EchoProtocol } from '../generated/echo/types.js';

export function onEcho(client: Client<EchoProtocol>, message: Echo): void {
  client.send('echo', message);
}
