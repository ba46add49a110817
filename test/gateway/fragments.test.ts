/** Messages that come in parts: put together by the gateway, within the bounds of the schema. */
import t, { type Test } from 'tap';
import type { Protocol, ProtocolTypes } from '../../src/codec/index.js';
import { accept, type Client, defineApp, type Events, type Running, startAll } from '../../src/index.js';
import { World } from '../../src/testing/sim/index.js';
import { hexBytes, toHex } from '../support/bytes.js';
import { Device } from '../support/device.js';
import { loadCode, modelOf, shipped } from '../support/load.js';
import { MemoryLogger } from '../support/memory-logger.js';

const schema = `
wire: 1
protocol: { id: parts, version: 1.0.0 }
limits: { frame: 2KiB, list: 100 }
frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: attrs..sum }
    attrs: { bits: u8, fields: { split: 1, spare: 7 }, auto: { split: present(part) } }
    id: { type: u8, role: id }
    serial: { type: u16, role: serial }
    part: { if: attrs.split, fields: { total: u16, index: u16 } }
    body: body
    sum: { check: xor8, over: attrs..body }
fragments:
  when: attrs.split
  key: [id, serial - part.index + 1]
  index: part.index
  total: part.total
  join: body
  limits: { bytes: 1KiB, open: 2, ttl: 10s }
messages:
  hello: { dir: up, id: 0x01, fields: { name: str(*) }, auth: { identity: name, ok: welcome, early: early, within: 10s } }
  welcome: { dir: down, id: 0x81, fields: {} }
  early: { dir: down, id: 0x83, fields: {} }
  photo: { dir: up, id: 0x02, fields: { name: str(u8), data: bytes(*) }, reply: { send: ack, mode: after-handler } }
  ack: { dir: down, id: 0x82, fields: { to: { type: u16, from: request.serial } } }
  note: { dir: up, id: 0x03, fields: { line: str(*) } }
  read: { dir: down, id: 0x10, fields: {}, expects: { message: value, match: { to: serial }, within: 2s } }
  value: { dir: up, id: 0x11, fields: { to: u16, data: bytes(*) } }
unknown: { id: keep }
`;

const PHOTO = 0x02;
/** `a photo`, and twelve bytes. */
const body = hexBytes("07 'a photo' 01 02 03 04 05 06 07 08 09 0a 0b 0c");

/** The frame of one part. */
function part(id: number, serial: number, index: number, total: number, bytes: Uint8Array): Uint8Array {
  const covered = [0x80, id, serial >> 8, serial & 0xff, total >> 8, total & 0xff, index >> 8, index & 0xff, ...bytes];
  const size = covered.length + 1;
  return Uint8Array.of(
    size >> 8,
    size & 0xff,
    ...covered,
    covered.reduce((sum, byte) => sum ^ byte, 0),
  );
}

/** `bytes` in parts of at most `each`; the first has the serial number `serial`. */
function inParts(id: number, serial: number, bytes: Uint8Array, each: number): Uint8Array[] {
  const total = Math.ceil(bytes.length / each);
  return Array.from({ length: total }, (_, i) =>
    part(id, (serial + i) & 0xffff, i + 1, total, bytes.slice(i * each, (i + 1) * each)),
  );
}

interface Served {
  readonly world: World;
  readonly running: Running;
  readonly device: Device;
  readonly client: () => Client;
  readonly photos: string[];
  readonly notes: string[];
}

let parts: Protocol;
t.before(async () => {
  parts = await loadCode(modelOf(schema));
});

type Handlers = Record<string, (client: Client, message: Record<string, unknown>) => unknown>;

