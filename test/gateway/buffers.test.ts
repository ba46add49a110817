/** All that a gateway keeps for workers is bounded: it reads less, and in the end lets go of whoever has most. */
import t, { type Test } from 'tap';
import { Backlog, BacklogPool } from '../../src/gateway/backlog.js';
import { withDefaults } from '../../src/gateway/limits.js';
import { accept, type Events, type Worker } from '../../src/index.js';
import { eventFlags } from '../../src/link/index.js';
import { Cluster } from '../support/cluster.js';
import type { Line } from '../support/line-protocol.js';
import { sleep, until } from '../support/wait.js';

t.test('the pool knows what its backlogs take', async t => {
  const pool = new BacklogPool();
  const [a, b] = [pool.take(), pool.take()];
  const payload = new Uint8Array(1000);
  for (let seq = 1; seq <= 20; seq++) {
    for (const backlog of [a, b]) backlog.append(seq, 1, 0, 0, 0, payload, 0, payload.length);
  }
  t.equal(pool.bytes, a.bytes.length + b.bytes.length);
  t.ok(pool.bytes > 40_000);
  b.next += b.sizeAt(b.next);
  t.equal(b.dropUnseen(eventFlags.redelivered), 19);
  t.notOk(b.waiting);
  t.equal(b.seqAt(b.head), 1, 'what was sent stays');
  t.equal(pool.bytes, a.bytes.length + b.bytes.length);
  t.ok(b.bytes.length < 2000, 'the room is given back');
  for (const backlog of [a, b]) pool.give(backlog);
  t.equal(pool.bytes, 0);
  t.equal(new Backlog().dropUnseen(eventFlags.redelivered), 0);
  const again = new Backlog();
  for (let seq = 1; seq <= 5; seq++) again.append(seq, 1, 0, 0, 0, payload, 0, 10);
  for (let n = 0; n < 2; n++) again.next += again.sizeAt(again.next);
  again.rewind(eventFlags.redelivered, 0);
  t.equal(again.dropUnseen(eventFlags.redelivered), 3, 'what was sent once stays');
  t.equal(again.tail, 2 * again.sizeAt(0));
});

const LIMIT = 1024 * 1024;
/** Few enough fill a buffer before their number alone would hold a client up. */
const line = 'x'.repeat(2000);

t.test('beyond the bound clients are read no further; when workers catch up they are, and nothing is lost', async t => {
  const cluster = new Cluster(t, { login: false, frame: 4096 }, { noWorker: 60_000 }, { gateway: { buffers: LIMIT } });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const gateway = running.gateway!;
  const clients = await Promise.all(Array.from({ length: 20 }, () => cluster.client(running)));
  let sent = 0;
  // Less of each than its own window lets through.
  for (; !gateway.buffers.full && sent < 30; sent++) {
    for (const client of clients) client.send(line);
    await sleep(1);
  }
  for (let i = 0; i < 10; i++, sent++) for (const client of clients) client.send(line);
  await until(
    () => gateway.buffers.full && [...gateway.tables.byId.values()].every(c => c.pausedSince > 0),
    'all to be held up',
  );
  t.equal(gateway.closes.overloaded, undefined);
  const seen = new Map<string, number>();
  const onSay: Events<Line>['onSay'] = client => void seen.set(client.id, (seen.get(client.id) ?? 0) + 1);
  await cluster.startWorker({ onSay });
  await until(() => seen.size === clients.length && [...seen.values()].every(n => n === sent), 'all messages');
  // The last acknowledgements may still be under way.
  await until(() => !gateway.buffers.full, 'the gateway to read on');
  await until(() => gateway.buffers.bytes === 0, 'all to be acknowledged');
});

