/** Messages that kill their workers: found, put away and told, while nobody else loses anything. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { Quarantine } from '../../src/gateway/quarantine.js';
import { accept, type Events } from '../../src/index.js';
import { MemoryDisk } from '../../src/net/index.js';
import { Cluster } from '../support/cluster.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import type { Line } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

const folder = mkdtempSync(join(tmpdir(), 'framegate-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

const TOTAL = 400;

for (const how of ['abort', 'exit', 'sigkill']) {
  t.test(`a message that kills its worker by ${how}: quarantined, and all others are handled`, async t => {
    const journal = join(folder, `journal-${how}`);
    const state = join(folder, `state-${how}`);
    writeFileSync(journal, '');
    const lines = () => readFileSync(journal, 'utf8').split('\n').filter(Boolean);
    const gw = new Gw(['start', lineApp, '--workers', '2', '--register', 'tcp://127.0.0.1:0'], {
      LINE_JOURNAL: journal,
      LINE_STATE: state,
    });
    t.teardown(() => gw.stop().catch(() => gw.kill()));
    const listening = await gw.says(/line listening on (\S+)/);
    const connect = async (name: string): Promise<LineClient> => {
      const client = await LineClient.connect(listening);
      t.teardown(() => client.close());
      await client.login(name);
      return client;
    };
    const bystanders = await Promise.all(['ann', 'bob', 'cat', 'dan'].map(connect));
    const eve = await connect('eve');
    let sent = 0;
    const load = (async () => {
      // Something is under way at each death.
      for (; sent < TOTAL; sent++) {
        for (const client of bystanders) client.send(`work ${sent}`);
        await sleep(10);
      }
    })();
    eve.send('work 1', `die ${how}`, 'work 2');
    await eve.whenClosed();
    await load;
    for (const client of bystanders) await client.line(`* answer work ${TOTAL - 1}`);
    await until(() => lines().some(l => l.includes('close eve')), 'onClose');

    const handled = new Map<string, number[]>();
    for (const line of lines()) {
      const match = /^\d+ work (\d+) (?:first|again) (\w+)/.exec(line);
      if (match !== null) handled.set(match[2]!, [...(handled.get(match[2]!) ?? []), Number(match[1])]);
    }
    for (const name of ['ann', 'bob', 'cat', 'dan']) {
      const firsts = [...new Set(handled.get(name))];
      t.same(
        firsts,
        Array.from({ length: TOTAL }, (_, i) => i),
        `${name}: none lost, in order`,
      );
    }
    for (const client of bystanders) t.notOk(client.closed);
    t.same([...new Set(handled.get('eve'))], [1, 2], 'what came behind it is handled');
    t.same(
      lines().flatMap(l => /close eve .*/.exec(l)?.[0] ?? []),
      ['close eve quarantined'],
    );
    await gw.complains(/Message "say" of client \S+ at 127\.0\.0\.1:\d+ has killed its worker 3 times: it is quarant/);
    t.equal(gw.stderr.match(/is quarantined/g)!.length, 1);
    t.equal(gw.stderr.match(/Lost worker/g)!.length, 5, 'two deaths among others, three alone');
    const files = readdirSync(join(state, 'quarantine'));
    t.equal(files.length, 1);
    const file = join(state, 'quarantine', files[0]!);
    t.equal(statSync(file).mode & 0o077, 0, 'for this user alone');
    t.match(JSON.parse(readFileSync(file, 'utf8')), {
      uid: 'eve',
      protocol: 'line',
      message: 'say',
      size: how.length + 4,
      hex: Buffer.from(`die ${how}`).toString('hex'),
    });
  });
}

const never = new Promise<void>(() => {});

t.test('events of a worker that dies twice run alone on the next one; what comes meanwhile waits its turn', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  const stuck: Events<Line> = { onLogin: (_, { name }) => accept({ name }), onSay: () => never };
  let worker = await cluster.startWorker(stuck);
  const names = ['ann', 'bob', 'cat'];
  const clients = await Promise.all(names.map(() => cluster.client(gateway)));
  for (const [i, client] of clients.entries()) await client.login(names[i]!);
  for (const client of clients) client.send('one', 'two');
  const all = gateway.gateway!;
  const underWay = () => [...all.tables.byId.values()].every(c => c.seq === c.acknowledged + 2 && !c.backlog!.waiting);
  await until(underWay, 'all to be under way');
  cluster.loseWorker(worker, gateway);
  worker = await cluster.startWorker(stuck);
  await until(underWay, 'the first redelivery');
  cluster.loseWorker(worker, gateway);
  let running = 0;
  const seen: string[] = [];
  await cluster.startWorker({
    ...stuck,
    async onSay(client, { line }, event) {
      running++;
      await sleep(20);
      seen.push(`${client.uid} ${line}${event.redelivered ? ' again' : ''}${running > 1 ? ' with others' : ''}`);
      running--;
      client.send('answer', { text: line });
    },
  });
  for (const client of clients) client.send('three');
  for (const client of clients) await client.line('* answer three');
  t.same(
    seen.slice(0, 3).sort(),
    names.map(name => `${name} one again`),
    'alone, one after the other',
  );
  t.equal(seen.length, 9);
  for (const name of names) {
    t.same(
      seen.flatMap(s => (s.startsWith(name) ? s.split(' ')[1]! : [])),
      ['one', 'two', 'three'],
    );
  }
  t.ok(
    seen.some(s => s.endsWith('with others')),
    'afterwards side by side, as always',
  );
  t.ok([...all.tables.byId.values()].every(c => c.suspicion === undefined));
});

t.test('neither drains nor cut links are counted against a message', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateway = await cluster.startGateway();
  let calls = 0;
  const events: Events<Line> = {
    onLogin: (_, { name }) => accept({ name }),
    onSay: () => {
      calls++;
      return never;
    },
  };
  let worker = await cluster.startWorker(events);
  const ann = await cluster.client(gateway);
  await ann.login('ann');
  ann.send('innocent');
  await until(() => calls === 1, 'the handler');
  for (let i = 2; i < 9; i++) {
    for (const peer of gateway.gateway!.peers) peer.link.destroy('cut');
    await until(() => calls === i, 'the next delivery');
  }
  const [client] = gateway.gateway!.tables.byId.values();
  t.match(client!.suspicion, { deaths: 0, redeliveries: 0 });
  for (let i = 9; i < 15; i++) {
    const next = cluster.startWorker(events);
    await worker.worker!.stop(20);
    worker = await next;
    await until(() => calls === i, 'the next delivery');
  }
  t.notOk(ann.closed);
  t.equal(gateway.gateway!.quarantine.count, 0);
});

t.test('the quarantine is bounded, in number and in bytes, and a disk that fails is told', async t => {
  const disk = new MemoryDisk();
  const logger = new MemoryLogger();
  const quarantine = new Quarantine(disk, logger, '/var/q');
  const message = {
    clientId: 'c',
    uid: undefined,
    remoteAddress: '127.0.0.1:9',
    protocol: 'line',
    message: 'say',
    seq: 7,
    receivedAt: 0,
    size: 3,
    bytes: Uint8Array.of(1, 2, 3),
  };
  for (let at = 1; at <= 40; at++) quarantine.add({ ...message, at });
  await until(() => logger.lines.length === 40, 'the disk');
  t.equal(disk.files.size, 16);
  t.equal(quarantine.last.length, 16);
  t.equal(quarantine.last.at(-1)!.at, 40);
  disk.broken = 'ENOSPC';
  quarantine.add({ ...message, at: 41 });
  await until(() => logger.has('kept in memory only: Cannot write'), 'the complaint');
});
