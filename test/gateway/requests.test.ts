/** Asking clients and waiting for their answers, in a world with its own time. */
import t, { type Test } from 'tap';
import { connect } from '../../src/client/index.js';
import type { Protocol, ProtocolTypes } from '../../src/codec/index.js';
import {
  accept,
  type Client,
  defineApp,
  type Events,
  FramegateError,
  RequestRefused,
  type Running,
  startAll,
  startGateway,
  startRegister,
  startWorker,
  type Worker,
} from '../../src/index.js';
import { realNet } from '../../src/net/index.js';
import { World } from '../../src/testing/sim/index.js';
import { Device } from '../support/device.js';
import { loadCode, modelOf, shipped } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';
import { until } from '../support/wait.js';

const schema = `
wire: 1
protocol: { id: asked, version: 1.0.0 }
limits: { frame: 16KiB }
frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
    serial: { type: u16, role: serial }
    body: body
messages:
  hello: { dir: up, id: 0x01, fields: { name: str(*) }, auth: { identity: name, ok: welcome, within: 10s } }
  welcome: { dir: down, id: 0x81, fields: {} }
  say: { dir: up, id: 0x02, fields: { line: str(*) } }
  bulk: { dir: up, id: 0x03, fields: { data: bytes(*) } }
  read: { dir: down, id: 0x10, fields: { at: u8 }, expects: { message: [value, fault], match: { to: serial }, within: 2s, retries: 2 } }
  value: { dir: up, id: 0x11, fields: { to: u16, n: u32 } }
  fault: { dir: up, id: 0x12, fields: { to: u16, code: u8 }, error: true }
  locate: { dir: down, id: 0x13, fields: {}, expects: { message: place, within: 1s } }
  place: { dir: up, id: 0x14, fields: { x: u8 } }
  offer: { dir: down, id: 0x15, fields: { key: u8 }, expects: { message: [taken, left], match: { key: key }, within: 1s, retries: 1 } }
  taken: { dir: up, id: 0x16, fields: { key: u8 }, reply: { send: thanks, mode: auto } }
  left: { dir: up, id: 0x17, fields: { key: u8, why: str(*) } }
  thanks: { dir: down, id: 0x86, fields: {} }
  list: { dir: down, id: 0x18, fields: {}, expects: { message: page, match: { to: serial }, within: 2s } }
  page:
    dir: up
    id: 0x19
    fields: { to: u16, total: u8, index: u8, items: u16(*) }
    fragments: { key: to, index: index, total: total, join: items, limits: { open: 4, ttl: 5s } }
    reply: { send: more, mode: auto }
  more: { dir: down, id: 0x87, fields: { to: { type: u16, from: request.to }, index: { type: u8, from: request.index } } }
`;

type Any = Client<ProtocolTypes> & {
  send(name: string, fields: object): void;
  request(name: string, fields: object, options?: object): Promise<Record<string, unknown>>;
};
type AnyWorker = Worker<ProtocolTypes> & {
  request(id: string, name: string, fields: object, options?: object): Promise<Record<string, unknown>>;
};
type Handlers = Record<string, (client: Any, message: Record<string, unknown>) => unknown>;

interface Served {
  readonly world: World;
  readonly running: Running;
  /** Of the first client. */
  readonly client: () => Any;
  readonly device: Device;
  /** What happened, in order. */
  readonly log: string[];
}

let protocol: Protocol;
t.before(async () => {
  protocol = await loadCode(modelOf(schema));
});

/** One process with everything, and a device that has logged in. */
async function serve(t: Test, handlers: Handlers = {}, spoken = protocol): Promise<Served> {
  const world = new World();
  const log: string[] = [];
  let first: Any | undefined;
  const events: Handlers = {
    onConnect(client) {
      first = client;
    },
    ...(spoken === protocol ? { onHello: () => accept() } : {}),
    onClose: () => log.push('close'),
    ...handlers,
  };
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:1000', protocol: spoken, events: async () => events as Events<ProtocolTypes> },
    ],
  });
  const server = world.process('server');
  world.play();
  const running = await startAll(app, { platform: server.platform, logger: new MemoryLogger() });
  world.halt();
  t.teardown(async () => {
    const stopped = running.stop();
    // Handlers that never settle are waited for.
    await world.run(30_000);
    await stopped;
  });
  const device = new Device(world.process('device').platform.net, 'tcp://127.0.0.1:1000', spoken);
  await world.run(1);
  if (spoken === protocol) {
    device.send('hello', { name: 'dev' });
    await world.until(() => device.values('welcome').length === 1, 1000);
  }
  return { world, running, client: () => first!, device, log };
}

