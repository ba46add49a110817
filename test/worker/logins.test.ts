/** One login for each uid, and who is said to come and go: over several gateways and workers. */
import t, { type Test } from 'tap';
import {
  accept,
  type Client,
  defineApp,
  type Events,
  message,
  type Running,
  startWorker,
  type Worker,
} from '../../src/index.js';
import { Cluster } from '../support/cluster.js';
import type { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { until } from '../support/wait.js';

const kicked = { detail: 'a newer login', last: message(lineProtocol(), 'bye', { text: 'you are here again' }) };

interface World {
  readonly cluster: Cluster;
  readonly gateways: readonly [Running, Running];
  readonly worker: Worker<Line>;
  readonly running: Running;
  /** In the order of their logins. */
  readonly handles: Client<Line>[];
  /** What was closed and said: `close ann server-closed`, `online ann`, `offline ann`. */
  readonly said: string[];
  readonly events: Events<Line>;
  login(uid: string, gateway: Running): Promise<LineClient>;
}

/** Whoever logs in with a name that begins with `one-` is the only one of it. */
async function world(t: Test, more: Events<Line> = {}): Promise<World> {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateways = [await cluster.startGateway(), await cluster.startGateway()] as const;
  const handles: Client<Line>[] = [];
  const said: string[] = [];
  const events: Events<Line> = {
    onLogin(client, { name }) {
      handles.push(client);
      return accept({ name }, { single: name.startsWith('one-') && kicked });
    },
    onClose: (client, { code, detail }) => void said.push(`close ${client.uid} ${code} ${detail}`),
    ...more,
  };
  const running = await cluster.startWorker(events);
  await until(() => running.worker!.links === 2, 'two links');
  const worker = running.worker!.handleFor('line') as unknown as Worker<Line>;
  const login = async (uid: string, gateway: Running): Promise<LineClient> => {
    const client = await cluster.client(gateway);
    await client.login(uid);
    return client;
  };
  return { cluster, gateways, worker, running, handles, said, events, login };
}

t.test('a login that is the only one closes the older ones, wherever they are', async t => {
  const { gateways, login, said, worker, handles } = await world(t);
  const first = await login('one-ann', gateways[0]);
  const second = await login('one-ann', gateways[1]);
  await first.line('* bye you are here again');
  await first.whenClosed();
  const third = await login('one-ann', gateways[1]);
  await second.line('* bye you are here again');
  await second.whenClosed();
  await until(() => said.length === 2, 'onClose');
  t.same(said, Array(2).fill('close one-ann replaced a newer login'));
  t.same((await worker.getClientIdsByUid('one-ann')).value, [handles[2]!.id]);
  third.send('/ping');
  await third.line('* pong');
});

t.test('bindUid with single: the result says how many were closed', async t => {
  const { gateways, login, worker, handles } = await world(t);
  const old = [await login('ann', gateways[0]), await login('ann', gateways[1]), await login('ann', gateways[0])];
  await login('bob', gateways[0]);
  const bob = handles[3]!;
  t.same(await worker.bindUid(bob.id, 'ann', { single: { last: ['bye', { text: 'all' }] } }), {
    bound: true,
    value: 3,
    complete: true,
    missing: [],
  });
  for (const client of old) {
    await client.line('* bye all');
    await client.whenClosed();
  }
  t.equal(await worker.isUidOnline('bob'), false);
  const again = await login('ann', gateways[1]);
  t.same(await bob.bindUid('ann', { single: true }), { bound: true, value: 1, complete: true, missing: [] });
  await again.whenClosed();
  t.same(again.lines, [], 'nothing was to be said');
  t.equal(bob.uid, 'ann');
  const gone = { bound: false, value: 0, complete: true, missing: [] };
  t.same(await worker.bindUid(handles[0]!.id, 'bob', { single: true }), gone);
  await t.rejects(worker.bindUid([bob.id] as never, 'x', { single: true }), { code: 'FG_VALUE', message: /Only one/ });
});

t.test('who is given another uid meanwhile is not made the only one of that', async t => {
  const { gateways, login, worker, handles } = await world(t);
  const others = [await login('bob', gateways[0]), await login('bob', gateways[1])];
  await login('ann', gateways[0]);
  const ann = handles[2]!;
  const claimed = ann.bindUid('cat', { single: true });
  ann.bindUid('bob');
  t.same(await claimed, { bound: false, value: 0, complete: true, missing: [] });
  t.equal((await worker.getClientIdsByUid('bob')).value.length, 3);
  t.notOk(others.some(client => client.closed));
});

t.test('of several that log in at once, one is left', async t => {
  const { gateways, login, worker } = await world(t);
  for (let round = 0; round < 10; round++) {
    const uid = `one-${round}`;
    const clients = await Promise.all([0, 1, 0, 1].map(i => login(uid, gateways[i]!)));
    await until(async () => (await worker.getClientIdsByUid(uid)).value.length === 1, 'one to be left');
    await until(() => clients.filter(c => c.closed).length === 3, 'the others to be closed');
  }
});

t.test('a gateway that cannot be reached is told when it is back; a later login there stays', async t => {
  const { gateways, login, worker, handles, cluster, running } = await world(t);
  const old = await login('ann', gateways[0]);
  await login('bob', gateways[1]);
  const back = cluster.cutOff(gateways[0]);
  await until(() => running.worker!.links === 1, 'the link to be lost');
  const missing = [gateways[0].gateway!.id];
  const single = { single: { detail: 'late' } };
  t.same(await worker.bindUid(handles[1]!.id, 'ann', single), { bound: true, value: 0, complete: false, missing });
  t.notOk(old.closed, 'until then two live');
  const later = await cluster.client(gateways[0]);
  // Nobody is there to judge the login, so it is bound by hand.
  const table = gateways[0].gateway!.tables;
  await until(() => table.byId.size === 2, 'the connection');
  table.bindUid([...table.byId.values()].at(-1)!, 'ann');
  back();
  await old.whenClosed();
  t.equal(gateways[0].gateway!.closes.replaced, 1);
  later.send('/ping');
  await later.line('* pong');
});

t.test('without a register it is told as well: whoever is found at its address', async t => {
  const cluster = new Cluster(t);
  await cluster.startRegister();
  const gateways = [await cluster.startGateway(), await cluster.startGateway()] as const;
  const handles: Client<Line>[] = [];
  const events: Events<Line> = {
    onLogin(client, { name }) {
      handles.push(client);
      return accept({ name });
    },
  };
  const links = gateways.map(gateway => gateway.inner);
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:0', protocol: lineProtocol(), events: () => Promise.resolve(events) }],
  });
  const { worker } = cluster.keep(await startWorker(app, { logger: cluster.logger, gateways: links }));
  await until(() => worker!.links === 2, 'two links');
  const old = await cluster.client(gateways[0]);
  await old.login('ann');
  const bob = await cluster.client(gateways[1]);
  await bob.login('bob');
  const back = cluster.cutOff(gateways[0]);
  await until(() => worker!.links === 1, 'the link to be lost');
  const bound = await handles[1]!.bindUid('ann', { single: true });
  t.same([bound.complete, bound.missing], [false, [links[0]!.replace('tcp://', '')].map(at => `tcp://${at}`)]);
  back();
  await old.whenClosed();
  t.equal(gateways[0].gateway!.closes.replaced, 1);
  t.notOk(bob.closed);
});

