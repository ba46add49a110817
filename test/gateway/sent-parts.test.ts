/** Messages that are longer than a frame: cut when they are sent, and whole again for who takes them. */
import fc from 'fast-check';
import t, { type Test } from 'tap';
import {
  ConnContext,
  type Decoded,
  EncodeError,
  type MessageValue,
  PartJoiner,
  type Protocol,
  type ProtocolTypes,
  Writer,
} from '../../src/codec/index.js';
import { accept, type Client, defineApp, type Events } from '../../src/index.js';
import { testApp } from '../../src/testing/index.js';
import { toHex } from '../support/bytes.js';
import { loadCode, modelOf, shipped } from '../support/load.js';

const schema = (fragments: string, limit = '64') => `
wire: 1
protocol: { id: parts, version: 1.0.0 }
limits: { frame: ${limit}, list: 100, string: 2000 }
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
${fragments}
messages:
  hello: { dir: up, id: 0x01, fields: { name: str(*) }, auth: { identity: name, ok: welcome, within: 10s } }
  welcome: { dir: down, id: 0x81, fields: {} }
  done: { dir: up, id: 0x02, fields: { to: u16, of: u8, ok: bool } }
  show:
    { dir: down, id: 0x82, fields: { line: str(*) }, expects: { message: done, match: { to: serial, of: id }, within: 5s } }
  short: { dir: down, id: 0x83, fields: { n: u8 } }
  file: { dir: up, id: 0x03, fields: { data: bytes(*) } }
  log: { dir: down, id: 0x84, fields: { kind: u8, line: str(*) }, rules: ["kind < 5", "size < 40"] }
`;

const FRAGMENTS = `fragments:
  when: attrs.split
  key: [id, serial - part.index + 1]
  index: part.index
  total: part.total
  join: body
  limits: { bytes: 1KiB }`;

let parts: Protocol;
let jt808: Protocol;
t.before(async () => {
  parts = await loadCode(modelOf(schema(FRAGMENTS)));
  jt808 = await loadCode(shipped('jt808'));
});

const down = (protocol: Protocol, name: string) => protocol.down.find(m => m.name === name)!;

function connection(protocol: Protocol, serial = 0, v2019 = 0): ConnContext {
  const conn = new ConnContext();
  conn.serial = serial;
  if (protocol.id === 'jt808') {
    conn.identity = '13800138000';
    conn.learn('v2019', v2019);
  }
  return conn;
}

interface Read {
  readonly values: Decoded[];
  readonly serials: number[];
  /** Bytes of each frame, without what delimits it. */
  readonly sizes: number[];
}

/** What a client makes of these bytes. */
function read(protocol: Protocol, wire: Uint8Array, conn = new ConnContext()): Read {
  const joiner = new PartJoiner(protocol);
  const done: Read = { values: [], serials: [], sizes: [] };
  const sink = {
    frame(b: Uint8Array, start: number, end: number): boolean {
      const index = protocol.classify('down', b, start, end, conn);
      done.sizes.push(end - start);
      done.serials.push(protocol.readUnknown('down', b, start, end, conn).value.serial as number);
      const whole = joiner.take(b, start, end, conn);
      if (whole === true) return true;
      const one = whole === false ? b.slice(start, end) : whole;
      const value = protocol.decodeAs('down', index, one, 0, one.length, conn);
      if (value !== undefined) done.values.push(value);
      return true;
    },
    skipped() {
      throw new Error('nothing is to be skipped');
    },
  };
  const splitter = protocol.splitter('down', conn);
  splitter.push(wire, 0, wire.length, sink);
  splitter.end(sink);
  return done;
}

function written(protocol: Protocol, name: string, value: MessageValue, conn?: ConnContext): Uint8Array {
  const w = new Writer(16);
  w.append(Uint8Array.of(0xaa));
  down(protocol, name).write(w, value, conn);
  return w.slice(1);
}