t.test('far beyond it whoever has most waiting is closed; all others get theirs', async t => {
  const cluster = new Cluster(t, { login: false, frame: 4096 }, { noWorker: 60_000 }, { gateway: { buffers: LIMIT } });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const gateway = running.gateway!;
  const clients = await Promise.all(Array.from({ length: 60 }, () => cluster.client(running)));
  const each = 30;
  for (const client of clients) client.send(...Array.from({ length: each }, () => line));
  await until(() => gateway.buffers.full && (gateway.closes.overloaded ?? 0) > 0, 'some to be closed');
  await sleep(100);
  t.ok(gateway.buffers.bytes <= 2 * LIMIT + 256 * 1024, `${gateway.buffers.bytes} bytes`);
  t.ok(cluster.logger.has('more than the 1048576 that they may'));
  t.ok(gateway.buffers.shed > 0);
  const seen = new Map<string, number>();
  const closes: string[] = [];
  await cluster.startWorker({
    onSay: client => void seen.set(client.id, (seen.get(client.id) ?? 0) + 1),
    onClose: (_, reason) => void closes.push(reason.code),
  });
  const overloaded = gateway.closes.overloaded!;
  await until(
    () => seen.size === clients.length - overloaded && [...seen.values()].every(n => n === each),
    'all messages',
  );
  await until(() => clients.filter(c => c.closed).length === overloaded, 'the connections of the others to end');
  await until(() => !gateway.buffers.full, 'the gateway to read on');
  t.same(closes, [], 'of whom no worker has heard that they were there');
});

t.test('what workers have and do not settle costs nobody else their connection', async t => {
  const cluster = new Cluster(t, { login: false, frame: 4096 }, {}, { gateway: { buffers: LIMIT } });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const gateway = running.gateway!;
  await cluster.startWorker({ onSay: () => new Promise<void>(() => {}) });
  const idle = await Promise.all(Array.from({ length: 200 }, () => cluster.client(running)));
  for (const client of idle) client.socket.write('abc');
  await until(() => gateway.buffers.unfinished === 3 * idle.length, 'their first bytes');
  const busy = await Promise.all(Array.from({ length: 70 }, () => cluster.client(running)));
  for (let i = 0; i < 30; i++) {
    for (const client of busy) client.send(line);
    await sleep(1);
  }
  await until(() => gateway.buffers.bytes > 2 * LIMIT, 'more to be kept than anybody could give back');
  await sleep(50);
  t.equal(gateway.closes.overloaded, undefined);
  t.equal(gateway.buffers.shed, 0);
});

t.test('a limit that is given as undefined is as by default', async t => {
  const none = { noWorker: undefined, clients: 3 } as unknown as { clients: number };
  t.match(withDefaults(none), { noWorker: 5000, clients: 3, badFrames: 100 });
  t.same(withDefaults(), withDefaults({}));
});

/** More than the systems of both sides take in between. */
const PAGE = 'y'.repeat(60_000);

async function readers(t: Test, count: number) {
  const settings = { gateway: { buffers: 8 * LIMIT } };
  const cluster = new Cluster(t, { login: false, frame: 4096 }, { sendBuffer: 64 * LIMIT }, settings);
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const gateway = running.gateway!;
  let worker: Worker<Line> | undefined;
  const seen: string[] = [];
  const closes: string[] = [];
  await cluster.startWorker({
    onWorkerStart(w) {
      worker = w;
    },
    onSay: (_, { line }) => void seen.push(line),
    onClose: (_, { code, detail }) => void closes.push(`${code}: ${detail}`),
  });
  const stalled = await Promise.all(Array.from({ length: count }, () => cluster.client(running)));
  for (const client of stalled) client.socket.pause();
  const ids = () => [...gateway.tables.byId.keys()];
  await until(() => ids().length === count, 'all to be there');
  return { cluster, running, gateway, worker: worker!, stalled, stalledIds: ids(), seen, closes };
}

t.test('what clients do not read counts: others are paused meanwhile, and go on when it has left', async t => {
  const { cluster, running, gateway, worker, stalled, stalledIds, seen } = await readers(t, 4);
  const bob = await cluster.client(running);
  let pages = 0;
  while (!gateway.buffers.full) {
    for (const id of stalledIds) worker.sendToClient(id, 'answer', { text: PAGE });
    pages++;
    await sleep(1);
  }
  t.ok(gateway.buffers.output > 7 * LIMIT, `${gateway.buffers.output} bytes of output`);
  t.ok(cluster.logger.has('more than the 8388608 that they may'));
  t.match(
    cluster.logger.lines.find(l => l.includes('Buffers take')),
    /what they do not read \d{7}/,
  );
  bob.send('one');
  await until(() => [...gateway.tables.byId.values()].some(c => c.pausedSince > 0), 'who sends to be paused');
  bob.send('two');
  for (const client of stalled) client.socket.resume();
  await until(() => !gateway.buffers.full, 'the gateway to read on');
  await until(() => seen.length === 2, 'what was sent meanwhile');
  for (const client of stalled) {
    await until(() => client.lines.filter(l => l.includes(PAGE)).length === pages, 'all pages');
  }
  await until(() => gateway.buffers.output === 0, 'nothing to be left');
  t.equal(gateway.closes.overloaded, undefined);
});