t.test('a farewell that cannot be said, or a uid that is none, fails the login as a whole', async t => {
  const uids: { readonly [name: string]: string } = { seven: 7 as never, nobody: '', half: 'ann\ud83d' };
  const wrong = { last: message(lineProtocol(), 'by' as 'bye', { text: 'misspelt' }) };
  const { login, cluster, gateways } = await world(t, {
    onLogin: (_, { name }) =>
      Object.hasOwn(uids, name)
        ? accept({ name }, { uid: uids[name]! })
        : accept({ name }, { single: name === 'bad' && wrong }),
  });
  await login('ann', gateways[0]);
  for (const name of ['bad', ...Object.keys(uids)]) {
    const client = await cluster.client(gateways[0]);
    client.send(`/login ${name} pass`);
    t.match(await client.line('*'), /refused/);
  }
  t.ok(cluster.logger.has('Ids, uids and names of groups are strings, not the number 7'));
  t.ok(cluster.logger.has('has 1 to 1024 characters, not none'));
  t.ok(cluster.logger.has('There can be no id, uid or group "ann\\ud83d"'));
  t.equal(gateways[0].gateway!.tables.byUid.size, 1, 'nobody is known by another name than was meant');
  t.notOk(cluster.logger.has('Lost'), 'the link has held');
});

