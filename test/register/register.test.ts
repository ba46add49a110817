/** The address book over real sockets: leases, views, several registers, and peers that come, go and vanish. */
import * as net from 'node:net';
import t, { type Test } from 'tap';
import { type Address, parseAddress, realPlatform } from '../../src/net/index.js';
import { type PeerRecord, Register, Registers } from '../../src/register/index.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { sleep, until } from '../support/wait.js';

const platform = realPlatform();
const lease = 400;

async function serve(t: Test, port = 0) {
  const logger = new MemoryLogger();
  const register = new Register({ platform, logger, lease });
  const address = await register.listen({ host: '127.0.0.1', port });
  t.teardown(() => register.stop());
  return { register, address, logger };
}

interface Peer {
  lines: Registers;
  views: string[][];
  logger: MemoryLogger;
}

function peer(t: Test, registers: Address | Address[], role: 'gateway' | 'worker' | 'client', epoch: string): Peer {
  const views: string[][] = [];
  const logger = new MemoryLogger();
  const onGateways = (gateways: readonly PeerRecord[]) => void views.push(gateways.map(g => g.epoch).sort());
  const link = role === 'gateway' ? 'tcp://127.0.0.1:1' : '';
  const self = { role, id: `id-${epoch}`, epoch, link };
  const lines = new Registers({ platform, logger, registers: [registers].flat(), self, onGateways });
  t.teardown(() => lines.stop());
  return { lines, views, logger };
}

const entry = { role: 'gateway' as const, id: 'x', seq: 1, state: 'up' as const, link: 'tcp://127.0.0.1:1' };
const epochs = (register: Register): string[] => register.view().gateways.map(g => g.epoch);

t.test('workers hear of gateways that come and go', async t => {
  const { address, register } = await serve(t);
  const worker = peer(t, address, 'worker', 'w1');
  await until(() => worker.views.length > 0, 'a first view');
  t.same(worker.views.at(-1), []);
  const first = peer(t, address, 'gateway', 'g1');
  peer(t, address, 'gateway', 'g2');
  await until(() => worker.views.at(-1)!.length === 2, 'both gateways');
  t.same(worker.views.at(-1), ['g1', 'g2']);
  t.equal(parseAddress(register.view().gateways[0]!.link).port, 1);
  first.lines.setState('draining');
  await until(() => worker.views.at(-1)!.length === 1, 'one to drain');
  t.equal(worker.lines.about('id-g1', 'g1').state, 'left');
  first.lines.stop();
  await until(() => !epochs(register).includes('g1'), 'the departed to be forgotten');
  t.same(worker.views.at(-1), ['g2'], 'renewals keep the other');
});

t.test('a gateway that vanishes is dropped when its lease ends, not before', async t => {
  const { address, register } = await serve(t);
  const worker = peer(t, address, 'worker', 'w1');
  await until(() => worker.lines.informed, 'the end of the first lease');
  register.announced({ ...entry, epoch: 'g1' });
  await until(() => worker.views.at(-1)!.includes('g1'), 'the gateway');
  const from = performance.now();
  await until(() => !worker.views.at(-1)!.includes('g1'), 'the end of its lease');
  t.ok(performance.now() - from > lease / 2);
});

t.test('a gateway whose link is no address is refused, and workers keep their line', async t => {
  const { address, register, logger } = await serve(t);
  const worker = peer(t, address, 'worker', 'w1');
  await until(() => worker.views.length > 0, 'a first view');
  const self = { role: 'gateway' as const, id: 'rogue', epoch: 'r1', link: 'tcp://nowhere' };
  const rogue = new Registers({ platform, logger: new MemoryLogger(), registers: [address], self });
  t.teardown(() => rogue.stop());
  await until(() => logger.has('the announced link is no address'), 'the refusal');
  t.same(register.view().gateways, []);

  // Whatever a register says, a worker takes what it can dial.
  register.announced({ ...entry, id: 'y', epoch: 'g1', link: 'nonsense' });
  register.announced({ ...entry, epoch: 'g2' });
  await until(() => worker.views.at(-1)!.includes('g2'), 'the other gateway');
  t.same(worker.views.at(-1), ['g2']);
  t.same(worker.logger.lines, []);
});

