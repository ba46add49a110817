/** Logins as the gateway sees them: their clock, what waits behind them, and what a refusal does. */
import t, { type Test } from 'tap';
import type { Protocol, ProtocolTypes } from '../../src/codec/index.js';
import { accept, type Client, defineApp, type Events, type Running, refuse, startAll } from '../../src/index.js';
import { type SimProcess, World } from '../../src/testing/sim/index.js';
import { Device } from '../support/device.js';
import { loadCode, modelOf, shipped } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';

const schema = `
wire: 1
protocol: { id: door, version: 1.0.0 }
limits: { frame: 4KiB }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }
messages:
  hello:
    dir: up
    id: 0x01
    fields: { name: str(*) }
    auth: { identity: name, ok: welcome, fail: refused, early: early, within: 10s, tries: 3 }
  welcome: { dir: down, id: 0x81, fields: {} }
  refused: { dir: down, id: 0x82, fields: {} }
  early: { dir: down, id: 0x83, fields: {} }
  say: { dir: up, id: 0x02, fields: { line: str(*) } }
  beat: { dir: up, id: 0x03, fields: {}, heartbeat: { reply: beatOk, every: 60s, miss: 3 } }
  beatOk: { dir: down, id: 0x84, fields: {} }
`;

interface Served {
  readonly world: World;
  readonly running: Running;
  readonly server: SimProcess;
  readonly device: Device;
  /** How often a login was asked to be judged. */
  readonly asked: string[];
  readonly said: string[];
  readonly closes: string[];
  judge(accepted: boolean): Promise<void>;
}

let door: Protocol;
t.before(async () => {
  door = await loadCode(modelOf(schema));
});

async function world(
  t: Test,
  protocol: Protocol,
  events: object,
): Promise<Pick<Served, 'world' | 'running' | 'server'>> {
  const world = new World();
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:1000', protocol, events: async () => events as Events<ProtocolTypes> }],
  });
  world.play();
  const server = world.process('server');
  const running = await startAll(app, { platform: server.platform, logger: new MemoryLogger() });
  world.halt();
  t.teardown(async () => {
    const stopped = running.stop();
    // Handlers that never settle are waited for.
    await world.run(30_000);
    await stopped;
  });
  return { world, running, server };
}

/** A gateway whose logins are judged when the test says so, and a device in front of it. */
async function serve(t: Test): Promise<Served> {
  const asked: string[] = [];
  const said: string[] = [];
  const closes: string[] = [];
  const verdicts: ((accepted: boolean) => void)[] = [];
  const served = await world(t, door, {
    async onHello(_: unknown, { name }: { name: string }) {
      asked.push(name);
      const accepted = await new Promise<boolean>(resolve => verdicts.push(resolve));
      return accepted ? accept() : refuse();
    },
    onSay: (_: unknown, { line }: { line: string }) => said.push(line),
    onClose: (_: unknown, { code, detail }: { code: string; detail: string }) =>
      closes.push(`${code} ${detail}`.trim()),
  });
  const device = new Device(served.world.process('device').platform.net, 'tcp://127.0.0.1:1000', door);
  const judge = async (accepted: boolean): Promise<void> => {
    verdicts.shift()!(accepted);
    await served.world.run(1);
  };
  await served.world.run(1);
  return { ...served, device, asked, said, closes, judge };
}

const heard = (device: Device): string[] => device.heard.map(h => h.message);

t.test('the clock stands still while a login is judged', async t => {
  const { world, device, closes, judge } = await serve(t);
  await world.run(8000);
  device.send('hello', { name: 'ann' });
  await world.run(7000);
  await judge(false);
  // Eight seconds had passed; two are left.
  await world.run(1800);
  t.same(closes, []);
  await world.run(400);
  t.same(closes, ['auth-timeout']);
});

t.test('it does so for twice the time at most, in one login', async t => {
  const { world, device, closes } = await serve(t);
  await world.run(1000);
  device.send('hello', { name: 'ann' });
  await world.run(18_800);
  t.same(closes, []);
  await world.run(400);
  t.same(closes, [], 'the handler is under way: its client is told later');
  t.ok(device.isClosed);
});

t.test('and in several', async t => {
  const { world, device, closes, judge } = await serve(t);
  for (const name of ['ann', 'bob']) {
    await world.run(2000);
    device.send('hello', { name });
    await world.run(6000);
    await judge(false);
  }
  // Four seconds of ten have passed, and sixteen of twenty.
  await world.run(3800);
  t.same(closes, []);
  await world.run(400);
  t.same(closes, ['auth-timeout']);
});

t.test('that the gateway has stood still does not count against a login', async t => {
  for (const before of [0, 9000]) {
    const { world, server, device, asked, closes, judge } = await serve(t);
    await world.run(before);
    server.freeze();
    await world.run(15_000);
    device.send('hello', { name: 'ann' });
    await world.run(30_000);
    server.thaw();
    await world.run(500);
    t.same(asked, ['ann']);
    server.freeze();
    await world.run(45_000);
    server.thaw();
    await world.run(8000);
    t.same(closes, []);
    await judge(true);
    t.same(heard(device), ['welcome']);
    await world.run(30_000);
    t.same(closes, []);
  }
});