/** How a promise ends, once it does. */
function outcome(promise: Promise<unknown>): { is: unknown } {
  const result: { is: unknown } = { is: 'pending' };
  promise.then(
    value => {
      result.is = value;
    },
    (error: unknown) => {
      result.is = error instanceof FramegateError ? error.code : error;
    },
  );
  return result;
}

const serials = (device: Device, name: string): unknown[] => device.values(name).map(v => v.serial);

t.test('a request resolves to its answer', async t => {
  const { world, client, device, log } = await serve(t, { onValue: () => log.push('an event') });
  device.onHeard = ({ value }) => device.send('value', { to: value.serial, n: Number(value.at) * 100 });
  const got = outcome(client().request('read', { at: 7 }));
  await world.run(10);
  t.match(got.is, { n: 700 });
  t.same(log, [], 'the answer is no event');
});

t.test('the answer overtakes what else the client has said', async t => {
  const log: string[] = [];
  const { world, device } = await serve(t, {
    async onSay(client, { line }) {
      log.push(`begin ${line}`);
      if (line === 'one') log.push(`got ${(await client.request('read', { at: 1 })).n}`);
      log.push(`end ${line}`);
    },
  });
  device.onHeard = ({ value }) => device.send('value', { to: value.serial, n: 5 });
  for (const line of ['one', 'two', 'three']) device.send('say', { line });
  await world.run(10);
  t.same(log, ['begin one', 'got 5', 'end one', 'begin two', 'end two', 'begin three', 'end three']);
});

t.test('several requests wait at once, and each gets its own answer, whatever the order', async t => {
  const { world, client, device } = await serve(t);
  const got = [1, 2, 3].map(at => outcome(client().request('read', { at })));
  const offered = outcome(client().request('offer', { key: 9 }));
  const placed = outcome(client().request('locate', {}));
  await world.run(10);
  device.send('place', { x: 4 });
  for (const { at, serial } of device.values('read').reverse())
    device.send('value', { to: serial, n: Number(at) * 10 });
  device.send('left', { key: 9, why: 'no room' });
  await world.run(10);
  t.match(
    got.map(g => g.is),
    [{ n: 10 }, { n: 20 }, { n: 30 }],
  );
  t.match(offered.is, { name: 'left', value: { key: 9, why: 'no room' } }, 'of several answers the name is said');
  t.match(placed.is, { x: 4 });
});

t.test('an error answer rejects with what it says', async t => {
  const { world, client, device } = await serve(t);
  device.onHeard = ({ value }) => device.send('fault', { to: value.serial, code: 3 });
  const caught = client()
    .request('read', { at: 1 })
    .catch((error: unknown) => error);
  await world.run(10);
  const error = (await caught) as RequestRefused;
  t.ok(error instanceof RequestRefused && error instanceof FramegateError);
  t.equal(error.code, 'FG_REFUSED');
  t.match(error.answer, { name: 'fault', value: { code: 3 } });
  t.equal(error.message, '"read" was answered with "fault"');
});

t.test('without an answer it is sent again, with the same serial number, and then rejected', async t => {
  const { world, client, device, running, log } = await serve(t, { onValue: () => log.push('an event') });
  const caught = client()
    .request('read', { at: 1 })
    .catch((error: unknown) => error);
  await world.run(1900);
  t.equal(device.values('read').length, 1);
  await world.run(2000);
  t.equal(device.values('read').length, 2);
  await world.run(2300);
  t.equal(((await caught) as Error).message, '"read" was not answered within 2000 ms, sent 3 times');
  t.same(serials(device, 'read'), [2, 2, 2], 'the login was answered with number 1');
  device.send('value', { to: 2, n: 1 });
  await world.run(10);
  t.same(log, [], 'a late answer is no event');
  t.same(running.gateway!.answers, { late: 1, duplicate: 0 });
});