t.test('what has been cut is whole again, whatever its length', t => {
  for (const length of [0, 1, 56, 57, 58, 105, 106, 107, 159, 1023, 1024]) {
    const line = 'x'.repeat(length);
    const { values, serials, sizes } = read(parts, written(parts, 'show', { line }, connection(parts, 65_533)));
    t.equal(values.length, 1);
    t.equal(values[0]!.value.line, line, `${length}`);
    t.ok(sizes.every(size => size <= 64));
    t.same(
      serials,
      serials.map((_, i) => (65_534 + i) % 65_536),
      'each has its own number, one after the other',
    );
    if (length <= 57) t.equal(sizes.length, 1, 'what fits a frame is not cut');
    else
      t.ok(
        sizes.slice(0, -1).every(size => size === 64),
        'no more parts than are needed',
      );
  }
  t.end();
});

t.test('any text to a terminal, in the form that it speaks', t => {
  const texts = fc.string({ unit: fc.constantFrom('a', '}', '~', '路'), maxLength: 2000 });
  fc.assert(
    fc.property(texts, fc.constantFrom(0, 1), fc.nat(65_535), (line, v2019, serial) => {
      const value = { flag: { display: true }, kind: v2019 === 1 ? 1 : undefined, line };
      const conn = connection(jt808, serial, v2019);
      const wire = written(jt808, 'sendText', value, conn);
      const { values, sizes, serials } = read(jt808, wire, connection(jt808, 0, v2019));
      const [text, ...others] = values;
      if (others.length > 0 || text?.name !== 'sendText' || text.value.line !== line) return false;
      if (conn.serial !== serials.at(-1) || sizes.some(size => size > 1023 + 26)) return false;
      const w = new Writer(16);
      if (down(jt808, 'sendText').write(w, { ...value, attrs: { v2019: v2019 === 1 } })) return false;
      const finished = new Writer(16);
      jt808.finish(finished, w.bytes, 0, w.length, connection(jt808, serial, v2019));
      return toHex(finished.slice()) === toHex(wire);
    }),
    { numRuns: 200 },
  );
  t.end();
});

t.test('a serial number that is given is that of the first part', t => {
  const conn = connection(parts, 7);
  const { serials } = read(parts, written(parts, 'show', { line: 'x'.repeat(150), serial: 65_535 }, conn));
  t.same(serials, [65_535, 0, 1]);
  t.equal(conn.serial, 7, 'and none is taken from the connection');
  const given = { line: 'x'.repeat(150), serial: 5 };
  t.equal(toHex(written(parts, 'show', given)), toHex(written(parts, 'show', given, conn)), 'who needs no connection');
  t.end();
});

t.test('what is longer than all parts together may be is refused, and nothing is left of it', t => {
  const refused = (protocol: Protocol, value: MessageValue, want: Pick<EncodeError, 'code' | 'field'>): void => {
    const conn = connection(protocol, 3);
    const w = new Writer(16);
    for (const c of [conn, undefined]) t.throws(() => down(protocol, 'show').write(w, value, c), want);
    t.equal(w.length, 0);
    t.equal(conn.serial, 3);
  };
  refused(
    parts,
    { line: 'x'.repeat(1025) },
    new EncodeError('LIMIT', 'frame', 'it takes 1025 bytes, at most 1024 are allowed'),
  );
  const alone = { line: 'x'.repeat(100), part: { total: 1, index: 1 } };
  refused(parts, alone, { code: 'LIMIT', field: 'frame' });
  t.end();
});

t.test('where no parts are declared, or an encoder cannot say which part it is, a long message is refused', async t => {
  const line = { line: 'x'.repeat(100) };
  for (const fragments of ['', FRAGMENTS.replace('key: [id, serial - part.index + 1]', 'key: [id, serial]')]) {
    const protocol = await loadCode(modelOf(schema(fragments)));
    t.throws(() => written(protocol, 'show', line, connection(protocol)), { code: 'LIMIT', field: 'frame' });
  }
});

