/** Events of the soak application: all that is handled is written down first, then answered. */
import { accept, type Client, type CloseReason, closeReasons, type MessageEvent } from '../../src/index.js';
import { sleep } from '../support/wait.js';
import type { Hello, Soak, Work } from './generated/soak/types.js';
import { JournalWriter } from './journal.js';

const journal = new JournalWriter(process.env.SOAK_JOURNAL!);
/** Clients of a room hear what is told there. */
const ROOM = 20;

export function onHello(client: Client<Soak>, { connection }: Hello, event: MessageEvent<Soak, 'hello'>) {
  journal.note('hello', connection, 0, event.redelivered);
  client.joinGroup(room(connection));
  client.session.set({ connection, last: 0 });
  return accept({ client: client.id });
}

export async function onWork(
  client: Client<Soak>,
  { connection, n, takes, answer, tells }: Work,
  event: MessageEvent<Soak, 'work'>,
): Promise<void> {
  journal.note('work', connection, n, event.redelivered);
  if (takes > 0) await sleep(takes);
  void client.session.patch({ last: n });
  if (tells) client.worker.sendToGroup(room(connection), 'told', { from: connection }, { exclude: client.id });
  event.reply({ fill: new Uint8Array(answer) });
}

export function onClose(client: Client<Soak>, { code, redelivered }: CloseReason): void {
  // Whoever has not logged in has no name.
  if (client.uid === undefined) return;
  journal.note('close', Number(client.uid.slice(1)), closeReasons.indexOf(code), redelivered);
}

const room = (connection: number): string => `room ${Math.floor(connection / ROOM)}`;
