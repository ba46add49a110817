/** Who is held up when a worker does not keep up, and what being held up does not cost: in a simulated world. */
import t, { type Test } from 'tap';
import { accept, defineApp, type Events, type Running, startAll, startGateway } from '../../src/index.js';
import { World } from '../../src/testing/sim/index.js';
import { Device } from '../support/device.js';
import { type Line, type LineOptions, lineProtocol } from '../support/line-protocol.js';
import { MemoryLogger } from '../support/memory-logger.js';

const AT = 'tcp://127.0.0.1:1000';
const MIB = 1024 * 1024;

interface Served {
  readonly world: World;
  readonly running: Running;
  device(name: string): Device;
}

/** @param start all in one, or a gateway that has no worker */
async function serve(
  t: Test,
  options: LineOptions,
  events: Events<Line> = {},
  start: typeof startAll = startAll,
): Promise<Served> {
  const world = new World();
  const protocol = lineProtocol(options);
  const app = defineApp({ listeners: [{ listen: AT, protocol, events: () => Promise.resolve(events) }] });
  const { platform } = world.process('server');
  const more = start === startAll ? {} : { gateways: ['tcp://127.0.0.1:7000'], link: 'tcp://127.0.0.1:7000' };
  world.play();
  const running = await start(app, { platform, logger: new MemoryLogger(), ...more });
  world.halt();
  t.teardown(async () => {
    const stopped = running.stop();
    await world.run(60_000);
    await stopped;
  });
  const device = (name: string): Device => new Device(world.process(name).platform.net, AT, protocol);
  return { world, running, device };
}

const lines = (n: number, line = 'x'): Uint8Array => new TextEncoder().encode(`${line}\r\n`.repeat(n));

/** A handler that keeps all who come until it is told to let them go. */
function gate(): { readonly open: () => void; wait(): Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open: () => open(), wait: () => opened };
}

t.test('silence is not counted while a client is not read', async t => {
  const { open, wait } = gate();
  const closes: string[] = [];
  const { world, device, running } = await serve(
    t,
    { every: 5000, miss: 2, idle: 3_600_000 },
    { onLogin: (_, { name }) => accept({ name }), onSay: wait, onClose: (_, { code }) => void closes.push(code) },
  );
  const ann = device('ann');
  await world.run(1);
  ann.write(lines(1, '/login ann pass'));
  ann.write(lines(200));
  await world.run(100);
  const [client] = [...running.gateway!.tables.byId.values()];
  t.ok(client!.pausedSince > 0, 'it is held up');
  await world.run(55_000);
  t.same(closes, []);
  t.notOk(ann.isClosed);
  open();
  await world.run(8000);
  t.equal(client!.pausedSince, 0, 'it is read again');
  t.same(closes, [], 'ten seconds count from when it was read again');
  await world.run(3000);
  t.same(closes, ['heartbeat-timeout']);
});

t.test('nor does the time for a login pass meanwhile', async t => {
  const { open, wait } = gate();
  const closes: string[] = [];
  const { world, device, running } = await serve(
    t,
    { within: 10_000 },
    { onConnect: wait, onClose: (_, { code }) => void closes.push(code) },
  );
  const ann = device('ann');
  await world.run(4000);
  // What anybody may say: it waits behind onConnect.
  ann.write(lines(200, '/help'));
  await world.run(20_000);
  const [client] = [...running.gateway!.tables.byId.values()];
  t.ok(client!.pausedSince > 0, 'it is held up');
  open();
  await world.run(5000);
  t.same(closes, [], 'six of ten seconds are left');
  await world.run(1500);
  t.same(closes, ['auth-timeout']);
});

t.test('that a client which is not read has gone is noticed all the same', async t => {
  const { world, device, running } = await serve(
    t,
    { login: false, every: 3_600_000, idle: 3_600_000 },
    { onSay: () => new Promise(() => {}) },
  );
  const [ann, bob] = [device('ann'), device('bob')];
  await world.run(1);
  for (const device of [ann, bob]) device.write(lines(64));
  await world.run(100);
  const clients = [...running.gateway!.tables.byId.values()];
  t.ok(
    clients.every(client => client.pausedSince > 0),
    'both are held up',
  );
  ann.end();
  await world.run(11_000);
  t.same(
    clients.map(client => client.stage !== 'live'),
    [true, false],
    'two looks, five seconds apart, and a little',
  );
});

t.test('a worker has no more of one gateway under way than it has granted', async t => {
  const { world, device, running } = await serve(t, { login: false }, { onSay: () => new Promise(() => {}) });
  const devices = Array.from({ length: 200 }, (_, i) => device(`d${i}`));
  await world.run(1);
  for (const device of devices) device.write(lines(100));
  await world.run(1000);
  let underWay = 0;
  for (const gateway of running.worker!.gateways.ready()) {
    for (const client of gateway.clients) {
      underWay += (client?.queue?.length ?? 0) + (client?.current === undefined ? 0 : 1);
    }
  }
  t.ok(underWay <= 8192, `${underWay} events`);
  t.ok(underWay > 8192 - 64, 'and that much it has');
});

t.test('what waits for the first worker is bounded over all clients: who adds to it is closed', async t => {
  const { world, device, running } = await serve(t, { login: false, frame: 4096 }, {}, startGateway);
  const gateway = running.gateway!;
  const size = 4000;
  const devices = Array.from({ length: 1200 }, (_, i) => device(`d${i}`));
  await world.run(1);
  for (const device of devices) {
    device.write(lines(16, 'x'.repeat(size)));
    await world.run(1);
  }
  const waiting = [...gateway.tables.byId.values()].reduce((sum, client) => sum + client.waitingBytes, 0);
  t.ok(waiting <= 64 * MIB, `${waiting} bytes wait`);
  t.ok(waiting > 63 * MIB);
  const closed = gateway.closes['no-worker'] ?? 0;
  t.ok(closed > 100, `${closed} clients are closed`);
  t.equal(devices.filter(device => device.isClosed).length, closed);
});
