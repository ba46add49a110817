/** What gateways and workers count: where it is shown, that the page lists all of it, and that it counts. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { accept, defineApp, type Events, type Status, startAll } from '../../src/index.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/operations/counters.md', import.meta.url)), 'utf8');

/** Names in the table of a section, in order. */
function listed(section: string): string[] {
  const text = page.split(/^## /m).find(part => part.startsWith(section))!;
  return [...text.matchAll(/^\| `([\w.]+)` \|/gm)].map(match => match[1]!);
}

/** Names of counters; of those that are counted by something only the first part. */
function names(counters: object): string[] {
  return Object.entries(counters).flatMap(([name, value]) => {
    const parts = typeof value === 'object' ? Object.keys(value) : [];
    return parts.length === 0 ? [name] : parts.map(part => `${name}.${part}`);
  });
}

async function serve(t: { teardown(run: () => unknown): void }, events: Events<Line> = {}) {
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: () => Promise.resolve(events) }],
    worker: { slowHandlerMs: 500, handlerTimeoutMs: 1000 },
  });
  const running = await startAll(app, { logger: new MemoryLogger() });
  t.teardown(() => running.stop());
  const connect = async () => {
    const client = await LineClient.connect(running.listening[0]!.address);
    t.teardown(() => client.close());
    return client;
  };
  return { running, connect };
}

t.test('the page lists every counter, and no other', async t => {
  const { running } = await serve(t);
  const { gateway, worker } = running.status();
  t.same(listed('Of a gateway'), names(gateway!));
  t.same(listed('Of a worker'), names(worker!));
});

t.test('they count', async t => {
  const { running, connect } = await serve(t, {
    onLogin(client, { name }) {
      client.joinGroup('all');
      return accept({ name });
    },
    onSay(client, { line }) {
      if (line === 'bad') throw new Error('no');
      if (line === 'never') return new Promise(() => {});
      client.send('answer', { text: line });
      return undefined;
    },
  });
  const ann = await connect();
  await ann.login('ann');
  ann.send('bad', '\x01', 'never', 'good');
  await ann.line('* answer good');
  const bob = await connect();
  bob.send('/ping');
  await bob.line('* pong');
  const now = () => running.status() as Required<Status>;
  await until(() => now().worker.settled >= 6, 'all to be settled');
  const { gateway, worker } = now();
  t.match(gateway, { clients: 2, uids: 1, groups: 1, workers: 1, programs: 0, badFrames: { GARBAGE: 1 }, closes: {} });
  t.match(worker, {
    links: 1,
    clients: 2,
    handling: 0,
    failed: { say: 2 },
    slow: { say: 1 },
    timeouts: 1,
    lateOutput: 0,
    unhandled: 0,
  });
  t.equal(gateway.framesIn, 6);
  t.equal(gateway.framesOut, 3);
  const sent = '/login ann pass\r\nbad\r\n\x01\r\nnever\r\ngood\r\n/ping\r\n'.length;
  t.equal(gateway.bytesIn, sent);
  t.equal(gateway.bytesOut, '* welcome ann\r\n* answer good\r\n* pong\r\n'.length);
  ann.close();
  bob.close();
  await until(() => now().gateway.clients === 0, 'both to be gone');
  const after = now().gateway;
  t.match(after, { bytesIn: sent, framesIn: 6, framesOut: 3, closes: { 'client-closed': 2 }, uids: 0, groups: 0 });
  await until(() => now().worker.clients === 0, 'the worker to know');
});

t.test('SIGUSR2 has every process print its own, as a line of JSON', async t => {
  const gw = new Gw(['start', lineApp, '--workers', '2', '--register', 'tcp://127.0.0.1:0']);
  t.teardown(() => gw.stop().catch(() => gw.kill()));
  const ann = await LineClient.connect(await gw.says(/line listening on (\S+)/));
  t.teardown(() => ann.close());
  await ann.login('ann');
  gw.kill('SIGUSR2');
  const printed = () => gw.stdout.split('\n').flatMap(line => (line.startsWith('{') ? [line] : []));
  await until(() => printed().length === 3, 'a gateway and two workers');
  const all = printed().map(line => JSON.parse(line) as Status & { pid: number });
  t.equal(new Set(all.map(({ pid }) => pid)).size, 3);
  const [gateway] = all.flatMap(status => status.gateway ?? []);
  t.match(gateway, { clients: 1, uids: 1, workers: 2 });
  t.same(all.flatMap(({ worker }) => worker?.clients ?? []).sort(), [0, 1]);
  const alone = new Gw(['start', lineApp]);
  t.teardown(() => alone.stop().catch(() => alone.kill()));
  await alone.says(/line listening on (\S+)/);
  alone.kill('SIGUSR2');
  await alone.says(/^\{"pid":\d+,"gateway":\{.*"worker":\{/m);
});