t.test('at twice as much the slowest reader is closed, with what it has not read', async t => {
  const { cluster, running, gateway, worker, stalledIds, closes } = await readers(t, 3);
  const bob = await cluster.client(running);
  await until(() => gateway.tables.byId.size === 4, 'bob');
  const [worst, ...others] = stalledIds;
  while (gateway.closes.overloaded === undefined) {
    for (let i = 0; i < 3; i++) worker.sendToClient(worst!, 'answer', { text: PAGE });
    for (const id of others) worker.sendToClient(id, 'answer', { text: PAGE });
    await sleep(1);
  }
  await until(() => closes.length === 1, 'onClose');
  t.match(closes[0], /^overloaded: 0 events and \d{7,8} bytes of output dropped$/);
  t.same(
    stalledIds.filter(id => gateway.tables.byId.has(id)),
    others,
    'the others stay',
  );
  t.ok(gateway.buffers.bytes < 16 * LIMIT);
  t.ok(gateway.buffers.shedOutput > LIMIT);
  t.match(
    cluster.logger.lines.find(l => l.includes('bytes waiting: closed')),
    new RegExp(`Client ${worst} has \\d+ bytes waiting: closed, and 0 of its events and \\d+ bytes of output`),
  );
  await worker.sendToAll('answer', { text: 'still here' });
  await bob.line('* answer still here');
});

t.test('who never reads does not keep others from being read for good', async t => {
  const { cluster, running, gateway, worker, stalledIds, seen } = await readers(t, 3);
  const bob = await cluster.client(running);
  while (!gateway.buffers.full) {
    for (const id of stalledIds) worker.sendToClient(id, 'answer', { text: PAGE });
    await sleep(1);
  }
  bob.send('one', 'two');
  await until(() => gateway.closes.overloaded !== undefined, 'somebody to go');
  await until(() => !gateway.buffers.full, 'the gateway to read on');
  bob.send('three');
  await until(() => seen.length === 3, 'all three');
  t.ok(gateway.tables.byId.size >= 2, 'no more of them than had to');
});

t.test('frames behind logins count, and those that are never whole', async t => {
  const limits = { gateway: { buffers: LIMIT } };
  const cluster = new Cluster(t, { frame: 60_000, within: 30_000 }, {}, limits);
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const { buffers } = running.gateway!;
  let judge = (): void => {};
  const judged = new Promise<void>(resolve => {
    judge = resolve;
  });
  let seen = 0;
  await cluster.startWorker({
    async onLogin(_, { name }) {
      await judged;
      return accept({ name });
    },
    onSay: () => void seen++,
  });
  const clients = await Promise.all(Array.from({ length: 30 }, () => cluster.client(running)));
  for (const [i, client] of clients.entries()) client.send(`/login c${i} pass`);
  let sent = 0;
  for (; !buffers.full && sent < 15; sent++) {
    // All of it together stays below what closes clients.
    for (const client of clients) client.send('z'.repeat(3000));
    await sleep(2);
  }
  await until(() => buffers.full, 'too much behind logins');
  t.ok(buffers.held > 0.8 * LIMIT, `${buffers.held} bytes held`);
  t.equal(running.gateway!.closes.overloaded, undefined);
  judge();
  await until(() => seen === sent * clients.length, 'all messages');
  await until(() => !buffers.full && buffers.bytes === 0, 'nothing to be left');
  // Each is within its own limits.
  const teases = await Promise.all(Array.from({ length: 40 }, () => cluster.client(running)));
  for (const client of teases) client.write('w'.repeat(50_000));
  await until(() => buffers.full && buffers.unfinished > LIMIT, 'too much that is unfinished');
  await until(() => (running.gateway!.closes.overloaded ?? 0) > 0, 'the largest to go');
  await until(() => !buffers.full, 'the gateway to read on');
  for (const client of clients) t.notOk(client.closed);
  for (const client of teases) client.close();
  await until(() => buffers.bytes === 0, 'nothing to be left');
});