t.test('online is said with the first connection, offline with the last, to one worker', async t => {
  const told: string[] = [];
  const tell = (name: string): Events<Line> => ({
    onUidOnline: (uid, worker) => void told.push(`${name} online ${uid} ${worker.id.startsWith('w')}`),
    onUidOffline: uid => void told.push(`${name} offline ${uid}`),
  });
  const { gateways, login, cluster, events, worker, handles } = await world(t, tell('first'));
  const second = await cluster.startWorker({ ...events, ...tell('second') });
  await until(() => second.worker!.links === 2, 'two links');
  const what = () => told.map(line => line.replace(/^\w+ /, ''));
  const one = await login('ann', gateways[0]);
  await until(() => told.length === 1, 'online');
  const two = await login('ann', gateways[1]);
  const three = await login('ann', gateways[1]);
  one.close();
  two.close();
  await until(async () => (await worker.getClientIdsByUid('ann')).value.length === 1, 'one to be left');
  t.same(what(), ['online ann true'], 'nothing is said while one is left');
  three.close();
  await until(() => told.length === 2, 'offline');
  t.same(what(), ['online ann true', 'offline ann']);
  t.equal(new Set(told.map(line => line.split(' ')[0])).size, 1, 'by the same worker');

  told.length = 0;
  for (let i = 0; i < 20; i++) await login(`u${i}`, gateways[i % 2]!);
  await until(() => told.length === 20, 'all to be online');
  t.equal(new Set(told.map(line => line.split(' ')[0])).size, 2, 'workers share the uids');

  told.length = 0;
  const bound = handles.at(-1)!;
  await bound.bindUid('renamed');
  await until(() => told.length === 2, 'both');
  t.same(what().sort(), ['offline u19', 'online renamed true']);
  await bound.unbindUid();
  await until(() => told.length === 3, 'the end of it');
  t.equal(what()[2], 'offline renamed');
});

t.test('a login that replaces another is no coming and going', async t => {
  const told: string[] = [];
  const { gateways, login, said } = await world(t, {
    onUidOnline: uid => void told.push(`online ${uid}`),
    onUidOffline: uid => void told.push(`offline ${uid}`),
  });
  for (let i = 0; i < 6; i++) await login('one-ann', gateways[i % 2]!);
  await until(() => said.length === 5, 'the others to be closed');
  const last = await login('bob', gateways[0]);
  last.close();
  await until(() => told.includes('offline bob'), 'bob to have come and gone');
  t.same(told, ['online one-ann', 'online bob', 'offline bob']);
});

t.test('workers come and go: uids are handed over in silence', async t => {
  const told: string[] = [];
  const tell = (name: string): Events<Line> => ({
    onUidOnline: uid => void told.push(`${name} online ${uid}`),
    onUidOffline: uid => void told.push(`${name} offline ${uid}`),
  });
  const { gateways, login, cluster, events, running } = await world(t, tell('first'));
  const clients: LineClient[] = [];
  for (let i = 0; i < 10; i++) clients.push(await login(`u${i}`, gateways[i % 2]!));
  await until(() => told.length === 10, 'all to be online');
  told.length = 0;
  const second = await cluster.startWorker({ ...events, ...tell('second') });
  await until(() => second.worker!.links === 2, 'two links');
  for (const client of clients.splice(0, 5)) client.close();
  await until(() => told.length === 5, 'five to be offline');
  // Both look again at all whom they know: nobody must be found twice.
  const links = (n: number) => running.worker!.links === n && second.worker!.links === n;
  const back = cluster.cutOff(gateways[0]);
  await until(() => links(1), 'the links to be lost');
  back();
  await until(() => links(2), 'the links to be back');
  await running.stop();
  for (const client of clients.splice(0, 5)) client.close();
  await until(() => told.length === 10, 'all to be offline');
  t.same(
    told.map(line => line.split(' ').slice(1).join(' ')).sort(),
    Array.from({ length: 10 }, (_, i) => `offline u${i}`),
    'each once',
  );
  t.same(new Set(told.slice(5).map(line => line.split(' ')[0])), new Set(['second']));
});

t.test('a gateway that is gone: offline is said of those who were there only, when that is certain', async t => {
  const told: string[] = [];
  const { gateways, login, cluster, running } = await world(t, {
    onUidOffline: uid => void told.push(uid),
    onUidOnline() {},
  });
  await login('ann', gateways[0]);
  await login('ann', gateways[1]);
  const bob = await login('bob', gateways[1]);
  const cat = await login('cat', gateways[0]);
  const back = cluster.cutOff(gateways[1]);
  await until(() => running.worker!.links === 1, 'the link to be lost');
  cat.close();
  bob.close();
  await until(() => gateways[1].gateway!.tables.byUid.size === 1, 'bob to be gone');
  t.same(told, [], 'who may be at the other gateway is not said to be offline');
  back();
  await until(() => told.length === 2, 'both to be known');
  t.same(told.sort(), ['bob', 'cat']);
  await gateways[1].stop();
  await login('dan', gateways[0]).then(client => client.close());
  await until(() => told.includes('dan'), 'dan');
  t.notOk(told.includes('ann'));
});

t.test('what such a handler throws is told to onError', async t => {
  const errors: string[] = [];
  const { gateways, login, cluster } = await world(t, {
    onUidOnline: async () => {
      throw new Error('later');
    },
    onUidOffline() {
      throw new Error('at once');
    },
    onError: (error, context) => void errors.push(`${context.message} ${(error as Error).message}`),
  });
  (await login('ann', gateways[0])).close();
  await until(() => errors.length === 2, 'both');
  t.same(errors, ['uidOnline later', 'uidOffline at once']);
  t.ok(cluster.logger.has('The handler of "uidOffline" failed: at once'));
});
