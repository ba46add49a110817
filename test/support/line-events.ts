/** Events of the line application: a chat, and a journal of what was handled, for tests that kill processes. */
import { appendFileSync } from 'node:fs';
import {
  type AuthResult,
  accept,
  type Client,
  type CloseReason,
  type ErrorContext,
  type MessageEvent,
} from '../../src/index.js';
import type { Line, Login } from './line-protocol.js';
import { sleep, standStill } from './wait.js';

const journal = process.env.LINE_JOURNAL;

function note(text: string): void {
  if (journal !== undefined) appendFileSync(journal, `${process.pid} ${text}\n`);
}

export function onWorkerStart(): void {
  note('start');
}

export function onLogin(client: Client<Line>, message: Login): AuthResult<Line, 'login'> {
  client.joinGroup('lobby');
  client.session.set({ name: message.name });
  return accept({ name: message.name });
}

export async function onSay(client: Client<Line>, message: { line: string }, event: MessageEvent<Line, 'say'>) {
  if (message.line === 'reject') void Promise.reject(new Error('nobody awaits this'));
  if (message.line === 'uncaught')
    setTimeout(() => {
      throw new Error('from a timer');
    });
  if (message.line === 'object')
    setTimeout(() => {
      throw { reason: 'no error', deep: { deeper: {} } };
    });
  if (message.line === 'careless') {
    // Nobody awaits any of it.
    client.joinGroup('');
    client.bindUid('x'.repeat(1025));
    client.session.patch({ large: 'x'.repeat(70_000) });
    client.destroy();
    client.leaveGroup('lobby');
    client.bindUid('late', { single: true });
    return;
  }
  if (message.line === 'forever') await new Promise(() => {});
  if (message.line === 'crash') throw new Error('crashed on purpose');
  if (message.line === 'die abort') process.abort();
  if (message.line === 'die exit') process.exit(3);
  if (message.line === 'die sigkill') {
    process.kill(process.pid, 'SIGKILL');
    await new Promise(() => {});
  }
  if (message.line.startsWith('size ')) return client.send('answer', { text: String(message.line.length) });
  if (message.line.startsWith('block ')) {
    standStill(Number(message.line.slice(6)));
    return client.send('answer', { text: 'blocked' });
  }
  if (message.line.startsWith('count ')) {
    // The rest is padding.
    const [, n] = message.line.split(' ');
    return note(`count ${n} ${event.redelivered ? 'again' : 'first'} ${client.session.get('name')}`);
  }
  if (message.line === 'pid') return client.send('answer', { text: String(process.pid) });
  if (message.line.startsWith('tell ')) {
    const [, target = '', text = ''] = message.line.split(' ');
    const { worker } = client;
    const said = ['said', { from: 'all', line: text }] as const;
    const { value, complete, missing } =
      target === 'group'
        ? await worker.sendToGroup('lobby', said, { confirm: true })
        : await worker.sendToUid(target.split(','), said, { confirm: true });
    client.send('answer', { text: `${text} ${value} ${complete} ${missing.length}` });
    return;
  }
  if (message.line === 'id') return client.send('answer', { text: client.id });
  if (message.line.startsWith('call ')) {
    // Any call of a worker: its name and its arguments as JSON.
    const [name, ...args] = JSON.parse(message.line.slice(5)) as [string, ...unknown[]];
    const callable = client.worker as unknown as Record<string, (...args: unknown[]) => unknown>;
    const answer = await Promise.resolve(callable[name]!(...args)).catch((error: { code: string }) => error.code);
    return client.send('answer', { text: JSON.stringify(answer ?? null) });
  }
  if (message.line.startsWith('slow ')) {
    const again = event.redelivered ? 'again' : 'first';
    note(`begin ${again} ${message.line}`);
    await sleep(Number(message.line.split(' ')[1]));
    note(`settled ${client.uid} ${again} ${message.line}`);
    client.send('answer', { text: message.line });
    return;
  }
  if (message.line.startsWith('work ')) {
    await sleep(2);
    note(`${message.line} ${event.redelivered ? 'again' : 'first'} ${client.session.get('name')}`);
    client.send('answer', { text: message.line });
    return;
  }
  client.worker.sendToGroup('lobby', 'said', { from: client.uid ?? '?', line: message.line }, { exclude: client.id });
}

export function onTask(): never {
  throw new Error('failed on purpose');
}

export function onAsk(_: Client<Line>, { n }: { n: number }, event: MessageEvent<Line, 'ask'>): void {
  event.reply({ text: String(n) });
}

export function onClose(client: Client<Line>, reason: CloseReason): void {
  note(`close ${client.uid} ${reason.code}${reason.uncertain ? ' uncertain' : ''}`);
}

export function onWorkerStop(): void {
  note('stop');
}

export function onError(error: unknown, context: ErrorContext<Line>): void {
  note(`error ${context.message} ${(error as Error).message}`);
}