/** A protocol whose messages are sent in parts, around one message of text. */
const around =
  (layout: string, limit: number, key = 'id') =>
  (fragments: boolean) =>
    `
wire: 1
protocol: { id: around, version: 1.0.0 }
limits: { frame: ${limit}, string: 2000 }
session: { auth: none }
frame:
  split: { by: length }
  layout:
${layout}
${fragments ? `fragments: { when: attrs.split, key: [${key}], index: part.index, total: part.total, join: body }` : ''}
messages:
  show: { dir: down, id: 0x82, fields: { line: str(*) } }
`;

const PART = 'part: { if: attrs.split, fields: { total: u16, index: u16 } }';
const ATTRS = 'attrs: { bits: u8, fields: { spare: 7, split: 1 }, auto: { split: present(part) } }';

const LAYOUTS: Readonly<Record<string, (fragments: boolean) => string>> = {
  'nothing that only the connection knows': around(
    `    size: { type: u16, covers: attrs..body }
    ${ATTRS}
    id: { type: u8, role: id }
    ${PART}
    body: body`,
    64,
  ),
  'a size of the head alone': around(
    `    size: { type: u16, covers: attrs..body }
    attrs: { bits: u8, fields: { head: 4, spare: 3, split: 1 }, auto: { head: size(attrs..part), split: present(part) } }
    id: { type: u8, role: id }
    ${PART}
    body: body
    sum: { check: xor8, over: id..body }`,
    64,
  ),
  'a size that begins behind other elements': around(
    `    mark: { magic: "aa 55" }
    ${ATTRS}
    id: { type: u8, role: id }
    size: { type: u8, covers: serial..sum }
    serial: { type: u16, role: serial }
    ${PART}
    body: body
    sum: { check: xor8, over: serial..body }`,
    260,
    'id, serial - part.index + 1',
  ),
  'a size that ends at the body': around(
    `    mark: { magic: "aa 55" }
    ${ATTRS}
    id: { type: u8, role: id }
    size: { type: u8, covers: part..body }
    ${PART}
    body: body
    sum: { check: crc16/modbus, over: attrs..body }`,
    262,
  ),
  'some bits that count the body, and what is behind it': around(
    `    size: { type: u16, covers: attrs..sum }
    attrs: { bits: u16, fields: { spare: 7, room: 8, split: 1 }, auto: { room: size(body..sum), split: present(part) } }
    id: { type: u8, role: id }
    ${PART}
    body: body
    sum: { check: crc16/modbus, over: attrs..body }`,
    600,
  ),
  'some bits that count behind what may be missing': around(
    `    size: { type: u16, covers: attrs..sum }
    attrs: { bits: u16, fields: { spare: 6, far: 1, room: 8, split: 1 }, auto: { room: size(kind..body), split: present(part) } }
    to: { type: u32, if: attrs.far }
    id: { type: u8, role: id }
    kind: u8
    ${PART}
    body: body
    sum: { check: crc16/modbus, over: attrs..body }`,
    600,
  ),
  'some bits that count behind the number of the part': around(
    `    size: { type: u16, covers: attrs..sum }
    attrs: { bits: u16, fields: { spare: 7, room: 8, split: 1 }, auto: { room: size(kind..sum), split: present(part) } }
    id: { type: u8, role: id }
    ${PART}
    kind: u8
    body: body
    sum: { check: crc16/modbus, over: attrs..body }`,
    600,
  ),
};

for (const [title, layout] of Object.entries(LAYOUTS)) {
  t.test(`what fits one frame is one, and a part is as long as it can be: ${title}`, async t => {
    const cut = await loadCode(modelOf(layout(true)));
    // Refuses what has no room in one frame.
    const whole = await loadCode(modelOf(layout(false)));
    const fits = (value: MessageValue): boolean => {
      try {
        written(whole, 'show', value, connection(whole));
        return true;
      } catch {
        return false;
      }
    };
    const far = layout(true).includes('far: 1') ? [{}, { attrs: { far: true, spare: 0 }, to: 7 }] : [{}];
    for (const around of far.map(v => ({ kind: 5, ...v }))) {
      const longest = (more: object): number => {
        let n = 0;
        while (fits({ ...around, ...more, line: 'x'.repeat(n + 1) })) n++;
        return n;
      };
      const alone = longest({});
      const part = longest({ part: { total: 2, index: 1 } });
      t.ok(part > 20 && alone >= part, `${alone} bytes alone, ${part} in a part`);
      for (const length of [0, 1, part, alone - 1, alone, alone + 1, 2 * part, 2 * part + 1, 3 * part]) {
        const line = 'y'.repeat(length);
        const { values, sizes } = read(cut, written(cut, 'show', { ...around, line }, connection(cut)));
        t.same(
          values.map(v => v.value.line),
          [line],
        );
        t.equal(sizes.length, length <= alone ? 1 : Math.ceil(length / part), `${length} bytes`);
      }
    }
  });
}