async function serveAny(t: Test, protocol: Protocol, events: Handlers): Promise<Omit<Served, 'photos' | 'notes'>> {
  const world = new World();
  let first: Client | undefined;
  const all: Handlers = {
    onConnect(client) {
      first = client;
    },
    ...events,
  };
  const app = defineApp({
    listeners: [
      { listen: 'tcp://127.0.0.1:1000', protocol, events: async () => all as unknown as Events<ProtocolTypes> },
    ],
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
  return { world, running, device, client: () => first! };
}

/** A device that has logged in. */
async function serve(t: Test, onPhoto?: () => Promise<void>): Promise<Served> {
  const photos: string[] = [];
  const notes: string[] = [];
  const served = await serveAny(t, parts, {
    onHello: () => accept(),
    onPhoto(_, { name, data }) {
      photos.push(`${name} ${toHex(data as Uint8Array)}`);
      return onPhoto?.();
    },
    onNote: (_, { line }) => notes.push(String(line)),
  });
  served.device.send('hello', { name: 'cam' });
  await served.world.run(10);
  return { ...served, photos, notes };
}

const acks = (device: Device): unknown[] => device.values('ack').map(v => v.to);
const whole = 'a photo 0102030405060708090a0b0c';

t.test('each part is acknowledged, and only the whole is handled', async t => {
  let settle = (): void => {};
  const { world, device, photos, running } = await serve(
    t,
    () =>
      new Promise(resolve => {
        settle = resolve;
      }),
  );
  const [one, two, three] = inParts(PHOTO, 10, body, 8);
  device.write(one!);
  await world.run(10);
  t.same(acks(device), [10], 'at once: a device may wait for it before it goes on');
  device.write(two!);
  device.write(three!);
  await world.run(10);
  t.same(photos, [whole]);
  t.same(acks(device), [10, 11], 'the last one waits for the handler, as the schema says');
  settle();
  await world.run(10);
  t.same(acks(device), [10, 11, 12]);
  t.match(running.gateway!.fragments, { joined: 1, duplicate: 0, expired: 0, oversize: 0, crowded: 0, changed: 0 });
});

t.test('in whatever order the parts come, between other messages', async t => {
  const { world, device, photos, notes } = await serve(t);
  const frames = inParts(PHOTO, 65_534, body, 8);
  const orders = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ];
  for (const order of orders) {
    for (const i of order) {
      device.write(frames[i]!);
      device.send('note', { line: `${i}` });
    }
    await world.run(10);
  }
  t.same(
    photos,
    orders.map(() => whole),
    'serial numbers that wrap around belong together',
  );
  t.same(notes, orders.flat().map(String));
  t.same(
    acks(device),
    orders.flat().map(i => [65_534, 65_535, 0][i]),
    'each frame is answered once, the last of a message too',
  );
});

t.test('a part that comes twice is acknowledged twice and kept once', async t => {
  const { world, device, photos, running } = await serve(t);
  const [one, two, three] = inParts(PHOTO, 10, body, 8);
  for (const frame of [one!, one!, two!, one!, three!]) device.write(frame);
  await world.run(10);
  t.same(photos, [whole]);
  t.same(acks(device), [10, 10, 11, 10, 12]);
  t.match(running.gateway!.fragments, { joined: 1, duplicate: 2 });
});

t.test('two messages may come at the same time', async t => {
  const { world, device, photos } = await serve(t);
  const other = hexBytes("07 'another' 21 22 23 24 25 26 27 28");
  const [a, b] = [inParts(PHOTO, 10, body, 8), inParts(PHOTO, 20, other, 8)];
  for (let i = 0; i < 3; i++) for (const frames of [a, b]) if (frames[i] !== undefined) device.write(frames[i]!);
  await world.run(10);
  t.same(photos, ['another 2122232425262728', whole]);
});

t.test('what is never completed is dropped when its time is over', async t => {
  const { world, device, photos, running } = await serve(t);
  const [one, two, three] = inParts(PHOTO, 10, body, 8);
  device.write(one!);
  await world.run(6000);
  device.write(two!);
  await world.run(4200);
  t.equal(running.gateway!.fragments.expired, 1, 'ten seconds after the first part');
  device.write(three!);
  await world.run(10);
  t.same(photos, []);
  device.write(one!);
  device.write(two!);
  await world.run(10);
  t.same(photos, [whole], 'sent again it is whole');
});

t.test('who begins too many messages loses the oldest', async t => {
  const { world, device, photos, running } = await serve(t);
  const [a, b, c] = [10, 20, 30].map(serial => inParts(PHOTO, serial, body, 8));
  for (const frames of [a!, b!, c!]) device.write(frames[0]!);
  for (const frames of [c!, b!]) for (const frame of frames.slice(1)) device.write(frame);
  await world.run(10);
  t.same(photos, [whole, whole]);
  t.match(running.gateway!.fragments, { joined: 2, crowded: 1 });
});

t.test('what grows too large is dropped, and not acknowledged', async t => {
  const { world, device, photos, running } = await serve(t);
  const large = new Uint8Array(1025).fill(0x61);
  large[0] = 1;
  for (const frame of inParts(PHOTO, 10, large, 600)) device.write(frame);
  await world.run(10);
  t.same(acks(device), [10]);
  for (const frame of inParts(PHOTO, 20, large.slice(1), 600)) device.write(frame);
  await world.run(10);
  t.equal(photos.length, 1, 'a kilobyte is what the schema allows');
  for (let i = 1; i <= 20; i++) device.write(part(PHOTO, 30 + i, i, 20, new Uint8Array(0)));
  await world.run(10);
  t.match(running.gateway!.fragments, { joined: 1, oversize: 2 }, 'nor are there parts without end that are empty');
});

t.test('parts that do not agree on how many they are begin anew', async t => {
  const { world, device, photos, running } = await serve(t);
  device.write(part(PHOTO, 10, 1, 5, hexBytes('01')));
  for (const frame of inParts(PHOTO, 10, body, 8)) device.write(frame);
  await world.run(10);
  t.same(photos, [whole]);
  t.match(running.gateway!.fragments, { joined: 1, changed: 1 });
});

t.test('a part that cannot be one is a bad frame', async t => {
  const { world, device, photos, running } = await serve(t);
  for (const [index, total] of [
    [0, 3],
    [4, 3],
    [1, 0],
  ] as const) {
    device.write(part(PHOTO, 10, index, total, body));
  }
  await world.run(10);
  t.same(photos, []);
  t.same(acks(device), []);
  t.match(running.gateway!.badFrames.last, [{ code: 'COUNT', field: 'fragments' }, {}, {}]);
});

t.test('one part of one is whole', async t => {
  const { world, device, photos, running } = await serve(t);
  device.write(part(PHOTO, 10, 1, 1, body));
  await world.run(10);
  t.same(photos, [whole]);
  t.same(acks(device), [10]);
  t.equal(running.gateway!.fragments.joined, 0);
});

t.test('before the login nothing is kept', async t => {
  const { world, device, running } = await serveAny(t, parts, {});
  for (const frame of inParts(PHOTO, 10, body, 8)) device.write(frame);
  await world.run(10);
  t.same(
    device.heard.map(h => h.message),
    ['early', 'early'],
    'the third cannot be read by itself',
  );
  t.equal(running.gateway!.clients[0]!.fragments, undefined);
});

t.test('an answer may come in parts', async t => {
  const { world, device, client } = await serve(t);
  const asking = client() as unknown as { request(name: string, fields: object): Promise<{ data: Uint8Array }> };
  const answer = asking.request('read', {});
  await world.run(10);
  const { serial } = device.values('read')[0]!;
  const data = hexBytes('01 02 03 04 05 06 07 08');
  for (const frame of inParts(0x11, 40, Uint8Array.of(Number(serial) >> 8, Number(serial), ...data), 4))
    device.write(frame);
  await world.run(10);
  const told = await Promise.race([answer, world.run(3000)]);
  t.equal(toHex((told as { data: Uint8Array }).data), '0102030405060708');
});

t.test('parts of what no message is come together too', async t => {
  const bodies: string[] = [];
  const { world, device } = await serveAny(t, parts, {
    onHello: () => accept(),
    onUnknown: (_, { id, body }) => bodies.push(`${id} ${toHex(body as Uint8Array)}`),
  });
  device.send('hello', { name: 'cam' });
  for (const frame of inParts(0x77, 10, hexBytes('01 02 03'), 1)) device.write(frame);
  await world.run(10);
  t.same(bodies, ['119 010203']);
});

t.test('when the client goes, what it has begun goes too', async t => {
  const { world, device, running } = await serve(t);
  device.write(inParts(PHOTO, 10, body, 8)[0]!);
  await world.run(10);
  const client = running.gateway!.clients[0]!;
  t.ok(client.fragments !== undefined && client.fragments.wheelSlot >= 0);
  device.close();
  await world.run(10);
  t.equal(client.fragments, undefined);
});

t.test('lists grow with each part', async t => {
  const nmea = await loadCode(shipped('nmea'));
  const seen: unknown[] = [];
  const { world, device, running } = await serveAny(t, nmea, {
    onGSV: (_, { index, inView, sats }) => seen.push([index, inView, (sats as { prn: number }[]).map(s => s.prn)]),
  });
  const lines = ['GPGSV,3,1,09,01,,,,02,,,,03,,,,04,,,', 'GPGSV,3,2,09,05,,,,06,,,,07,,,,08,,,', 'GPGSV,3,3,09,09,,,'];
  const frame = (line: string): Uint8Array => {
    const sum = [...line].reduce((sum, c) => sum ^ c.charCodeAt(0), 0);
    return new TextEncoder().encode(`$${line}*${sum.toString(16).padStart(2, '0').toUpperCase()}\r\n`);
  };
  for (const i of [0, 2, 1]) device.write(frame(lines[i]!));
  device.write(frame('GLGSV,1,1,01,65,,,'));
  await world.run(10);
  t.same(seen, [
    [2, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]],
    [1, 1, [65]],
  ]);
  t.equal(running.gateway!.fragments.joined, 1);
});

