/** Programs beside the workers: they send, ask and close as workers do, over real sockets and against real processes. */
import t, { type Test } from 'tap';
import { type Connection, type ConnectOptions, connect } from '../../src/client/index.js';
import {
  accept,
  defineApp,
  type Events,
  message,
  type Running,
  startGateway,
  startRegister,
  startWorker,
} from '../../src/index.js';
import { dialLink, Introduction, KeyRing, putString, putU8, putU32, recordTypes } from '../../src/link/index.js';
import { parseAddress, realPlatform } from '../../src/net/index.js';
import { Gw, lineApp } from '../support/gw.js';
import { LineClient } from '../support/line-client.js';
import { type Line, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const line = lineProtocol();

interface Teardown {
  teardown(run: () => unknown): void;
}

function start(t: Teardown, role: string, register: string): Gw {
  const gw = new Gw(['start', lineApp, '--role', role, '--register', register]);
  t.teardown(() => (gw.exit === undefined ? gw.stop().catch(() => gw.kill()) : undefined));
  return gw;
}

async function open(t: Teardown, options: ConnectOptions): Promise<Connection> {
  const cluster = await connect({ logger: new MemoryLogger(), ...options });
  t.teardown(() => cluster.close());
  return cluster;
}

async function client(t: Teardown, address: string): Promise<LineClient> {
  const connected = await LineClient.connect(address);
  t.teardown(() => connected.close());
  return connected;
}

t.test('a program beside running processes', async t => {
  const register = await start(t, 'register', 'tcp://127.0.0.1:0').says(/register listening on (\S+)/);
  const gateways = [start(t, 'gateway', register), start(t, 'gateway', register)];
  const listening = await Promise.all(gateways.map(g => g.says(/line listening on (\S+)/)));
  await start(t, 'worker', register).says(/worker ready/);
  const cluster = await open(t, { register });
  const calls = cluster.use(line);
  const ann = await client(t, listening[0]!);
  const bob = await client(t, listening[1]!);
  await ann.login('ann');
  await bob.login('bob');
  let bobsId = '';
  const whole = t;

  await t.test('finds all gateways, and asks them all', async t => {
    t.same(
      cluster.gateways.map(g => g.linked),
      [true, true],
    );
    t.same(await calls.getAllClientCount(), { value: 2, complete: true, missing: [] });
    t.equal(await calls.isUidOnline('ann'), true);
    t.equal(await calls.isUidOnline('nobody'), false);
    const ids = await calls.getClientIdsByUid('bob');
    bobsId = ids.value[0]!;
    t.equal(await calls.getUidByClientId(bobsId), 'bob');
    t.same((await calls.getSession(bobsId))?.values, { name: 'bob' });
    t.same((await calls.getUidsByGroup('lobby')).value.toSorted(), ['ann', 'bob']);
    t.equal((await calls.getAllGroups()).complete, true);
  });

  await t.test('sends to one, to a uid, to a group and to all', async t => {
    calls.sendToAll('said', { from: 'cron', line: 'to all' });
    calls.sendToUid(['ann'], 'said', { from: 'cron', line: 'to ann' });
    calls.sendToGroup('lobby', 'said', { from: 'cron', line: 'but bob' }, { exclude: bobsId });
    calls.sendToClient(bobsId, 'said', { from: 'cron', line: 'to bob' });
    t.same(await cluster.flush(), { complete: true, missing: [] });
    for (const text of ['to all', 'to ann', 'but bob']) t.equal(await ann.line('<cron>'), `<cron> ${text}`);
    for (const text of ['to all', 'to bob']) t.equal(await bob.line('<cron>'), `<cron> ${text}`);
    t.throws(() => calls.sendToAll('token', { token: 'far too long' }), { name: 'EncodeError' });
    t.throws(() => calls.sendToUid('', 'said', { from: 'cron', line: 'to nobody' }), {
      code: 'FG_VALUE',
      message: /has 1 to 1024 characters, not none/,
    });
    await t.rejects(calls.joinGroup(bobsId, 'half \ud83d'), { code: 'FG_VALUE', message: /half a surrogate pair/ });
    t.throws(() => calls.sendToAll('sayd' as never, {} as never), { code: 'FG_UNKNOWN_MESSAGE' });
  });

  await t.test('changes groups, and closes', async t => {
    t.equal(await calls.joinGroup(bobsId, 'night'), true);
    t.same(await calls.getClientIdsByGroup('night'), { value: [bobsId], complete: true, missing: [] });
    t.equal(await calls.leaveGroup(bobsId, 'night'), true);
    t.equal((await calls.getClientCountByGroup('night')).value, 0);
    t.equal(await calls.closeClient(bobsId, 'enough'), true);
    await bob.whenClosed();
    t.equal(await calls.isOnline(bobsId), false);
  });

  await t.test('a reader asks, and may do nothing else', async t => {
    const reader = (await open(t, { register, role: 'reader' })).use(line);
    t.same(await reader.getAllClientCount(), { value: 1, complete: true, missing: [] });
    t.throws(() => reader.sendToAll('said', { from: 'x', line: 'y' }), { code: 'FG_FORBIDDEN' });
    const id = (await reader.getAllClientIds()).value[0]!;
    const refusal = { code: 'FG_FORBIDDEN', message: 'A reader may only ask, not change anything' };
    await t.rejects(reader.closeClient(id), refusal);
    await t.rejects(reader.joinGroup(id, 'x'), refusal);
    t.equal(await reader.isOnline(id), true, 'the link goes on');
  });

  await t.test('a killed gateway: answers say what is missing, until another is there', async t => {
    const lost = (await calls.getAllClientIds()).value[0]!;
    const before = cluster.gateways.map(g => g.id);
    gateways[0]!.kill();
    await until(() => cluster.gateways.some(g => !g.linked), 'the loss to be noticed');
    const [missing] = cluster.gateways.filter(g => !g.linked).map(g => g.id);
    t.same(await calls.getAllClientCount(), { value: 0, complete: false, missing: [missing] });
    await t.rejects(calls.isUidOnline('ann'), { code: 'FG_UNREACHABLE' });
    await t.rejects(calls.isOnline(lost), { code: 'FG_UNREACHABLE' });
    calls.sendToAll('said', { from: 'cron', line: 'who hears it?' });
    t.same(await cluster.flush(), { complete: false, missing: [missing] });
    t.match(cluster.gateways.find(g => !g.linked)?.why, /\S/);

    const next = start(whole, 'gateway', register);
    const carl = await client(whole, await next.says(/line listening on (\S+)/));
    await carl.login('carl');
    // The register forgets the dead one when its lease is over.
    await until(async () => (await calls.getAllClientCount()).complete, 'a complete answer');
    t.equal(await calls.isUidOnline('carl'), true);
    t.equal(await calls.isOnline(lost), false, 'gone with its gateway');
    t.equal(cluster.gateways.filter(g => before.includes(g.id)).length, 1);
    calls.sendToAll('said', { from: 'cron', line: 'and now?' });
    t.same(await cluster.flush(), { complete: true, missing: [] });
    await carl.line('<cron> and now?');
  });

  await t.test('after its close it says so', async t => {
    calls.sendToAll('said', { from: 'cron', line: 'the last' });
    t.same(await cluster.close(), { complete: true, missing: [] });
    t.throws(() => calls.sendToAll('said', { from: 'cron', line: 'too late' }), { code: 'FG_CLOSED' });
    await t.rejects(calls.getAllClientCount(), { code: 'FG_CLOSED' });
    await t.rejects(calls.isOnline('a client'), { code: 'FG_CLOSED' });
    await t.rejects(calls.isOnline(['a client']), { code: 'FG_CLOSED' });
    await t.rejects(calls.select({ limit: 5 }), { code: 'FG_CLOSED' });
  });
});

/** Gateways whose links a test can cut. */
async function inProcess(t: Test, events: Events<Line> = { onLogin: (_, { name }) => accept({ name }) }) {
  const logger = new MemoryLogger();
  const app = (wireHash?: string) =>
    defineApp({
      listeners: [
        {
          listen: 'tcp://127.0.0.1:0',
          protocol: lineProtocol(wireHash === undefined ? {} : { wireHash }),
          events: () => Promise.resolve(events),
        },
      ],
    });
  const keep = (running: Running): Running => {
    t.teardown(() => running.stop());
    return running;
  };
  const { inner: register } = keep(await startRegister(app(), { logger, register: 'tcp://127.0.0.1:0' }));
  const gateway = async (wireHash?: string) => keep(await startGateway(app(wireHash), { logger, register }));
  const worker = async () => {
    const running = keep(await startWorker(app(), { logger, register }));
    await running.ready;
    return running;
  };
  return { logger, register, gateway, worker };
}

t.test('a fixed list of gateways needs no register', async t => {
  const { gateway, worker } = await inProcess(t);
  const [one, two] = [await gateway(), await gateway()];
  await worker();
  const cluster = await open(t, { gateways: [one.inner, two.inner] });
  const calls = cluster.use(line);
  t.same(cluster.gateways.map(g => g.id).toSorted(), [one.gateway!.id, two.gateway!.id].toSorted());
  const ann = await client(t, two.listening[0]!.address);
  await ann.login('ann');
  t.same(await calls.getAllClientCount(), { value: 1, complete: true, missing: [] });
  const [id] = (await calls.getClientIdsByUid('ann')).value;
  for (const peer of two.gateway!.peers) peer.link.destroy('cut');
  await until(() => cluster.gateways.some(g => !g.linked), 'the cut to be noticed');
  await t.rejects(calls.isOnline(id!), { code: 'FG_UNREACHABLE' }, 'it may be the one that is missing');
  await until(() => cluster.gateways.every(g => g.linked), 'the link to come back');
  t.equal(await calls.isOnline(id!), true);
  await two.stop();
  await until(() => cluster.gateways.some(g => !g.linked), 'the stop to be noticed');
  t.same((await calls.getAllClientCount()).complete, false);
});

t.test('what cannot be reached is told with addresses and reasons', async t => {
  const { gateway, register } = await inProcess(t);
  const logger = new MemoryLogger();
  const nowhere = 'tcp://127.0.0.1:9';
  await t.rejects(connect({ logger, register: nowhere, wait: 300 }), {
    code: 'FG_UNREACHABLE',
    message: `No register at ${nowhere} has named a gateway within 0.3 s: ECONNREFUSED`,
  });
  await t.rejects(connect({ logger, gateways: [nowhere], wait: 300 }), {
    message: `No gateway was reached within 0.3 s: ${nowhere} (ECONNREFUSED)`,
  });
  await t.rejects(connect({ logger, gateways: [register], wait: 500 }), { message: /No gateway was reached/ });
  await t.rejects(connect({ logger, gateways: [nowhere], register: nowhere }), { code: 'FG_CONFIG' });
  await t.rejects(connect({ logger, gateways: [] }), { code: 'FG_CONFIG' });
  await t.rejects(connect({ logger, register: 'localhost' }), { code: 'FG_ADDRESS' });
  const { inner } = await gateway();
  const some = await open(t, { gateways: [inner, nowhere], wait: 500 });
  t.same(
    some.gateways.map(g => g.linked),
    [true, false],
    'a part is better than nothing, and is told to be one',
  );
  t.equal((await some.flush()).complete, false);
});

t.test('a gateway with another wire gets nothing, and is named', async t => {
  const { gateway, worker, register, logger } = await inProcess(t);
  const old = await gateway('wire-0');
  const good = await gateway();
  const { worker: core } = await worker();
  await until(() => core!.links === 2, 'both links');
  const { id } = old.gateway!;
  t.ok(
    logger.has(`no clients are bound over this link, and nothing is sent to its clients; restart gateway ${id} from`),
  );
  t.same(
    core!.gateways
      .states()
      .filter(g => g.foreign.length > 0)
      .map(g => [g.id, g.foreign]),
    [[id, ['line']]],
  );
  const lonely = await client(t, old.listening[0]!.address);
  const ann = await client(t, good.listening[0]!.address);
  await ann.login('ann');

  const heard = new MemoryLogger();
  const cluster = await open(t, { register, logger: heard });
  t.same(
    cluster.gateways.flatMap(g => g.foreign),
    [],
    'it has not said yet what it speaks',
  );
  const calls = cluster.use(line);
  t.same(
    cluster.gateways.filter(g => g.foreign.includes('line')).map(g => g.id),
    [id],
  );
  t.ok(heard.has(`restart gateway ${id}`));
  const [lonelyId] = (await calls.getAllClientIds()).value.filter(name => name.startsWith(old.gateway!.bootEpoch));
  calls.sendToClient(lonelyId!, 'said', { from: 'cron', line: 'hm' });
  calls.sendToAll('said', { from: 'cron', line: 'hello' });
  await ann.line('<cron> hello');
  await cluster.flush();
  lonely.send('/ping');
  await lonely.line('* pong');
  t.same(lonely.lines, []);
  const last = { last: [message(line, 'bye', { text: 'so long' })] };
  const ids = [lonelyId!, ...(await calls.getClientIdsByUid('ann')).value];
  t.same(await calls.closeClient(ids, last), { value: ids, complete: true, missing: [] });
  await ann.line('* bye so long');
  await lonely.whenClosed();
  t.same(lonely.lines, [], 'it is closed without a last message that it might not understand');
});

t.test('a reader that does not keep to its role loses its link', async t => {
  const { gateway, logger } = await inProcess(t);
  const { inner } = await gateway();
  const platform = realPlatform();
  const link = dialLink(platform.net, platform.turn, parseAddress(inner));
  let closed = false;
  new Introduction(link, {
    platform,
    side: 'dialled',
    wanted: ['gateway'],
    keys: new KeyRing(),
    own: () => ({ role: 'reader', id: 'r1', epoch: 'e', creditEvents: 0, creditBytes: 0, protocols: [] }),
    met() {
      link.attach({ record() {}, flushing() {}, closed: () => (closed = true) });
      const w = link.begin(recordTypes.sendTo);
      putU8(w, 0);
      putU32(w, 0);
      putU32(w, 0);
      putString(w, 'line');
      putU8(w, 0);
      link.commit();
    },
    failed: () => (closed = true),
  });
  await until(() => closed, 'the end');
  t.ok(logger.has('The program r1 has left (a reader may not send records of type 18)'));
});