t.test('nor does a standstill give time to whoever says nothing', async t => {
  const { world, server, device } = await serve(t);
  await world.run(5000);
  server.freeze();
  await world.run(60_000);
  server.thaw();
  await world.run(3800);
  t.notOk(device.isClosed);
  await world.run(400);
  t.ok(device.isClosed, 'a second of the standstill counts');
});

t.test('a client that pipelines so much that it is not read gains no time by that', async t => {
  const { world, device, closes, judge } = await serve(t);
  await world.run(4000);
  device.send('hello', { name: 'ann' });
  for (let i = 0; i < 100; i++) device.send('say', { line: 'x' });
  await world.run(3000);
  await judge(false);
  await world.run(5800);
  t.same(closes, []);
  await world.run(400);
  t.same(closes, ['auth-timeout'], 'ten seconds, and the three in which it was judged');

  const second = new Device(world.process('second').platform.net, 'tcp://127.0.0.1:1000', door);
  await world.run(1);
  second.send('hello', { name: 'bob' });
  for (let i = 0; i < 100; i++) second.send('say', { line: 'x' });
  await world.run(20_200);
  t.ok(second.isClosed, 'nor is it forgotten when nobody judges');
});

t.test('frames behind a login wait for it in order, heartbeats too', async t => {
  const { world, device, said, judge } = await serve(t);
  device.send('hello', { name: 'ann' });
  device.send('say', { line: 'one' });
  device.send('beat');
  device.send('say', { line: 'two' });
  await world.run(100);
  t.same(heard(device), []);
  t.same(said, []);
  await judge(true);
  t.same(heard(device), ['welcome', 'beatOk']);
  t.same(said, ['one', 'two']);
});

t.test('an answer that cannot be made of what came is left out, and its client stays', async t => {
  const protocol = await loadCode(modelOf(schema));
  const beat = protocol.up.find(m => m.name === 'beat') as { heartbeat?: object };
  const values = (): never => {
    throw new RangeError('no such item');
  };
  beat.heartbeat = { ...beat.heartbeat, reply: { message: 'beatOk', values } };
  const said: string[] = [];
  const closes: string[] = [];
  const { world: w } = await world(t, protocol, {
    onHello: () => accept(),
    onSay: (_: unknown, { line }: { line: string }) => said.push(line),
    onClose: (_: unknown, { code }: { code: string }) => closes.push(code),
  });
  const device = new Device(w.process('device').platform.net, 'tcp://127.0.0.1:1000', protocol);
  await w.run(1);
  device.send('hello', { name: 'ann' });
  device.send('beat');
  device.send('say', { line: 'one' });
  await w.run(100);
  t.same([heard(device), said, closes], [['welcome'], ['one'], []]);
});

t.test('after a refusal they are answered as the schema says, and the next login has its turn', async t => {
  const { world, device, asked, said, judge } = await serve(t);
  device.send('hello', { name: 'ann' });
  device.send('say', { line: 'one' });
  device.send('hello', { name: 'bob' });
  device.send('say', { line: 'two' });
  await world.run(100);
  t.same(asked, ['ann']);
  await judge(false);
  t.same(asked, ['ann', 'bob']);
  t.same(heard(device), ['refused', 'early']);
  t.same(said, []);
  await judge(true);
  t.same(heard(device), ['refused', 'early', 'welcome']);
  t.same(said, ['two']);
});

t.test('the last try ends the connection, and what waited behind it is dropped', async t => {
  const { world, device, said, closes, judge } = await serve(t);
  for (const name of ['a', 'b', 'c']) device.send('hello', { name });
  device.send('say', { line: 'one' });
  await world.run(100);
  for (let i = 0; i < 3; i++) await judge(false);
  await world.run(100);
  t.same(heard(device), ['refused', 'refused', 'refused']);
  t.same(said, []);
  t.same(closes, ['auth-failed refused 3 times']);
});

t.test('without a login a client may be known by its remote address', async t => {
  const nmea = await loadCode(shipped('nmea'));
  const uids: unknown[] = [];
  const events = { onConnect: (client: Client) => uids.push(client.uid) };
  const { world: land, running } = await world(t, nmea, events);
  const connect = (host: string) => new Device(land.process(host, host).platform.net, 'tcp://127.0.0.1:1000', nmea);
  const first = connect('10.0.0.1');
  connect('10.0.0.1');
  connect('10.0.0.2');
  await land.run(10);
  t.same(uids.sort(), ['10.0.0.1', '10.0.0.1', '10.0.0.2'], 'the port is another with each connection');
  t.equal(running.gateway!.tables.byUid.get('10.0.0.1')?.length, 2);
  first.close();
  await land.run(10);
  t.equal(running.gateway!.tables.byUid.get('10.0.0.1')?.length, 1);
});