t.test('timeout and retries may be given with the request', async t => {
  const { world, client, device } = await serve(t);
  const got = outcome(client().request('read', { at: 1 }, { timeout: 300, retries: 0 }));
  await world.run(290);
  t.equal(got.is, 'pending');
  await world.run(150);
  t.equal(got.is, 'FG_TIMEOUT');
  t.equal(device.values('read').length, 1);
});

t.test('a second answer to one request is counted and dropped', async t => {
  const { world, client, device, running, log } = await serve(t, { onTaken: () => log.push('an event') });
  const got = outcome(client().request('offer', { key: 1 }));
  await world.run(1100);
  t.equal(device.values('offer').length, 2, 'sent twice');
  t.not(serials(device, 'offer')[0], serials(device, 'offer')[1], 'nothing is matched by the serial number');
  device.send('taken', { key: 1 });
  device.send('taken', { key: 1 });
  await world.run(10);
  t.match(got.is, { name: 'taken' });
  t.same(running.gateway!.answers, { late: 0, duplicate: 1 });
  t.equal(device.values('thanks').length, 2, 'each has its declared reply');
  const again = outcome(client().request('offer', { key: 1 }));
  await world.run(10);
  device.send('taken', { key: 1 });
  await world.run(10);
  t.match(again.is, { name: 'taken' }, 'the same once more is another request');
  t.same(log, []);
});

t.test('what nobody has asked for is an event, even while something else is asked', async t => {
  const seen: unknown[] = [];
  const { world, client, device } = await serve(t, {
    onValue: (_, { to, n }) => seen.push([to, n]),
    onPlace: (_, { x }) => seen.push(x),
  });
  device.send('value', { to: 40, n: 1 });
  device.send('place', { x: 1 });
  await world.run(10);
  const got = outcome(client().request('read', { at: 1 }));
  await world.run(10);
  device.send('value', { to: 41, n: 2 });
  await world.run(10);
  t.same(seen, [[40, 1], 1, [41, 2]]);
  t.equal(got.is, 'pending');
});

t.test('answers without a field to match by belong to the oldest request', async t => {
  const { world, client, device, running } = await serve(t);
  const got = [0, 1].map(() => outcome(client().request('locate', {})));
  await world.run(10);
  device.send('place', { x: 1 });
  device.send('place', { x: 2 });
  await world.run(10);
  t.match(
    got.map(g => g.is),
    [{ x: 1 }, { x: 2 }],
  );
  const late = outcome(client().request('locate', {}));
  await world.run(1200);
  t.equal(late.is, 'FG_TIMEOUT');
  device.send('place', { x: 3 });
  await world.run(10);
  t.same(running.gateway!.answers, { late: 1, duplicate: 0 });
});

t.test('when the client goes, its requests reject before onClose', async t => {
  const { world, client, device, log } = await serve(t, {
    async onSay(client) {
      await client.request('read', { at: 1 }).catch((error: FramegateError) => log.push(`inside: ${error.message}`));
    },
    onClose: () => log.push('close'),
  });
  client()
    .request('read', { at: 2 })
    .catch((error: FramegateError) => log.push(`outside: ${error.code}`));
  device.send('say', { line: 'x' });
  await world.run(10);
  client().close();
  await world.run(10);
  t.same(log, ['outside: FG_CLOSED', 'inside: "read" was not answered: the client is gone (server-closed)', 'close']);
  const gone = outcome(client().request('read', { at: 3 }));
  await world.run(10);
  t.equal(gone.is, 'FG_CLOSED', 'who is offline is not asked');
});

t.test('onClose waits for those who asked from outside of the client’s handlers too', async t => {
  const { world, client, device, log } = await serve(t);
  client()
    .request('read', { at: 2 })
    .catch(() => log.push('rejected'));
  await world.run(10);
  device.close();
  await world.run(10);
  t.same(log, ['rejected', 'close']);
});

