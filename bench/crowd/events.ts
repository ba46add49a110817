/** Accepts whoever comes, with a session as a device has one, and sends every message back. */
import { accept, type Client } from '../../src/index.js';
import type { Crowd, Echo, Login } from '../generated/crowd/types.js';

const motto = Uint8Array.from({ length: 57 }, (_, i) => i);

export function onLogin(client: Client<Crowd>, { name }: Login) {
  client.session.set({ name, since: 1_700_000_000_000, room: 'lobby' });
  return accept({ motto, seq: 7 });
}

export function onEcho(client: Client<Crowd>, message: Echo): void {
  client.send('echo', message);
}