async function serve(t: Test, events: Record<string, (client: Client, message: Record<string, unknown>) => unknown>) {
  const all = { onHello: () => accept(), ...events } as unknown as Events<ProtocolTypes>;
  const test = await testApp(
    defineApp({ listeners: [{ listen: 'tcp://127.0.0.1:1000', protocol: parts, events: async () => all }] }),
  );
  t.teardown(() => test.stop());
  const client = await test.connect(parts);
  client.send('hello' as never, { name: 'ann' } as never);
  await client.expect('welcome' as never);
  return { test, client };
}

t.test('long messages and short ones arrive in their order, from handlers and from outside', async t => {
  let server: Client | undefined;
  const files: number[] = [];
  const { test, client } = await serve(t, {
    onConnect(c) {
      server = c;
    },
    onFile(c, { data }) {
      files.push((data as Uint8Array).length);
      const send = (name: string, fields: object): void => c.send(name as never, fields as never);
      send('short', { n: 1 });
      send('show', { line: 'a'.repeat(500) });
      send('short', { n: 2 });
      send('show', { line: 'b'.repeat(900) });
      send('short', { n: 3 });
    },
  });
  client.send('file' as never, { data: new Uint8Array(700) } as never);
  const heard: unknown[] = [];
  for (let i = 0; i < 5; i++) heard.push((await client.next()).value);
  t.same(files, [700], 'a device cuts what it says as well');
  t.match(heard, [{ n: 1 }, { line: 'a'.repeat(500) }, { n: 2 }, { line: 'b'.repeat(900) }, { n: 3 }]);
  const serials = heard.map(v => (v as { serial: number }).serial);
  t.same(serials, [2, 12, 13, 30, 31], 'a whole has the number of its last part');
  test.worker(parts).sendToAll('show' as never, { line: 'c'.repeat(300) } as never);
  await client.expect('show' as never, { line: 'c'.repeat(300) } as never);
  t.ok(server);
});

t.test('a request in parts is answered by who names its last part', async t => {
  const acks: unknown[] = [];
  let server: Client | undefined;
  const { client } = await serve(t, {
    onConnect(c) {
      server = c;
    },
    onDone: (_, { to }) => acks.push(to),
  });
  const answer = server!.request('show' as never, { line: 'x'.repeat(150) } as never);
  const asked = (await client.next()).value as { serial: number };
  for (const to of [asked.serial - 2, asked.serial - 1, asked.serial])
    client.send('done' as never, { to, of: 0x82, ok: true } as never);
  t.match(await answer, { to: asked.serial, ok: true });
  t.same(acks, [asked.serial - 2, asked.serial - 1], 'what acknowledges the others is an event');
});

t.test('rules about the fields hold for a message that is cut, those about its frame for one that is not', async t => {
  const { write } = down(parts, 'log');
  const conn = new ConnContext();
  const long = 'x'.repeat(200);
  t.throws(() => write(new Writer(64), { kind: 5, line: long }, conn), {
    message: 'Cannot encode "log": the rule "kind < 5" does not hold',
  });
  const w = new Writer(64);
  t.equal(write(w, { kind: 4, line: long }, conn), true);
  t.ok(w.length > 200, 'in parts, of which the first ones have 64 bytes');
  t.throws(() => write(new Writer(64), { kind: 4, line: 'x'.repeat(40) }, conn), {
    message: 'Cannot encode "log": the rule "size < 40" does not hold',
  });
});