t.test('a client that has ended its side answers no more', async t => {
  const { world, client, device } = await serve(t);
  const got = outcome(client().request('read', { at: 1 }));
  await world.run(10);
  device.end();
  await world.run(10);
  t.equal(got.is, 'FG_CLOSED');
});

t.test('the gateway reads beyond the window for an answer, to 256 KiB and no further', async t => {
  const results: unknown[] = [];
  let release = (): void => {};
  const { world, client, device } = await serve(t, {
    async onSay(client) {
      const got = outcome(client.request('read', { at: 1 }, { timeout: 60_000 }));
      await new Promise<void>(resolve => {
        release = resolve;
      });
      results.push(got.is);
    },
  });
  const data = new Uint8Array(4000);
  // Behind more events than the window has, and more bytes.
  device.send('say', { line: 'one' });
  await world.run(10);
  for (let i = 0; i < 63; i++) device.send('bulk', { data });
  device.send('value', { to: 2, n: 8 });
  await world.run(10);
  release();
  await world.run(10);
  t.match(results, [{ n: 8 }]);

  device.send('say', { line: 'two' });
  await world.run(10);
  for (let i = 0; i < 300; i++) device.send('bulk', { data });
  device.send('value', { to: 3, n: 9 });
  await world.run(10);
  const refused = outcome(client().request('read', { at: 1 }));
  await world.run(10);
  t.equal(refused.is, 'FG_BACKPRESSURE', 'nor is anything else sent then');
  release();
  await world.run(10);
  t.equal(results[1], 'FG_BACKPRESSURE');
  device.onHeard = ({ value }) => device.send('value', { to: value.serial, n: 10 });
  const after = outcome(client().request('read', { at: 1 }));
  await world.run(10);
  t.match(after.is, { n: 10 }, 'once the handlers have caught up it can be asked again');
});

t.test('at most 64 requests wait for one client', async t => {
  const { world, client, device } = await serve(t);
  const got = Array.from({ length: 65 }, (_, at) => outcome(client().request('read', { at })));
  await world.run(10);
  t.same(
    got.map(g => g.is),
    [...Array(64).fill('pending'), 'FG_BUSY'],
  );
  t.equal(device.values('read').length, 64);
});

t.test('a handler that judges a login may ask the client', async t => {
  const { world, device } = await serve(t, {
    async onHello(client, { name }) {
      if (name === 'dev') return accept();
      return accept({}, { uid: `${name}-${(await client.request('read', { at: 1 })).n}` });
    },
    onSay: (client, { line }) => client.send('offer', { key: client.uid === 'ann-6' && line === 'hi' ? 1 : 0 }),
  });
  device.close();
  const second = new Device(world.process('second').platform.net, 'tcp://127.0.0.1:1000', protocol);
  second.send('hello', { name: 'ann' });
  second.send('say', { line: 'hi' });
  second.onHeard = ({ message, value }) => {
    if (message === 'read') second.send('value', { to: value.serial, n: 6 });
  };
  await world.run(20);
  t.match(second.heard, [{ message: 'read' }, { message: 'welcome' }, { message: 'offer', value: { key: 1 } }]);
});

t.test('what cannot be asked is said at once', async t => {
  const { world, client } = await serve(t);
  const message = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'answered',
      (error: Error) => error.message,
    );
  t.match(await message(client().request('nothing', {})), /has no message "nothing"/);
  t.equal(
    await message(client().request('welcome', {})),
    'The protocol expects no answer to "welcome"; send it, or declare expects',
  );
  t.match(await message(client().request('read', { at: 999 })), /Cannot encode "at"/);
  t.match(await message(client().request('read', { at: 1 }, { timeout: 0 })), /^timeout is 0; it is milliseconds/);
  t.match(await message(client().request('read', { at: 1 }, { timeout: '5' })), /^timeout is the text "5"; it is/);
  t.match(await message(client().request('read', { at: 1 }, { retries: 1.5 })), /^retries is 1.5; it is a whole/);
  const { worker } = client() as unknown as { worker: AnyWorker };
  t.equal(await message(worker.request('nobody', 'read', { at: 1 })), '"read" was not sent: the client is gone');
  await world.run(1);
});

