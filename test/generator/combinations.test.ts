/** Keys of a schema that meet: roles and `none` under `if`, one sign of two numbers, ids of masked requests, bits to spare. */
import t from 'tap';
import { ConnContext, type Decoded, EncodeError, type Protocol, Writer } from '../../src/codec/index.js';
import { plain, type Value } from '../support/arbitrary.js';
import { hexBytes, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { binarySchema } from '../support/odd-schemas.js';
import { decodeStream } from '../support/properties.js';

const framed = (layout: string, messages = '  m: { dir: both, id: 1, fields: { a: u8 } }'): Promise<Protocol> =>
  loadCode(
    modelOf(`wire: 1
protocol: { id: meet, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: length }
  layout:
    size: { type: u16, covers: id..body }
    id: { type: u8, role: id }
${layout}
    body: body
messages:
${messages}
`),
  );

const body = (fields: string, more = ''): Promise<Protocol> =>
  loadCode(modelOf(binarySchema(`  m: { dir: both, id: 1, fields: { ${fields} } }`, more)));

/** The bytes of the one message; without a connection an encoder may leave the frame to be finished by one. */
function encoded(protocol: Protocol, value: Value, conn?: ConnContext, request?: Decoded): string {
  const w = new Writer();
  const isWhole = protocol.down.at(-1)!.write(w, value, conn, request);
  return `${toHex(w.slice())}${isWhole ? '' : ' unfinished'}`;
}

/** What a connection makes of a frame that was written without it. */
function finished(protocol: Protocol, value: Value, conn: ConnContext): string {
  const w = new Writer();
  protocol.down.at(-1)!.write(w, value);
  const whole = new Writer();
  protocol.finish(whole, w.bytes, 0, w.length, conn);
  return toHex(whole.slice());
}

const decoded = (protocol: Protocol, hex: string): unknown => {
  const [r] = decodeStream(protocol, 'up', [hexBytes(hex)]).results;
  return r?.ok === true ? plain(r.value) : r?.code;
};

const FLAGGED = '    f: { bits: u8, fields: { s: 1, spare: 7 } }\n';

t.test('a serial number that comes and goes is counted only where it is', async t => {
  const p = await framed(`${FLAGGED}    serial: { type: u16, role: serial, if: f.s }`);
  const there = { f: { s: true }, a: 5 };
  const gone = { f: { s: false }, a: 5 };
  const conn = new ConnContext();
  t.equal(encoded(p, there, conn), '0005018000' + '0105');
  t.equal(encoded(p, gone, conn), '0003010005', 'and none is used up');
  t.equal(encoded(p, there, conn), '0005018000' + '0205');
  t.equal(encoded(p, { ...there, serial: 7 }, conn), '0005018000' + '0705');
  t.equal(encoded(p, gone), '0003010005', 'nothing is missing without a connection');
  t.match(encoded(p, there), /unfinished$/);
  t.equal(finished(p, there, conn), '0005018000' + '0305');
  t.throws(() => encoded(p, { ...gone, serial: 7 }, conn), { code: 'AMBIGUOUS', field: 'serial' });
  t.same(decoded(p, '0005 01 80 0007 05'), { f: { s: true }, serial: 7, a: 5 });
  t.same(decoded(p, '0003 01 00 05'), { f: { s: false }, a: 5 });
});

t.test('a serial number that is told by whether it is given', async t => {
  const auto = '    f: { bits: u8, fields: { s: 1, spare: 7 }, auto: { s: present(serial) } }\n';
  const p = await framed(`${auto}    serial: { type: u16, role: serial, if: f.s }`);
  const conn = new ConnContext();
  t.equal(encoded(p, { a: 5 }, conn), '0003010005');
  t.equal(encoded(p, { a: 5 }), '0003010005');
  t.equal(encoded(p, { a: 5, serial: 9 }, conn), '0005018000' + '0905');
});

t.test('who a frame is about may be said in some frames alone, and is learnt from these', async t => {
  const p = await framed(`${FLAGGED}    dev: { type: bcd(2), role: identity, if: f.s }
    serial: { type: u8, role: serial, if: "!f.s" }`);
  const conn = new ConnContext();
  t.throws(() => encoded(p, { f: { s: true }, a: 5 }, conn), { code: 'NEEDS_REQUEST', field: 'dev' });
  const hear = (hex: string): void => {
    const b = hexBytes(hex);
    p.classify('up', b, 0, b.length, conn);
  };
  hear('0005 01 80 1234 05');
  hear('0004 01 00 09 05');
  t.equal(conn.identity, '1234', 'a frame without it says nothing about it');
  t.equal(encoded(p, { f: { s: true }, a: 5 }, conn), '000501801234' + '05');
  t.equal(encoded(p, { f: { s: false }, a: 5 }, conn), '0004010001' + '05');
  t.equal(finished(p, { f: { s: true }, a: 5 }, conn), '000501801234' + '05');
  t.equal(finished(p, { f: { s: false }, a: 5 }, conn), '0004010002' + '05');
});

t.test('an echoed serial number under a condition', async t => {
  const p = await framed(
    `${FLAGGED}    serial: { type: u8, role: serial, if: f.s }`,
    '  ask: { dir: up, id: 1, reply: { send: m } }\n  m: { dir: down, id: 2, serial: echo, fields: { a: u8 } }',
  );
  const request: Decoded = { index: 0, name: 'ask', id: 1, value: { serial: 6 } };
  t.equal(encoded(p, { f: { s: true }, a: 5 }, undefined, request), '000402800605');
  t.equal(encoded(p, { f: { s: false }, a: 5 }, undefined, request), '0003020005');
  t.throws(() => encoded(p, { f: { s: true }, a: 5 }), { code: 'NEEDS_REQUEST' });
});

t.test('a role under a bit that the connection knows is refused in the schema', t => {
  const layout = `    f: { bits: u8, fields: { s: 1, spare: 7 }, auto: { s: conn.s } }
    serial: { type: u16, role: serial, if: f.s }`;
  t.rejects(async () => framed(layout), /"serial" has a role, so its "if" cannot ask what the connection has learnt/);
  t.end();
});

t.test('a number that may mean nothing, where it may also be absent', async t => {
  const p = await body(
    'f: { bits: u8, fields: { x: 1, spare: 7 } }, a: { type: i16, none: 0x7fff, scale: 0.1, if: f.x }, b: u8',
  );
  const rows: [Value, string][] = [
    [{ f: { x: true }, a: 1.5, b: 9 }, '00050180000f09'],
    [{ f: { x: true }, b: 9 }, '000501807fff09'],
    [{ f: { x: false }, b: 9 }, '0003010009'],
  ];
  for (const [value, hex] of rows) {
    t.equal(encoded(p, value), hex);
    t.same(decoded(p, hex), value);
  }
  t.throws(() => encoded(p, { f: { x: false }, a: 1, b: 9 }), { code: 'AMBIGUOUS', field: 'a' });
  t.throws(() => encoded(p, { f: { x: true }, a: 3276.7, b: 9 }), { code: 'RANGE', field: 'a' });
});

t.test('one bit that is the sign of several numbers', async t => {
  const p = await body(
    'a: { type: u8, negative: c.s }, b: { type: u8, negative: c.s }, d: { type: u8, negative: "!c.s" }, c: { bits: u8, fields: { s: 1, spare: 7 } }',
  );
  const value = (a: number, b: number, d: number, s: boolean): Value => ({ a, b, d, c: { s } });
  for (const good of [value(1, 2, -3, false), value(-1, -2, 3, true), value(0, -2, 0, true), value(0, 0, 0, true)])
    t.same(decoded(p, encoded(p, good)), good);
  t.equal(encoded(p, value(-1, 0, 0, false)), '00050101000080', 'the bit follows the numbers');
  for (const wrong of [value(1, -2, 0, false), value(0, 1, 1, false), value(-1, 0, -1, true)])
    t.throws(() => encoded(p, wrong), { code: 'AMBIGUOUS', field: 'c.s' });
});

t.test('an answer that has the id of a request that is known by a mask', async t => {
  const p = await framed(
    '    x: u8',
    `  ask: { dir: up, id: { mask: 0xf0, equals: 0x10, as: of }, reply: { send: m } }
  ping: { dir: up, id: [0x20, 0x21], reply: { send: m } }
  m: { dir: down, id: { same: request }, fields: { a: u8 } }`,
  );
  const request: Decoded = { index: 0, name: 'ask', id: 0x17, value: {} };
  t.equal(encoded(p, { x: 1, a: 5 }, undefined, request), '0003170105');
  t.equal(encoded(p, { id: 0x21, x: 1, a: 5 }), '0003210105');
  t.throws(() => encoded(p, { id: 0x30, x: 1, a: 5 }), EncodeError);
  const down = hexBytes('0003 17 01 05');
  t.same(plain(p.decode('down', down, 0, down.length)?.value), { id: 0x17, x: 1, a: 5 });
  const up = hexBytes('0002 17 01');
  t.same(p.decode('up', up, 0, up.length)?.id, 0x17, 'the id that is echoed');
  t.rejects(
    async () =>
      framed(
        '    x: u8',
        `  ask: { dir: up, id: { mask: 0xf0, equals: 0x10, as: of }, reply: { send: m } }
  other: { dir: down, id: { mask: 0xf1, equals: 0x11, as: of } }
  m: { dir: down, id: { same: request }, fields: { a: u8 } }`,
      ),
    /an id can be one of "m" and of "other"/,
  );
});

t.test('bits behind the last boolean of a byte are let through, and said', async t => {
  const p = await body(
    'c: { type: bool(3), packed: lsb }, n: { type: u8, auto: count(d) }, d: { type: bool(n), packed: lsb }',
  );
  const value = { c: [true, false, true], d: [true, true] };
  const [clean, stray] = ['0004 01 05 02 03', '0004 01 fd 02 83'].map(hex => {
    const [r] = decodeStream(p, 'up', [hexBytes(hex)]).results;
    return r?.ok === true ? r.value : undefined;
  });
  t.same([plain(clean), clean?.$warn], [value, undefined]);
  t.same([plain(stray), stray?.$warn], [value, ['c: bits behind the last are set', 'd: bits behind the last are set']]);
});
