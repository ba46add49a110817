/** All that a gateway keeps for workers is bounded: it reads less, and in the end lets go of whoever has most. */
import t from 'tap';
import { Backlog, BacklogPool } from '../../src/gateway/backlog.js';
import type { Events } from '../../src/index.js';
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
  t.equal(b.dropWaiting(), 19);
  t.notOk(b.waiting);
  t.equal(b.seqAt(b.head), 1, 'what was sent stays');
  t.equal(pool.bytes, a.bytes.length + b.bytes.length);
  t.ok(b.bytes.length < 2000, 'the room is given back');
  for (const backlog of [a, b]) pool.give(backlog);
  t.equal(pool.bytes, 0);
  t.equal(new Backlog().dropWaiting(), 0);
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
  for (; !gateway.full && sent < 30; sent++) {
    for (const client of clients) client.send(line);
    await sleep(1);
  }
  for (let i = 0; i < 10; i++, sent++) for (const client of clients) client.send(line);
  await until(
    () => gateway.full && [...gateway.tables.byId.values()].every(c => c.pausedSince > 0),
    'all to be held up',
  );
  t.equal(gateway.closes.overloaded, undefined);
  const seen = new Map<string, number>();
  const onSay: Events<Line>['onSay'] = client => void seen.set(client.id, (seen.get(client.id) ?? 0) + 1);
  await cluster.startWorker({ onSay });
  await until(() => seen.size === clients.length && [...seen.values()].every(n => n === sent), 'all messages');
  // The last acknowledgements may still be under way.
  await until(() => !gateway.full, 'the gateway to read on');
  await until(() => gateway.buffered === 0, 'all to be acknowledged');
});

t.test('far beyond it whoever has most waiting is closed; all others get theirs', async t => {
  const cluster = new Cluster(t, { login: false, frame: 4096 }, { noWorker: 60_000 }, { gateway: { buffers: LIMIT } });
  await cluster.startRegister();
  const running = await cluster.startGateway();
  const gateway = running.gateway!;
  const clients = await Promise.all(Array.from({ length: 60 }, () => cluster.client(running)));
  const each = 30;
  for (const client of clients) client.send(...Array.from({ length: each }, () => line));
  await until(() => gateway.full && (gateway.closes.overloaded ?? 0) > 0, 'some to be closed');
  await sleep(100);
  t.ok(gateway.buffered <= 2 * LIMIT + 256 * 1024, `${gateway.buffered} bytes`);
  t.ok(cluster.logger.has('more than the 1048576 that they may'));
  t.ok(gateway.shed > 0);
  const seen = new Map<string, number>();
  const closes: string[] = [];
  await cluster.startWorker({
    onSay: client => void seen.set(client.id, (seen.get(client.id) ?? 0) + 1),
    onClose: (client, reason) => {
      closes.push(reason.code);
      seen.delete(client.id);
    },
  });
  const overloaded = gateway.closes.overloaded!;
  await until(
    () => seen.size === clients.length - overloaded && [...seen.values()].every(n => n === each),
    'all messages',
  );
  await until(() => closes.length === overloaded, 'onClose of the others');
  t.same([...new Set(closes)], ['overloaded']);
  await until(() => clients.filter(c => c.closed).length === overloaded, 'their connections to end');
  await until(() => !gateway.full, 'the gateway to read on');
});