t.test('who has lost interest can say so', async t => {
  const { world, client, device, running } = await serve(t);
  const aborting = new AbortController();
  const got = outcome(client().request('read', { at: 1 }, { signal: aborting.signal }));
  await world.run(10);
  aborting.abort('enough');
  await world.run(10);
  t.equal(got.is, 'enough');
  device.send('value', { to: 2, n: 1 });
  await world.run(5000);
  t.same(running.gateway!.answers, { late: 1, duplicate: 0 });
  t.equal(device.values('read').length, 1, 'nor is it sent again');
  const never = outcome(client().request('read', { at: 1 }, { signal: AbortSignal.abort('before') }));
  await world.run(10);
  t.equal(never.is, 'before');
  t.equal(device.values('read').length, 1);
});

t.test('an answer may need its request to be understood', async t => {
  const modbus = await loadCode(shipped('modbus-tcp'));
  const { world, client, device } = await serve(t, { onDtuHello: () => accept() }, modbus);
  device.send('dtuHello', { id: 'DTU-1' });
  await world.run(300);
  const coils = outcome(client().request('readCoils', { unit: 1, addr: 0, qty: 3 }));
  const wrong = client()
    .request('readHolding', { unit: 1, addr: 0, qty: 2 })
    .catch((error: unknown) => error);
  const refused = outcome(client().request('readInputs', { unit: 1, addr: 0, qty: 3 }));
  await world.run(10);
  const [first, second, third] = device.heard.map(h => h.value.tid);
  device.send('coils', { tid: first, unit: 1, bits: [true, false, true, false, false, false, false, false] });
  device.send('holding', { tid: second, unit: 1, regs: [1] });
  device.send('fault', { tid: third, unit: 1, base: 2, fault: 'badAddress' });
  await world.run(10);
  t.match(coils.is, { bits: [true, false, true] });
  t.equal((coils.is as { bits: unknown[] }).bits.length, 3, 'how many there are is known to the request alone');
  t.match(await wrong, { code: 'FG_BAD_ANSWER' });
  t.equal(refused.is, 'FG_REFUSED');
});

t.test('an answer that comes as several messages is one list', async t => {
  const log: string[] = [];
  const onPage: Handlers[string] = (_, { items }) => log.push(`event ${items}`);
  const { world, client, device } = await serve(t, { onPage });
  const got = [outcome(client().request('list', {})), outcome(client().request('list', {}))];
  await world.run(10);
  const [one, two] = serials(device, 'list');
  const page = (to: unknown, index: number, total: number, items: number[]) =>
    device.send('page', { to, total, index, items });
  page(two, 1, 2, [21, 22]);
  page(one, 3, 3, [15]);
  page(one, 1, 3, [11, 12]);
  page(two, 2, 2, [23]);
  // Nobody has asked for these.
  page(999, 1, 2, [91]);
  page(999, 2, 2, [92]);
  await world.run(10);
  t.match(got[1]!.is, { to: two, items: [21, 22, 23] });
  t.equal(got[0]!.is, 'pending');
  t.same(log, ['event 91,92']);
  page(one, 2, 3, [13, 14]);
  await world.run(10);
  t.match(got[0]!.is, { to: one, index: 2, items: [11, 12, 13, 14, 15] });
  t.same(
    device.values('more').map(({ to, index }) => [to, index]),
    [
      [two, 1],
      [one, 3],
      [one, 1],
      [two, 2],
      [999, 1],
      [999, 2],
      [one, 2],
    ],
    'each part is replied to, once',
  );
});

t.test('an answer of one part is an answer, and one that comes again is counted', async t => {
  const { world, client, device, running, log } = await serve(t, { onPage: () => log.push('an event') });
  const got = outcome(client().request('list', {}));
  await world.run(10);
  const [to] = serials(device, 'list');
  device.send('page', { to, total: 1, index: 1, items: [7] });
  await world.run(10);
  t.match(got.is, { items: [7] });
  for (const index of [1, 2]) device.send('page', { to, total: 2, index, items: [index] });
  await world.run(10);
  t.same(running.gateway!.answers, { late: 0, duplicate: 1 });
  t.same(log, []);
});

