/** Events of the application with strict limits: one login for each name, answers, and more output than anybody reads. */
import { type AuthResult, accept, type Client, type MessageEvent } from '../../src/index.js';
import type { Line, Login } from './line-protocol.js';

export function onLogin(client: Client<Line>, { name }: Login): AuthResult<Line, 'login'> {
  client.bindUid(name, { single: true });
  return accept({ name });
}

export function onAsk(_: Client<Line>, { n }: { n: number }, event: MessageEvent<Line, 'ask'>): void {
  event.reply({ text: String(n) });
}

export function onSay(client: Client<Line>, { line }: { line: string }): void {
  if (line === 'much') for (let i = 0; i < 64; i++) client.send('answer', { text: 'x'.repeat(8000) });
}