t.test('a photo of a vehicle terminal, with escapes, over a network that cuts everything', async t => {
  const jt808 = await loadCode(shipped('jt808'));
  const media: Record<string, unknown>[] = [];
  const { world, device } = await serveAny(t, jt808, {
    onAuth: () => accept(),
    onMedia: (_, message) => media.push(message),
  });
  world.network.weather = { ...world.network.weather, shreds: 1 };
  const phone = '13800138000';
  device.send('auth', { token: 'x', phone });
  await world.run(100);
  const head = hexBytes('00 00 00 07 00 00 00 01 00000000 00000002 01dc1300 073c2c40 0001 0000 0000 231114221320');
  const data = Uint8Array.from({ length: 2500 }, (_, i) => [0x7d, 0x7e, i & 0xff][i % 3]!);
  const body = Uint8Array.of(...head, ...data);
  const frames = [0, 1, 2].map(i => terminalFrame(0x0801, 50 + i, i + 1, 3, body.slice(i * 1000, (i + 1) * 1000)));
  for (const frame of frames) device.write(frame);
  await world.run(100);
  t.match(media, [{ media: 7, channel: 1, phone, part: { total: 3 } }]);
  t.equal(toHex(media[0]!.data as Uint8Array), toHex(data));
  t.equal(media[0]!.$warn, undefined, 'its size is that of no part');
  t.match(device.values('mediaAck').at(-1), { media: 7 });
});

/** A part as a terminal of 2013 sends it, with the number 013800138000. */
function terminalFrame(id: number, serial: number, index: number, total: number, body: Uint8Array): Uint8Array {
  const attrs = 0x2000 | body.length;
  const words = [total, index].flatMap(n => [n >> 8, n & 0xff]);
  const phone = hexBytes('01 38 00 13 80 00');
  const plain = [id >> 8, id & 0xff, attrs >> 8, attrs & 0xff, ...phone, serial >> 8, serial & 0xff, ...words, ...body];
  plain.push(plain.reduce((sum, byte) => sum ^ byte, 0));
  const escaped = plain.flatMap(byte => (byte === 0x7d ? [0x7d, 0x01] : byte === 0x7e ? [0x7d, 0x02] : [byte]));
  return Uint8Array.of(0x7e, ...escaped, 0x7e);
}