t.test('parts that never become whole do not make an answer, and time goes on', async t => {
  const { world, client, device, running } = await serve(t);
  const got = outcome(client().request('list', {}));
  await world.run(10);
  const [to] = serials(device, 'list');
  device.send('page', { to, total: 2, index: 1, items: [1] });
  await world.run(2500);
  t.equal(got.is, 'FG_TIMEOUT');
  device.send('page', { to, total: 2, index: 2, items: [2] });
  await world.run(10);
  t.same(running.gateway!.answers, { late: 1, duplicate: 0 });
});

t.test('an answer in parts overtakes the client’s other messages, also while it logs in', async t => {
  const log: string[] = [];
  const { world, device, client } = await serve(t, {
    onHello: async (c, { name }) => {
      if (name === 'dev') return accept();
      const { items } = await c.request('list', {});
      log.push(`judged by ${items}`);
      return accept();
    },
    onSay: (_, { line }) => log.push(String(line)),
    onPage: (_, { items }) => log.push(`event ${items}`),
  });
  device.send('hello', { name: 'again' });
  await world.run(10);
  device.send('say', { line: 'behind' });
  const [to] = serials(device, 'list');
  for (const index of [1, 2]) device.send('page', { to, total: 2, index, items: [index] });
  await world.run(10);
  t.same(log, ['judged by 1,2', 'behind']);
  t.ok(client().uid);
});

t.test('what was awaited and answers nothing waits behind the login as all else does', async t => {
  const log: string[] = [];
  const world = new World();
  const events: Handlers = {
    onHello: async c => {
      log.push('asked');
      await c.request('list', {});
      log.push('judged');
      return accept();
    },
    onSay: (_, { line }) => log.push(String(line)),
    onPage: (_, { items }) => log.push(`event ${items}`),
  };
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:1000', protocol, events: async () => events as Events<ProtocolTypes> }],
  });
  world.play();
  const running = await startAll(app, { platform: world.process('server').platform, logger: new MemoryLogger() });
  world.halt();
  t.teardown(async () => {
    const stopped = running.stop();
    await world.run(30_000);
    await stopped;
  });
  const device = new Device(world.process('device').platform.net, 'tcp://127.0.0.1:1000', protocol);
  await world.run(1);
  device.send('hello', { name: 'ann' });
  await world.until(() => log.length === 1, 1000);
  await world.run(10);
  const [to] = serials(device, 'list');
  device.send('say', { line: 'first' });
  for (const index of [1, 2]) device.send('page', { to: 999, total: 2, index, items: [index] });
  device.send('say', { line: 'last' });
  await world.run(10);
  t.same(log, ['asked']);
  for (const index of [1, 2]) device.send('page', { to, total: 2, index, items: [] });
  await world.run(10);
  t.same(log, ['asked', 'judged', 'first', 'event 1,2', 'last']);
});

