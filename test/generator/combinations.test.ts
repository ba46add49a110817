/** Keys of a schema that meet: roles and `none` under `if`, one sign of two numbers, ids of masked requests, bits to spare. */
import t from 'tap';
import { ConnContext, type Decoded, EncodeError, type Protocol, Writer } from '../../src/codec/index.js';
import { plain, type Value } from '../support/arbitrary.js';
import { cuttings, hexBytes, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { binarySchema, oddSchemas } from '../support/odd-schemas.js';
import { decodeStream } from '../support/properties.js';

const framed = (
  layout: string,
  messages = '  m: { dir: both, id: 1, fields: { a: u8 } }',
  more = '',
): Promise<Protocol> =>
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
${more.startsWith('learn') ? `  ${more}` : more}
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

t.test('digits whose number of bytes is computed from them', async t => {
  const p = await body('n: { type: u8, auto: size(digits) }, digits: bcd(n), m: u8');
  for (const [digits, hex] of [
    ['1234', '0005010212340a'],
    ['', '000301000a'],
  ] as const) {
    t.equal(encoded(p, { digits, m: 10 }), hex);
    t.same(decoded(p, hex), { digits, m: 10 });
  }
  t.throws(() => encoded(p, { digits: '123', m: 10 }), { code: 'LENGTH', field: 'digits' });
  const trimmed = await body('n: { type: u8, auto: size(digits) }, digits: { type: bcd(n), trim: left0 }, m: u8');
  t.equal(encoded(trimmed, { digits: '123', m: 10 }), '0005010201230a');
});

t.test('several runs of spare bits in one number', async t => {
  const p = await body('f: { bits: u8, fields: { spare: 3, x: 1, spare2: 2, y: 2 } }');
  t.same(decoded(p, '00020113'), { f: { x: true, y: 3 } });
  t.equal(encoded(p, { f: { x: true, y: 3 } }), '00020113');
  t.same(decoded(p, '000201ff'), { f: { x: true, y: 3, $rest: 0xec } }, 'what is set in them is kept');
  t.equal(encoded(p, { f: { x: true, y: 3, $rest: 0xec } }), '000201ff');
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

t.test('an answer is told the id of what it answers, or the rest of one that is known by a mask', async t => {
  const p = await framed(
    '    x: u8',
    `  ask: { dir: up, id: { mask: 0xf0, equals: 0x10, as: of }, reply: { send: m, with: { a: of } } }
  tell: { dir: up, id: 0x20, reply: { send: m, with: { a: id + 1 } } }
  m: { dir: down, id: 0x80, fields: { a: u8 } }`,
  );
  const told = (message: string, request: Value) => p.up.find(m => m.name === message)?.reply?.values?.(request);
  t.same(told('ask', { of: 7, x: 1 }), { a: 7 });
  t.same(told('tell', { x: 1 }), { a: 0x21 });
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

t.test('a frame that was written without its connection and lacks one bit alone is finished with it', async t => {
  const p = await framed(
    '    f: { bits: u8, fields: { l: 1, spare: 7 }, auto: { l: conn.l } }\n',
    '  m: { dir: both, id: 1, fields: { a: u8 } }',
    'learn: { conn.l: f.l }',
  );
  const conn = new ConnContext();
  t.equal(finished(p, { a: 5 }, conn), '0003010005');
  conn.learn('l', 1);
  t.equal(finished(p, { a: 5 }, conn), '0003018005');
});

t.test('what depends on the connection is written for one, or says what it depends on', async t => {
  const p = await framed(
    '    f: { bits: u8, fields: { l: 1, spare: 7 }, auto: { l: conn.l } }\n',
    '  m: { dir: both, id: 1, fields: { a: { type: u8, if: f.l }, b: { type: u8, if: "!f.l" } } }',
    'learn: { conn.l: f.l }',
  );
  const conn = new ConnContext();
  conn.learn('l', 1);
  t.equal(encoded(p, { a: 5 }, conn), '0003018005');
  t.equal(encoded(p, { f: { l: false }, b: 5 }), '0003010005');
  t.throws(() => encoded(p, { b: 5 }), {
    code: 'NEEDS_REQUEST',
    message: /"f.l": give it, or write it for a connection/,
  });
  const direct = await framed(
    '    x: u8',
    '  m: { dir: both, id: 1, fields: { a: { type: u8, if: conn.l } } }',
    'learn: { conn.l: x }',
  );
  t.equal(encoded(direct, { x: 0, a: 5 }, conn), '0003010005');
  t.throws(() => encoded(direct, { x: 0 }), { code: 'NEEDS_REQUEST', message: /"conn.l": write it for a connection/ });
});

t.test('unfinished frames of several shapes are finished each in its own', async t => {
  const shape = (name: string, mark: string, rest: string, more = ''): string => `  ${name}:
    when: { is: "${mark}" }
    split: { by: length }
    layout: { mark: { magic: "${mark}" }, size: { type: u8, covers: serial..body }, ${rest}, body: body }
${more}`;
  const p = await loadCode(
    modelOf(`wire: 1
protocol: { id: meet, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
frames:
${shape('one', 'aa', 'serial: { type: u8, role: serial }, id: { type: u8, role: id }')}
${shape('two', 'bb', 'serial: { type: u16, role: serial }, dev: { type: u8, role: identity }', '    message: k\n')}
messages:
  m: { dir: both, id: 1, fields: { a: u8 } }
  k: { dir: both, fields: { b: u8 } }
`),
  );
  const conn = new ConnContext();
  conn.identity = '9';
  const done = (name: string, value: Value): string => {
    const w = new Writer();
    t.equal(p.down.find(m => m.name === name)!.write(w, value), false);
    const whole = new Writer();
    p.finish(whole, w.bytes, 0, w.length, conn);
    return toHex(whole.slice());
  };
  t.equal(done('m', { a: 5 }), 'aa03010105');
  t.equal(done('k', { b: 6 }), 'bb04' + '0002' + '09' + '06');
});

t.test('tagged items that depend on what stands around them', async t => {
  const p = await framed(
    '    x: u8',
    '  m: { dir: both, id: 1, fields: { k: u8, t: T(u8), more: T(*) } }',
    `types:
  G: { a: { type: u8, if: k == 1 }, b: { type: u8, if: x == 2 } }
  T:
    tlv: { tag: u8, size: u8, unknown: keep, repeat: [r] }
    of: { 1: { name: p, type: G }, 2: { name: q, type: sized(u8 G) }, 3: { name: r, fields: { a: { type: u8, if: k == 1 } } } }`,
  );
  const value = {
    x: 2,
    k: 1,
    t: { p: { a: 3, b: 4 }, q: { a: 5, b: 6 }, r: [{ a: 7 }, { a: 8 }] },
    more: { p: { a: 9, b: 9 }, unknown: [{ tag: 1, data: hexBytes('01') }] },
  };
  const hex = encoded(p, value);
  t.equal(
    hex,
    '001a010201' + '0f' + '0102' + '0304' + '0203' + '020506' + '030107' + '030108' + '0102' + '0909' + '010101',
  );
  t.same(decoded(p, hex), value);
  t.throws(() => encoded(p, { ...value, x: 1 }), { code: 'AMBIGUOUS', field: 'G.b' });
});

t.test('of a frame of which nothing is known, the first shape by which it can be decoded is the one', async t => {
  const p = await loadCode(
    modelOf(`wire: 1
protocol: { id: meet, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
frames:
  login: { dir: up, when: { state: new }, split: { by: fixed, size: 4 }, message: login }
  data: { dir: up, when: { state: open }, split: { by: fixed, size: 4 }, layout: { id: { type: u8, role: id }, body: body } }
messages:
  login: { dir: up, fields: { name: { type: str(4), valid: { match: "^[a-z]+$" } } } }
  data: { dir: up, id: 0x61, fields: { a: u24 } }
`),
  );
  const read = (hex: string): unknown => {
    const b = hexBytes(hex);
    const r = p.decode('up', b, 0, b.length);
    return r === undefined ? undefined : [r.name, plain(r.value)];
  };
  t.same(read("'abcd'"), ['login', { name: 'abcd' }]);
  t.same(read('61 00 00 01'), ['data', { a: 1 }], 'its text would be none');
  t.equal(read('62 00 00 01'), undefined);
});

t.test('a shared flag among several shapes: what follows it is either', async t => {
  const p = await loadCode(
    modelOf(`wire: 1
protocol: { id: meet, version: 1.0.0 }
limits: { frame: 200 }
session: { auth: none }
frames:
  beat: { when: { is: "ff" }, split: { by: fixed, size: 1 }, message: beat }
  sized: { split: { by: length }, layout: { mark: { magic: "aa 55" }, size: { type: u8, covers: body }, body: body }, message: blob }
  flagged: { split: { by: flag, flag: "7e", shared: true }, layout: { id: { type: u8, role: id }, body: body } }
messages:
  beat: { dir: both, fields: { b: { type: u8, const: 0xff } } }
  blob: { dir: both, fields: { data: bytes(*) } }
  m: { dir: both, id: 1, fields: { a: u8 } }
`),
  );
  const stream = hexBytes('7e 01 05 7e 01 06 7e ff aa 55 02 7e 7e 7e 01 07 7e 7e 01 08 7e ff 7e 01 09 7e');
  for (const { title, chunks } of cuttings(stream)) {
    const { results } = decodeStream(p, 'up', chunks);
    const said = results.map(r => (r.ok ? r.message : r.code));
    t.same(said, ['m', 'm', 'beat', 'blob', 'm', 'm', 'beat', 'm'], title);
  }
});

t.test('what a frame teaches before its body holds in its body already, for an encoder as for a decoder', async t => {
  const p = await framed(
    '    head: { bits: u8, fields: { v: 4, w: 4 } }\n',
    '  m: { dir: up, id: 1, fields: { x: { type: u8, if: conn.v == 3 } } }',
    'learn: { conn.v: head.v }',
  );
  const conn = new ConnContext();
  const write = (value: Value): string => {
    const w = new Writer();
    p.up[0]!.write(w, value, conn);
    return toHex(w.slice());
  };
  conn.learn('v', 5);
  t.equal(write({ head: { v: 3, w: 0 }, x: 7 }), '0003013007');
  t.same(decoded(p, '0003 01 30 07'), { head: { v: 3, w: 0 }, x: 7 });
  conn.learn('v', 3);
  t.equal(write({ head: { v: 5, w: 0 } }), '00020150');
  t.throws(() => write({ head: { v: 5, w: 0 }, x: 7 }), { code: 'AMBIGUOUS', field: 'x' });
});

t.test('a default under an `if` stands only where its field is', async t => {
  const kind = 'type: u8, enum: { one: 1, two: 2 }, default: one';
  const p = await body(
    `a: bool, k: { type: u8, default: 2, if: a }, z: { type: u8, if: "k == 2" }, e: { ${kind}, if: a }, y: { type: u8, if: "e == one" }, q: { type: u8, if: "!present(k)" }`,
  );
  const gone = { a: false, q: 9 };
  t.equal(encoded(p, gone), '0003010009');
  t.same(decoded(p, '0003 01 00 09'), gone);
  t.equal(encoded(p, { a: true, z: 7, y: 8 }), '0006010102070108');
  t.same(decoded(p, '0006 01 01 02 07 01 08'), { a: true, k: 2, z: 7, e: 'one', y: 8 });
  t.equal(encoded(p, { a: true, k: 3, e: 'two' }), '000401010302');
});

t.test('numbers around a body have their sign in another element, before the body and behind it', async t => {
  const p = await loadCode(modelOf(oddSchemas['numbers around a body whose sign stands elsewhere']!));
  const value = { lat: -45.5, whole: -3, pos: { n: false, w: true }, v: 2, a: 1, low: -7, m: { n: true } };
  const full = { ...value, tail: { n: true }, end: -1.2 };
  const bytes = '0011 01 0000b1bc 03 40 0004 01 07 80 80 0005 000c'.replaceAll(' ', '');
  t.equal(encoded(p, { ...full, serial: 5 }), bytes);
  t.same(decoded(p, bytes), { ...full, serial: 5 });
  const ahead = bytes.replace('0340', '03c0');
  t.match(decoded(p, ahead), { lat: 45.5 }, 'the sign is not taken for the number');
  const far = bytes.replace('0000b1bc', '00015f91');
  t.same(decoded(p, far), { body: hexBytes(far) }, 'so far south nothing is');
  const conn = new ConnContext();
  conn.serial = 4;
  t.equal(finished(p, full, conn), bytes);
  t.match(decoded(p, bytes.replace('001101', '001109')), { id: 9, lat: -45.5, end: -1.2 }, 'so is what has no name');
});

t.test('a number in the head whose sign would stand behind the body is refused', t => {
  t.throws(
    () =>
      modelOf(`wire: 1
protocol: { id: meet, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: body..tail }, lat: { type: u8, negative: tail.n }, id: { type: u8, role: id }, body: body, tail: { bits: u8, fields: { n: 1, spare: 7 } } }
messages: { m: { dir: up, id: 1 } }
`),
    /the body stands between "lat" and its sign/,
  );
  t.end();
});

t.test('an answer can say how many there were, and whether something was there', async t => {
  const p = await loadCode(
    modelOf(
      binarySchema(
        '  m: { dir: up, id: 1, fields: { l: u8(u8), x: { type: u8, if: more(1) } }, reply: { send: k, with: { n: count(l) + 1, b: present(x), s: "present(x) ? 7 : 8" } } }\n  k: { dir: down, id: 2, fields: { n: u8, b: bool, s: u8 } }',
      ),
    ),
  );
  const answer = (value: Value): unknown => p.up[0]!.reply?.values?.(value);
  t.same(answer({ l: [4, 5], x: 0 }), { n: 3, b: true, s: 7 });
  t.same(answer({ l: [] }), { n: 1, b: false, s: 8 });
});

t.test('a type may ask for names around it that its reader and writer have themselves', async t => {
  const p = await body(
    'o: u8, b: { bits: u8, fields: { x: 4, y: 4 } }, end: bool, bX: u8, start: T(u8)',
    'types: { T: { a: { type: u8, if: o == 1 }, c: { type: u8, if: b.x == 2 }, d: { type: u8, if: end }, e: { type: u8, if: bX > 3 }, u: U }, U: { w: { type: u8, if: o == 1 && !end } } }',
  );
  const value = { o: 1, b: { x: 2, y: 0 }, end: false, bX: 4, start: [{ a: 7, c: 8, e: 9, u: { w: 10 } }] };
  const hex = '000a0101200004010708090a';
  t.equal(encoded(p, value), hex);
  t.same(decoded(p, hex), value);
  t.same(decoded(p, '0007 01 00 00 01 00 01 05'), {
    o: 0,
    b: { x: 0, y: 0 },
    end: true,
    bX: 0,
    start: [{ d: 5, u: {} }],
  });
});

t.test('rules and conditions see a number around a body with its sign', async t => {
  const p = await framed(
    `    lat: { type: u16, scale: 0.1, negative: "!f.n" }
    f: { bits: u8, fields: { n: 1, spare: 7 } }`,
    '  m: { dir: both, id: 1, fields: { a: { type: u8, if: lat < 0 } }, rules: [lat > -50] }',
  );
  const rows: [Value, string][] = [
    [{ lat: -4.5, f: { n: false }, a: 7 }, '000501002d0007'],
    [{ lat: 4.5, f: { n: true } }, '000401002d80'],
  ];
  for (const [value, hex] of rows) {
    t.equal(encoded(p, value), hex);
    t.same(decoded(p, hex), value);
  }
  t.throws(() => encoded(p, { lat: -50, f: { n: false }, a: 7 }), /the rule "lat > -50" does not hold/);
  t.same(decoded(p, '0005 01 01f4 00 07'), 'RULE');
});

t.test('what can be nothing counts as 0 in expressions', async t => {
  const p = await body(
    'a: { type: u8, none: 255 }, at: time(bcd yyMMddHHmmss), b: { type: u8, if: (a & 3) > 1 }, c: { type: u8, if: at > 5 }, d: { type: u8, if: "!present(a)" }',
  );
  const rows: [Value, string][] = [
    [{ at: Date.UTC(2026, 0, 2), c: 3, d: 5 }, '000a01ff2601020000000305'],
    [{ a: 2, at: Date.UTC(2026, 0, 2), b: 1, c: 3 }, '000a01022601020000000103'],
  ];
  for (const [value, hex] of rows) {
    t.equal(encoded(p, value), hex);
    t.match(decoded(p, hex), value);
  }
});

t.test('what is given for a parameter may be called like it', async t => {
  const p = await body(
    'n: { type: u8, valid: 1..5 }, t: T(n)',
    'types: { T(n): { a: str(n), b: { type: u8, if: n > 3 } } }',
  );
  t.equal(encoded(p, { n: 2, t: { a: 'xy' } }), '000401027879');
  t.same(decoded(p, '0006 01 04 41424344'), 'TRUNCATED');
  t.same(decoded(p, '0007 01 04 41424344 09'), { n: 4, t: { a: 'ABCD', b: 9 } });
});

t.test('a number that says who a frame is about is taken from the connection', async t => {
  const p = await loadCode(modelOf(oddSchemas['numbers that say who a frame is about, under two checksums']!));
  const conn = new ConnContext();
  conn.identity = '4660';
  t.match(encoded(p, { a: hexBytes('ff') }, conn), /^0d00001234007dff/);
});

t.test('what ends a text is a byte literal: pairs of digits, and characters in single quotes', async t => {
  for (const [until, hex] of [
    ['0d', '0d'],
    ['"0d 0a"', '0d0a'],
    ["';'", '3b'],
    [`"';' 0a"`, '3b0a'],
    ["'0d'", '3064'],
  ] as const) {
    const p = await body(`a: ${JSON.stringify(`str(until ${until})`)}, b: u8`);
    const size = (4 + hex.length / 2).toString(16).padStart(4, '0');
    t.equal(encoded(p, { a: 'xy', b: 5 }), `${size}017879${hex}05`, until);
    t.same(decoded(p, `${size}017879${hex}05`), { a: 'xy', b: 5 }, until);
  }
});

t.test('of messages with one id the first whose condition holds is read, and no other is written there', async t => {
  const p = await framed(
    '    f: u8',
    `  m: { dir: both, id: [1, 2], fields: { a: u8 } }
  many: { dir: both, id: 1, when: f > 1, fields: { a: u8 } }
  three: { dir: both, id: 1, when: f == 3, fields: { a: u8 } }
  rest: { dir: both, id: { mask: 0xf0, equals: 0x30, as: of }, when: f == 0, fields: { a: u8 } }`,
  );
  const read = (hex: string): unknown => decodeStream(p, 'up', [hexBytes(hex)]).results[0];
  for (const [f, name] of [
    [0, 'm'],
    [1, 'm'],
    [2, 'many'],
    [3, 'many'],
  ] as const) {
    const hex = `000301${toHex(Uint8Array.of(f))}05`;
    t.match(read(hex), { ok: true, message: name }, `f is ${f}`);
    for (const codec of p.up.slice(0, 3)) {
      const w = new Writer();
      const write = (): boolean => codec.write(w, { f, a: 5 });
      if (codec.name === name) t.equal(write() && toHex(w.slice()), hex);
      else t.throws(write, { code: 'AMBIGUOUS', field: codec.name }, `${codec.name} where f is ${f}`);
    }
  }
  const w = new Writer();
  p.up[0]!.write(w, { f: 2, id: 2, a: 5 });
  t.equal(toHex(w.slice()), '0003020205', "the other id is nobody else's");
  t.match(read('0003310005'), { ok: true, message: 'rest' });
  t.match(read('0003310105'), { ok: false, code: 'UNKNOWN_ID' }, 'an id by mask has its condition too');
});

t.test('an identity of eight bytes keeps all of its digits, on both ways', async t => {
  for (const as of ['', ', as: bigint']) {
    const text = `wire: 1
protocol: { id: wide, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: length }
  layout: { size: { type: u16, covers: imei..body }, imei: { type: u64, role: identity${as} }, id: { type: u8, role: id }, body: body }
messages:
  up: { dir: up, id: 1, fields: { x: u8 } }
  down: { dir: down, id: 2, fields: { y: u8 } }
`;
    const p = await loadCode(modelOf(text));
    const conn = new ConnContext();
    const frame = hexBytes('000a ffffffffffffffff 01 07');
    t.match(p.decode('up', frame, 0, frame.length, conn), { value: { imei: 2n ** 64n - 1n, x: 7 } });
    const w = new Writer();
    p.down[0]!.write(w, { y: 9 }, conn);
    t.equal(toHex(w.slice()), '000affffffffffffffff0209');
    conn.identity = 'ab';
    t.throws(() => p.down[0]!.write(new Writer(), { y: 9 }, conn), { code: 'NEEDS_REQUEST' });
  }
});

t.test('a range holds for what a number is with its sign, and for real numbers that are none', async t => {
  const p = await body(
    'c: { bits: u8, fields: { s: 1, spare: 7 } }, a: { type: u8, negative: c.s, valid: -5..5 }, r: { type: f32, valid: 0..9 }',
  );
  t.same(decoded(p, '0007 01 80 05 40000000'), { c: { s: true }, a: -5, r: 2 });
  for (const wrong of ['80 06 40000000', '00 06 40000000', '00 05 7fc00000', '00 05 41200000'])
    t.equal(decoded(p, `0007 01 ${wrong}`), 'RANGE', wrong);
  const closing = await body(
    'c: { bits: u8, fields: { s: 1, spare: 7 } }, a: { type: u8, negative: c.s, valid: -5..5, bad: close }',
  );
  t.equal(decoded(closing, '0003 01 80 06'), 'RANGE');
});

t.test('a count says that a list that is not there has no items', async t => {
  for (const size of ['n', 'u8']) {
    const p = await body(
      `f: { bits: u8, fields: { x: 1, spare: 7 } }, n: { type: u8, auto: count(a) }, a: { type: u8(${size}), if: f.x }, z: u8`,
    );
    t.equal(encoded(p, { f: { x: false }, z: 9 }), '0004010000' + '09');
    t.same(decoded(p, '0004 01 00 00 09'), { f: { x: false }, z: 9 });
    t.equal(decoded(p, '0004 01 00 01 09'), 'COUNT', size);
  }
});

t.test('what is not given is written as its default, whatever it is', async t => {
  const p = await body(
    'a: { type: varint, default: 300 }, b: { type: f32, default: 0.5 }, c: { type: bool, default: true }, d: { type: bcd(2), default: "1234" }, e: { type: hex(2), default: cafe }, g: { type: i64, as: bigint, default: -1 }, h: { type: str(u8), default: ok }, i: { type: svarint, default: -1 }',
  );
  const bytes = 'ac02' + '3f000000' + '01' + '1234' + 'cafe' + 'ffffffffffffffff' + '026f6b' + '01';
  t.equal(encoded(p, {}), `001801${bytes}`);
  t.same(decoded(p, `0018 01 ${bytes}`), { a: 300, b: 0.5, c: true, d: '1234', e: 'cafe', g: -1n, h: 'ok', i: -1 });
});