t.test('an older announcement does not undo a newer one, and a new boot takes the place of an old one', async t => {
  const { register } = await serve(t);
  register.announced({ ...entry, epoch: 'g1', seq: 5, state: 'gone' });
  register.announced({ ...entry, epoch: 'g1', seq: 4 });
  t.match(register.view().gateways, [{ epoch: 'g1', seq: 5, state: 'gone' }]);
  register.announced({ ...entry, epoch: 'g2', seq: 1 });
  register.announced({ ...entry, epoch: 'g1', seq: 6 });
  t.match(register.view().gateways, [{ epoch: 'g2', seq: 1, state: 'up' }]);
});

t.test('a register is told who asks, counts workers, and keeps nothing of clients', async t => {
  const { address, register } = await serve(t);
  const client = peer(t, address, 'client', 'c1');
  const workers = [peer(t, address, 'worker', 'w1'), peer(t, address, 'worker', 'w2')];
  await until(() => client.lines.otherWorkers === 2, 'both workers to be counted');
  await until(() => workers[0]!.lines.otherWorkers === 1, 'a worker to count the other');
  t.same(register.view().gateways, []);
  workers[1]!.lines.stop();
  await until(() => client.lines.otherWorkers === 1, 'the departed to be counted no more');
});

t.test('a register has room for 10,000 peers, and those that are there may renew', async t => {
  const { register } = await serve(t);
  for (let i = 0; i < 10_000; i++) register.announced({ ...entry, id: `g${i}`, epoch: 'e' });
  t.throws(() => register.announced({ ...entry, id: 'more', epoch: 'e' }), { code: 'FG_LINK', message: /10000 peers/ });
  register.announced({ ...entry, id: 'g7', epoch: 'e', seq: 2 });
  t.equal(register.view().gateways.length, 10_000);
});

t.test('a register that has just started takes nobody away', async t => {
  const { address, register } = await serve(t);
  const worker = peer(t, address, 'worker', 'w1');
  peer(t, address, 'gateway', 'g1');
  await until(() => worker.views.at(-1)?.length === 1, 'the gateway');
  await register.stop();
  await until(() => worker.logger.has('Lost the register'), 'the loss to be noticed');
  t.notOk(worker.lines.reached);
  const again = await serve(t, address.port);
  await until(() => worker.logger.has('is reached'), 'the register to be back');
  await until(() => again.register.view().gateways.length === 1, 'the gateway to announce itself again');
  const first = worker.views.findIndex(v => v.length > 0);
  t.notOk(
    worker.views.slice(first).some(v => v.length === 0),
    'the last view stays',
  );
  t.equal(worker.logger.lines.filter(l => l.includes('Lost the register')).length, 1, 'said once');
});

t.test('of several registers any one is enough, and what each knows is taken together', async t => {
  const [a, b] = [await serve(t), await serve(t)];
  const both = [a.address, b.address];
  peer(t, both, 'gateway', 'g1');
  // These two reach one each, and not the same.
  peer(t, a.address, 'gateway', 'ga');
  peer(t, b.address, 'gateway', 'gb');
  const worker = peer(t, both, 'worker', 'w1');
  await until(() => worker.views.at(-1)?.length === 3, 'all of them');
  t.same(epochs(a.register).sort(), ['g1', 'ga']);
  await until(() => worker.lines.informed, 'the end of the first lease');

  await a.register.stop();
  peer(t, b.address, 'gateway', 'late');
  await until(() => worker.views.at(-1)!.includes('late'), 'the news of the other register');
  await until(() => !worker.views.at(-1)!.includes('ga'), 'the end of a lease that nobody renews');
  t.same(worker.views.at(-1), ['g1', 'gb', 'late']);

  await b.register.stop();
  await until(() => !worker.lines.reached, 'both to be lost');
  await sleep(2 * lease);
  t.same(worker.views.at(-1), ['g1', 'gb', 'late'], 'with no register the last known view stays');
  await serve(t, a.address.port);
  await until(() => worker.lines.informed, 'one to be back for a lease');
  await until(() => worker.views.at(-1)!.length === 2, 'those that it cannot see to end');
  t.same(worker.views.at(-1), ['g1', 'ga']);
});

t.test('a register that accepts and says nothing is left, and tried again', async t => {
  const sockets: net.Socket[] = [];
  const server = net.createServer(socket => {
    socket.on('error', () => {});
    socket.resume();
    sockets.push(socket);
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const mute = { host: '127.0.0.1', port: (server.address() as net.AddressInfo).port };
  const { address } = await serve(t);
  const worker = peer(t, [mute, address], 'worker', 'w1');
  await until(() => worker.lines.reached, 'the other one');
  await until(() => worker.logger.has('no handshake in time'), 'the silence to be noticed');
  await until(() => sockets.length > 1, 'another try');
});