t.test('between processes', async t => {
  const world = new World();
  world.play();
  const clients = new Map<string, Any>();
  const workers: AnyWorker[] = [];
  const closes: string[] = [];
  const events: Handlers = {
    onWorkerStart: worker => workers.push(worker as unknown as AnyWorker),
    onHello(client, { name }) {
      clients.set(String(name), client);
      return accept();
    },
    onClose: client => closes.push(String(client.uid)),
  };
  const app = defineApp({
    listeners: [{ listen: 'tcp://127.0.0.1:1000', protocol, events: async () => events as Events<ProtocolTypes> }],
    register: 'tcp://127.0.0.1:1236',
  });
  const logger = new MemoryLogger();
  const start = (name: string, role: typeof startGateway) =>
    role(app, { platform: world.process(name).platform, logger });
  const running = [
    await start('register', startRegister as typeof startGateway),
    await start('gateway', startGateway),
    await start('one', startWorker),
    await start('two', startWorker),
  ];
  t.teardown(async () => {
    world.play();
    for (const role of running.reverse()) await role.stop();
    world.halt();
  });
  world.halt();
  await world.run(2000);
  const device = new Device(world.process('device').platform.net, 'tcp://127.0.0.1:1000', protocol);
  device.send('hello', { name: 'ann' });
  t.ok(await world.until(() => clients.has('ann'), 5000));
  const { id } = clients.get('ann')!;
  await world.until(() => device.values('welcome').length === 1, 1000);

  t.test('any worker asks by client id', async t => {
    device.onHeard = ({ value }) => device.send('value', { to: value.serial, n: Number(value.at) });
    const got = workers.map((worker, at) => outcome(worker.request(id, 'read', { at })));
    await world.run(10);
    t.match(
      got.map(g => g.is),
      [{ n: 0 }, { n: 1 }],
    );
    device.onHeard = () => {};
  });

  t.test('a lost gateway rejects what it was asked', async t => {
    const got = workers.map((worker, at) => outcome(worker.request(id, 'read', { at })));
    await world.run(10);
    for (const worker of running.slice(2)) {
      for (const peer of worker.worker!.gateways.ready()) peer.link.destroy('on purpose');
    }
    await world.run(10);
    t.same(
      got.map(g => g.is),
      ['FG_UNREACHABLE', 'FG_UNREACHABLE'],
    );
    device.send('value', { to: device.values('read').at(-1)!.serial, n: 1 });
    await world.run(1000);
    t.equal(running[1]!.gateway!.answers.late, 1);
    t.same(closes, []);
  });
});

t.test('over real sockets, from a worker that does not have the client', async t => {
  const events: Handlers = { onHello: () => accept() };
  const workers: AnyWorker[] = [];
  const app = defineApp({
    listeners: [
      {
        listen: 'tcp://127.0.0.1:0',
        protocol,
        events: async () =>
          ({
            ...events,
            onWorkerStart: (worker: unknown) => workers.push(worker as AnyWorker),
          }) as unknown as Events<ProtocolTypes>,
      },
    ],
  });
  const logger = new MemoryLogger();
  const register = await startRegister(app, { logger, register: 'tcp://127.0.0.1:0' });
  const gateway = await startGateway(app, { logger, register: register.inner });
  const one = await startWorker(app, { logger, register: register.inner });
  const two = await startWorker(app, { logger, register: register.inner });
  t.teardown(async () => {
    for (const role of [two, one, gateway, register]) await role.stop();
  });
  await Promise.all([one.ready, two.ready]);
  const device = new Device(realNet, gateway.listening[0]!.address, protocol);
  t.teardown(() => device.close());
  device.onHeard = ({ message, value }) => {
    if (message === 'read') device.send('value', { to: value.serial, n: Number(value.at) });
  };
  device.send('hello', { name: 'ann' });
  await until(() => device.values('welcome').length === 1, 'the welcome');
  const id = (await workers[0]!.getAllClientIds()).value[0]!;
  t.match(await Promise.all(workers.map((worker, at) => worker.request(id, 'read', { at }))), [{ n: 0 }, { n: 1 }]);
});

