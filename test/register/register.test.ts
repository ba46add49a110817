/** The address book: leases, views, and peers that come, go and vanish. */
import t, { type Test } from 'tap';
import { parseAddress, realPlatform } from '../../src/net/index.js';
import { type GatewayRecord, Register, RegisterClient } from '../../src/register/index.js';
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
  client: RegisterClient;
  views: string[][];
  logger: MemoryLogger;
}

function peer(t: Test, address: { host: string; port: number }, role: 'gateway' | 'worker', epoch: string): Peer {
  const views: string[][] = [];
  const logger = new MemoryLogger();
  const onView = (gateways: readonly GatewayRecord[]) => void views.push(gateways.map(g => g.epoch).sort());
  const link = role === 'gateway' ? 'tcp://127.0.0.1:1' : '';
  const self = { role, id: `id-${epoch}`, epoch, link };
  const client = new RegisterClient({ platform, logger, register: address, self, renew: lease / 4, onView });
  t.teardown(() => client.stop());
  return { client, views, logger };
}

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
  first.client.setState('draining');
  await until(() => worker.views.at(-1)!.length === 1, 'one to drain');
  first.client.stop();
  await sleep(2 * lease);
  t.same(worker.views.at(-1), ['g2'], 'renewals keep the other');
  t.same(
    register.view().gateways.map(g => g.epoch),
    ['g2'],
  );
});

t.test('a gateway that vanishes is dropped when its lease ends, not before', async t => {
  const { address, register } = await serve(t);
  const worker = peer(t, address, 'worker', 'w1');
  await sleep(lease * 1.2);
  const entry = {
    role: 'gateway' as const,
    id: 'x',
    epoch: 'g1',
    seq: 1,
    state: 'up' as const,
    link: 'tcp://127.0.0.1:1',
  };
  register.announced(entry);
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
  const rogue = new RegisterClient({ platform, logger: new MemoryLogger(), register: address, self });
  t.teardown(() => rogue.stop());
  await until(() => logger.has('the announced link is no address'), 'the refusal');
  t.same(register.view().gateways, []);

  // Whatever a register says, a worker takes what it can dial.
  const entry = { role: 'gateway' as const, id: 'x', seq: 1, state: 'up' as const };
  register.announced({ ...entry, epoch: 'g1', link: 'nonsense' });
  register.announced({ ...entry, epoch: 'g2', link: 'tcp://127.0.0.1:1' });
  await until(() => worker.views.at(-1)!.includes('g2'), 'the other gateway');
  t.same(worker.views.at(-1), ['g2']);
  t.same(worker.logger.lines, []);
});

t.test('an older announcement does not undo a newer one', async t => {
  const { register } = await serve(t);
  const entry = { role: 'gateway' as const, id: 'x', epoch: 'g1', seq: 5, state: 'gone' as const, link: '' };
  register.announced(entry);
  register.announced({ ...entry, seq: 4, state: 'up' });
  t.same(register.view().gateways, []);
  t.same(register.view().gone, ['g1']);
});

t.test('a register that has just started takes nobody away', async t => {
  const { address, register } = await serve(t);
  const worker = peer(t, address, 'worker', 'w1');
  peer(t, address, 'gateway', 'g1');
  await until(() => worker.views.at(-1)?.length === 1, 'the gateway');
  await register.stop();
  await until(() => worker.logger.has('Lost the register'), 'the loss to be noticed');
  const again = await serve(t, address.port);
  await until(() => worker.logger.has('is reached'), 'the register to be back');
  t.notOk(
    worker.views.some((v, i) => i > 1 && v.length === 0),
    'the last view stays',
  );
  await until(() => again.register.view().gateways.length === 1, 'the gateway to announce itself again');
  t.equal(worker.logger.lines.filter(l => l.includes('Lost the register')).length, 1, 'said once');
});