t.test('programs beside the workers ask clients of any gateway', async t => {
  const app = defineApp({
    listeners: [
      {
        listen: 'tcp://127.0.0.1:0',
        protocol,
        events: async () => ({ onHello: () => accept() }) as unknown as Events<ProtocolTypes>,
      },
    ],
  });
  const logger = new MemoryLogger();
  const { inner: register } = await startRegister(app, { logger, register: 'tcp://127.0.0.1:0' }).then(keep);
  const gateways = [await startGateway(app, { logger, register }), await startGateway(app, { logger, register })];
  for (const gateway of gateways) keep(gateway);
  const worker = keep(await startWorker(app, { logger, register }));
  await worker.ready;
  await until(() => worker.worker!.links === 2, 'both links');
  function keep(role: Running): Running {
    t.teardown(() => role.stop());
    return role;
  }
  const open = async (role: 'pusher' | 'reader') => {
    const connection = await connect({ register, role, logger });
    t.teardown(() => connection.close());
    return { connection, calls: connection.use(protocol) as unknown as AnyWorker };
  };
  const devices = gateways.map(({ listening }) => new Device(realNet, listening[0]!.address, protocol));
  for (const [i, device] of devices.entries()) {
    t.teardown(() => device.close());
    device.onHeard = ({ message, value }) => {
      if (message === 'read' && value.at !== 255)
        device.send('value', { to: value.serial, n: i * 1000 + Number(value.at) });
      if (message !== 'list') return;
      for (const index of [2, 1]) device.send('page', { to: value.serial, total: 2, index, items: [i, index] });
    };
    device.send('hello', { name: `dev${i}` });
  }
  await until(() => devices.every(d => d.values('welcome').length === 1), 'both welcomes');
  const ids = gateways.map(({ gateway }) => [...gateway!.tables.byId.keys()][0]!);
  const [one, two] = [await open('pusher'), await open('pusher')];

  await t.test('each gets what it asked for, whoever else asks at the same time', async t => {
    const asked = [one, two].flatMap(({ calls }, p) =>
      ids.map((id, i) => calls.request(id, 'read', { at: p * 10 + i })),
    );
    t.match(await Promise.all(asked), [{ n: 0 }, { n: 1001 }, { n: 10 }, { n: 1011 }]);
    const lists = await Promise.all(ids.map(id => one.calls.request(id, 'list', {})));
    t.same(
      lists.map(({ items }) => items),
      [
        [0, 1, 0, 2],
        [1, 1, 1, 2],
      ],
    );
  });

  await t.test('what cannot be asked is told by its reason', async t => {
    await t.rejects(one.calls.request(`${ids[0]!.slice(0, 22)}${'A'.repeat(16)}`, 'read', { at: 1 }), {
      code: 'FG_CLOSED',
      message: '"read" was not sent: the client is gone',
    });
    await t.rejects(one.calls.request('0'.repeat(38), 'read', { at: 1 }), {
      code: 'FG_UNREACHABLE',
      message: 'Not all gateways are known yet',
    });
    await t.rejects(one.calls.request(ids[0]!, 'thanks', {}), { code: 'FG_REQUEST' });
    await t.rejects(one.calls.request(ids[0]!, 'read', { at: 255 }, { timeout: 30, retries: 1 }), {
      code: 'FG_TIMEOUT',
      message: '"read" was not answered within 30 ms, sent 2 times',
    });
    const reader = await open('reader');
    await t.rejects(reader.calls.request(ids[0]!, 'read', { at: 1 }), { code: 'FG_FORBIDDEN' });
  });

  await t.test('who leaves takes its questions along, and nobody else’s', async t => {
    const left = one.calls.request(ids[1]!, 'read', { at: 255 }).catch((error: FramegateError) => error.code);
    const stays = two.calls.request(ids[1]!, 'read', { at: 255 });
    const asked = () => devices[1]!.values('read').filter(({ at }) => at === 255);
    await until(() => asked().length === 2, 'both to be asked');
    await one.connection.close();
    t.equal(await left, 'FG_UNREACHABLE');
    const [first, second] = asked();
    const { gateway } = gateways[1]!;
    for (const { serial } of [first!, second!]) devices[1]!.send('value', { to: serial, n: 5 });
    t.match(await stays, { n: 5 });
    t.equal(gateway!.answers.late, 1);
  });

  await t.test('a gateway that goes rejects what its clients were asked, and the others answer', async t => {
    const lost = two.calls.request(ids[0]!, 'read', { at: 255 }).catch((error: FramegateError) => error.code);
    await until(() => devices[0]!.values('read').some(({ at }) => at === 255), 'the question');
    for (const peer of gateways[0]!.gateway!.peers) peer.link.destroy('on purpose');
    t.equal(await lost, 'FG_UNREACHABLE');
    t.match(await two.calls.request(ids[1]!, 'read', { at: 7 }), { n: 1007 });
    await until(() => two.connection.gateways.every(g => g.linked), 'the link to be made anew');
    t.match(await two.calls.request(ids[0]!, 'read', { at: 7 }), { n: 7 });
  });
});
