/** Tagged items byte by byte: order, what is not as declared, ends that are no item, widths, and what encoders refuse. */
import t, { type Test } from 'tap';
import { EncodeError, type Protocol, Writer } from '../../src/codec/index.js';
import { plain, type Value } from '../support/arbitrary.js';
import { hexBytes, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { binarySchema } from '../support/odd-schemas.js';
import { decodeStream, encode } from '../support/properties.js';

const ITEMS = `    of:
      0x01: { name: uptime, type: u32 }
      0x10: { name: temp, type: i16, scale: 0.01, none: 0x7fff, valid: -40..125 }
      0x11: { name: hum, type: u8, none: 0xff }
      0x30: { name: pos, fields: { lat: i16, lon: i16 } }
      0x7f: { name: note, type: str(*) }`;

const TYPE = `types:
  T:
    tlv: { tag: u8, size: u8, unknown: keep, repeat: [temp], require: [uptime] }
${ITEMS}`;

/** One message, id 1, with these fields. */
const protocolOf = (fields: string, types = TYPE, more = ''): Promise<Protocol> =>
  loadCode(modelOf(binarySchema(`  m: { dir: both, id: 1, fields: { ${fields} } }`, `${types}\n${more}`)));

/** A frame around a body. */
function frame(body: string): Uint8Array {
  const bytes = hexBytes(body);
  return Uint8Array.of((bytes.length + 1) >> 8, bytes.length + 1, 1, ...bytes);
}

function decode(protocol: Protocol, body: string): unknown {
  const [r] = decodeStream(protocol, 'up', [frame(body)]).results;
  if (r?.ok === true) return plain(r.value);
  return r === undefined ? 'nothing' : { code: r.code, field: r.field, offset: r.offset };
}

/** The body that says a value. */
const said = (protocol: Protocol, value: Value): string => toHex(encode(protocol.up[0]!, value).slice(3));

const digits = (body: string): string => body.replaceAll(' ', '');

type Row = readonly [title: string, body: string, value: object];

/** Each body has this value, and the value these bytes. */
function sameBothWays(t: Test, protocol: Protocol, rows: readonly Row[]): void {
  for (const [title, body, value] of rows) {
    t.same(decode(protocol, body), value, title);
    t.equal(said(protocol, value as Value), digits(body), `${title}: back`);
  }
}

/** An undeclared item. */
const kept = (tag: number, data: string) => ({ tag, data: hexBytes(data) });

const UPTIME = '01 04 00000e10';

t.test('items in the declared order, in another one, and those that nobody declared', async t => {
  const protocol = await protocolOf('T: { type: T(*), inline: true }');
  sameBothWays(t, protocol, [
    ['only what is required', UPTIME, { uptime: 3600 }],
    [
      'all',
      `${UPTIME} 10 02 00d2 10 02 ff9c 11 01 37 30 04 0001 fffe 7f 02 6f6b`,
      {
        uptime: 3600,
        temp: [2.1, -1],
        hum: 55,
        pos: { lat: 1, lon: -2 },
        note: 'ok',
      },
    ],
    ['an empty text is there', `${UPTIME} 7f 00`, { uptime: 3600, note: '' }],
    [
      'undeclared ones',
      `${UPTIME} 42 02 dead 43 00`,
      {
        uptime: 3600,
        unknown: [
          { tag: 0x42, data: hexBytes('dead') },
          { tag: 0x43, data: new Uint8Array(0) },
        ],
      },
    ],
    ['turned round', `11 01 37 ${UPTIME}`, { uptime: 3600, hum: 55, $order: [0x11, 0x01] }],
    [
      'an undeclared one first',
      `42 01 ff ${UPTIME}`,
      {
        uptime: 3600,
        unknown: [{ tag: 0x42, data: hexBytes('ff') }],
        $order: [0x42, 0x01],
      },
    ],
    [
      'a list that others stand in',
      `10 02 0064 ${UPTIME} 10 02 00c8`,
      {
        uptime: 3600,
        temp: [1, 2],
        $order: [0x10, 0x01, 0x10],
      },
    ],
  ]);
  t.equal(said(protocol, { note: 'x', uptime: 1, hum: 2 }), digits('01 04 00000001 11 01 02 7f 01 78'), 'canonical');
  t.equal(
    said(protocol, { uptime: 1, hum: 2, note: 'x', $order: [0x11] }),
    digits('11 01 02 01 04 00000001 7f 01 78'),
    'what the order does not name comes last',
  );
});

t.test('an item that is not as declared is kept as bytes, in its place', async t => {
  const protocol = await protocolOf('T: { type: T(*), inline: true }');
  sameBothWays(t, protocol, [
    ['a wrong size', `${UPTIME} 11 02 0102`, { uptime: 3600, unknown: [kept(0x11, '0102')] }],
    ['a group of a wrong size', `${UPTIME} 30 03 010203`, { uptime: 3600, unknown: [kept(0x30, '010203')] }],
    ['a second one', `${UPTIME} 11 01 37 11 01 38`, { uptime: 3600, hum: 55, unknown: [kept(0x11, '38')] }],
    ['the value that means none', `${UPTIME} 11 01 ff`, { uptime: 3600, unknown: [kept(0x11, 'ff')] }],
    [
      'none between values',
      `${UPTIME} 10 02 7fff 10 02 0064`,
      {
        uptime: 3600,
        temp: [1],
        unknown: [kept(0x10, '7fff')],
        $order: [0x01, -1 - 0x10, 0x10],
      },
    ],
    [
      'a wrong size before the right one',
      `11 02 0102 ${UPTIME} 11 01 05`,
      {
        uptime: 3600,
        hum: 5,
        unknown: [kept(0x11, '0102')],
        $order: [-1 - 0x11, 0x01, 0x11],
      },
    ],
  ]);
});

t.test('an item whose fields end too early or too late has the size of something else', async t => {
  const types = `types:
  P: { a: u8, b: u8 }
  T:
    tlv: { tag: u8, size: u8 }
    of:
      0x11: { name: over, fields: { kind: u8, area: { type: u16, if: more(2) } } }
      0x66: { name: tyres, fields: { id: u8, all: P(u8) } }`;
  const protocol = await protocolOf('T: { type: T(*), inline: true }', types);
  sameBothWays(t, protocol, [
    ['as declared', '11 01 07 66 04 01 01 02 03', { over: { kind: 7 }, tyres: { id: 1, all: [{ a: 2, b: 3 }] } }],
    ['nothing', '11 00', { unknown: [kept(0x11, '')] }],
    ['a byte too many', '11 02 07 01', { unknown: [kept(0x11, '0701')] }],
    ['a count of more than there is', '66 03 01 02 03', { unknown: [kept(0x66, '010203')] }],
    ['less than the fields', '66 01 01', { unknown: [kept(0x66, '01')] }],
    [
      'before the right one',
      '11 00 11 01 07',
      { over: { kind: 7 }, unknown: [kept(0x11, '')], $order: [-1 - 0x11, 0x11] },
    ],
  ]);
});

t.test('what is missing, cut off or out of range is refused', async t => {
  const inline = await protocolOf('T: { type: T(*), inline: true }');
  const named = await protocolOf('t: T(*)');
  const refused: [string, object, object][] = [
    ['11 01 37', { code: 'MISSING', field: 'uptime' }, { code: 'MISSING', field: 't.uptime' }],
    ['', { code: 'MISSING', field: 'uptime' }, { code: 'MISSING', field: 't.uptime' }],
    ['01 03 000e10', { code: 'MISSING', field: 'uptime' }, { code: 'MISSING', field: 't.uptime' }],
    [`${UPTIME} 11`, { code: 'TRUNCATED', field: '' }, { code: 'TRUNCATED', field: 't' }],
    [`${UPTIME} 11 02 01`, { code: 'TRUNCATED', field: '' }, { code: 'TRUNCATED', field: 't' }],
    [`${UPTIME} 10 02 7ffe`, { code: 'RANGE', field: 'temp', offset: 11 }, { code: 'RANGE', field: 't.temp' }],
    [`${UPTIME} 7f 01 ff`, { code: 'TEXT', field: 'note' }, { code: 'TEXT', field: 't.note' }],
    [`${UPTIME} ${'10 02 0064 '.repeat(65)}`, { code: 'LIMIT', field: 'temp' }, { code: 'LIMIT', field: 't.temp' }],
    [`${UPTIME} ${'42 00 '.repeat(65)}`, { code: 'LIMIT', field: 'unknown' }, { code: 'LIMIT', field: 't.unknown' }],
  ];
  for (const [body, wanted, inside] of refused) {
    t.match(decode(inline, body), wanted, body.slice(0, 40));
    t.match(decode(named, body), inside, `named: ${body.slice(0, 40)}`);
  }
});

t.test('tail: keep', async t => {
  const types = TYPE.replace('require: [uptime]', 'tail: keep');
  const protocol = await protocolOf('T: { type: T(*), inline: true }', types);
  sameBothWays(t, protocol, [
    ['nothing at all', '', {}],
    ['no tail', '11 01 37', { hum: 55 }],
    ['half a head', '11 01 37 11', { hum: 55, tail: hexBytes('11') }],
    ['an item that is longer than what is left', '11 01 37 42 05 0102', { hum: 55, tail: hexBytes('42050102') }],
    [
      'behind another order',
      '11 01 37 01 04 00000001 42',
      {
        uptime: 1,
        hum: 55,
        $order: [0x11, 0x01],
        tail: hexBytes('42'),
      },
    ],
  ]);
});

t.test('wide tags and sizes, in both byte orders', async t => {
  const types = (suffix: string) => `types:
  T:
    tlv: { tag: u16${suffix}, size: u16${suffix} }
    of: { 0x0102: { name: a, type: u16 }, 0xfffe: { name: b, type: bytes(*) } }`;
  const big = await protocolOf('T: { type: T(*), inline: true }', types(''));
  const long = 'ab'.repeat(300);
  sameBothWays(t, big, [
    ['big', '0102 0002 1234 fffe 0001 05', { a: 0x1234, b: hexBytes('05') }],
    ['more than a byte counts', `fffe 012c ${long}`, { b: hexBytes(long) }],
    [
      'turned round',
      'abcd 0000 0102 0002 0001',
      {
        a: 1,
        unknown: [{ tag: 0xabcd, data: new Uint8Array(0) }],
        $order: [0xabcd, 0x0102],
      },
    ],
  ]);
  const little = await protocolOf('T: { type: T(*), inline: true }', types('le'));
  sameBothWays(t, little, [['little', '0201 0200 1234 feff 0100 05', { a: 0x1234, b: hexBytes('05') }]]);
});

t.test('items behind their size, inline and not, with fields around them', async t => {
  for (const [prefix, head] of [
    ['u8', '06'],
    ['u16', '0006'],
  ]) {
    const named = await protocolOf(`x: u8, t: T(${prefix}), y: u8`);
    sameBothWays(t, named, [['named', `07 ${head} ${UPTIME} 09`, { x: 7, t: { uptime: 3600 }, y: 9 }]]);
    const inline = await protocolOf(`x: u8, t: { type: T(${prefix}), inline: true }, y: u8`);
    sameBothWays(t, inline, [['inline', `07 ${head} ${UPTIME} 09`, { x: 7, uptime: 3600, y: 9 }]]);
    t.match(decode(named, `07 ${head} 01 04 0000`), { code: 'SIZE', field: 't' }, 'more than there is');
  }
  const one = await protocolOf('t: T(u8)');
  t.match(decode(one, `05 ${UPTIME}`), { code: 'TRUNCATED', field: 't' }, 'an item does not end in its scope');
  t.match(decode(one, `06 ${UPTIME} 11 01 37`), { code: 'TRAILING' }, 'nor does one begin behind it');
});

t.test('items with names that generated code uses itself', async t => {
  const names = [
    'b',
    'o',
    'end',
    'tag',
    'found',
    'value',
    'bytes',
    'fail',
    'keep',
    'u8',
    'unknownItems',
    'cursor',
    'item',
  ];
  const of = [...names, 'class'].map((n, i) => `${i + 1}: { name: ${n}, type: ${i % 2 === 0 ? 'u16' : 'bytes(*)'} }`);
  const types = `types: { T: { tlv: { tag: u8, size: u8, tail: keep, repeat: [b, fail] }, of: { ${of.join(', ')} } } }`;
  const protocol = await protocolOf('t: T(*)', types);
  sameBothWays(t, protocol, [
    [
      'some',
      '01 02 0005 02 01 aa 03 02 0007 07 02 0009 08 01 bb',
      {
        t: { b: [5], o: hexBytes('aa'), end: 7, bytes: 9, fail: [hexBytes('bb')] },
      },
    ],
  ]);
});

t.test('none in a plain field', async t => {
  const protocol = await protocolOf(
    'a: { type: u8, none: 0xff }, b: { type: i16, scale: 0.1, none: -32768, valid: -40..40 }, c: u8',
  );
  sameBothWays(t, protocol, [
    ['both there', '05 000a 01', { a: 5, b: 1, c: 1 }],
    ['neither', 'ff 8000 01', { c: 1 }],
    ['one', '00 8000 01', { a: 0, c: 1 }],
  ]);
  t.match(decode(protocol, '05 7fff 01'), { code: 'RANGE', field: 'b' });
  throwsFor(t, protocol, { a: 255, c: 1 }, 'a', 'RANGE');
  throwsFor(t, protocol, { a: 256, c: 1 }, 'a', 'RANGE');
  throwsFor(t, protocol, { a: null, c: 1 }, 'a', 'TYPE');
});

function throwsFor(t: Test, protocol: Protocol, value: Value, field: string, code: string): void {
  const w = new Writer(8);
  try {
    protocol.up[0]!.write(w, value as never);
    t.ok(false, `${JSON.stringify(value)} is accepted`);
  } catch (e) {
    t.ok(e instanceof EncodeError, `${(e as Error).stack}`);
    t.equal(`${(e as EncodeError).field} ${(e as EncodeError).code}`, `${field} ${code}`, (e as Error).message);
    t.equal(w.length, 0, 'nothing is written');
  }
}

t.test('encoders refuse what does not fit, and say which item', async t => {
  const protocol = await protocolOf('t: { type: T(*), inline: true }');
  const refused: [Value, string, string][] = [
    [{ hum: 5 }, 'uptime', 'TYPE'],
    [{ uptime: -1 }, 'T.uptime', 'RANGE'],
    [{ uptime: 1, hum: 256 }, 'T.hum', 'RANGE'],
    [{ uptime: 1, hum: 255 }, 'T.hum', 'RANGE'],
    [{ uptime: 1, temp: [1, 126] }, 'T.temp', 'RANGE'],
    [{ uptime: 1, temp: [undefined] }, 'T.temp', 'RANGE'],
    [{ uptime: 1, temp: 5 }, 'temp', 'TYPE'],
    [{ uptime: 1, temp: new Array(65).fill(1) }, 'temp', 'LIMIT'],
    [{ uptime: 1, note: 'x'.repeat(256) }, 'T.note', 'RANGE'],
    [{ uptime: 1, pos: { lat: 1 } }, 'TPos.lon', 'TYPE'],
    [{ uptime: 1, unknown: 7 }, 'unknown', 'TYPE'],
    [{ uptime: 1, unknown: [null] }, 'unknown', 'TYPE'],
    [{ uptime: 1, unknown: [{ tag: 256, data: new Uint8Array(0) }] }, 'unknown.tag', 'RANGE'],
    [{ uptime: 1, unknown: [{ tag: 5, data: 'ff' }] }, 'unknown.data', 'TYPE'],
    [{ uptime: 1, unknown: [{ tag: 5, data: new Uint8Array(256) }] }, 'unknown.data', 'RANGE'],
    [{ uptime: 1, unknown: [{ tag: 0x11, data: new Uint8Array(1) }] }, 'unknown', 'AMBIGUOUS'],
    [{ uptime: 1, unknown: [5, 0x30].map(tag => ({ tag, data: new Uint8Array(4) })) }, 'unknown', 'AMBIGUOUS'],
    [{ uptime: 1, $order: [0x11] }, '$order', 'RANGE'],
    [{ uptime: 1, $order: [0x01, 0x01] }, '$order', 'RANGE'],
    [{ uptime: 1, hum: 5, $order: [-1 - 0x11] }, '$order', 'RANGE'],
    [{ uptime: 1, $order: 1 }, '$order', 'TYPE'],
  ];
  for (const [value, field, code] of refused) throwsFor(t, protocol, value, field, code);
});

t.test(
  'items that would be read back as one another are refused, and a list that must be there has an item',
  async t => {
    const types = `types:
  T:
    tlv: { tag: u8, size: u8, unknown: keep, repeat: [r], require: [r] }
    of: { 1: { name: d, type: u16 }, 3: { name: r, type: u8 } }`;
    const protocol = await protocolOf('t: T(*)', types);
    const value = { r: [1], d: 5, unknown: [kept(1, '0009')] };
    t.equal(said(protocol, { t: { ...value, $order: [3, 1, -2] } }), digits('03 01 01 01 02 0005 01 02 0009'));
    t.throws(() => said(protocol, { t: { ...value, $order: [-2, 1] } }), /item 0 would be read back as another one/);
    t.throws(() => said(protocol, { t: { d: 5, r: [] } }), { code: 'TYPE', field: 'r' });
    t.throws(() => said(protocol, { t: { d: 5 } }), { code: 'TYPE', field: 'r' });
  },
);

t.test('an item with bytes behind what it should hold, or with bits that mean nothing, is kept as it came', async t => {
  const types = `types:
  S: { x: u8 }
  T:
    tlv: { tag: u8, size: u8 }
    of:
      1: { name: a, type: varint }
      2: { name: b, type: cstr }
      3: { name: c, type: u8(u8) }
      4: { name: d, type: S(u8) }
      5: { name: e, type: str(u8) }
      6: { name: f, type: bool(3), packed: lsb }
      7: { name: g, type: bool(u8), packed: lsb }
      8: { name: h, type: sized(u8 S) }`;
  const p = await protocolOf('t: T(*)', types);
  const items = [
    '01 01 05',
    '02 02 6100',
    '03 02 0107',
    '04 02 0107',
    '05 02 0161',
    '06 01 05',
    '07 02 0305',
    '08 02 0107',
  ];
  const value = {
    t: { a: 5, b: 'a', c: [7], d: [{ x: 7 }], e: 'a', f: [true, false, true], g: [true, false, true], h: { x: 7 } },
  };
  sameBothWays(t, p, [['each as declared', items.join(' '), value]]);
  const odd = [
    '01 02 0509',
    '02 03 610009',
    '03 03 010709',
    '04 03 010709',
    '05 03 016109',
    '06 01 0d',
    '07 02 030d',
    '08 03 010709',
  ];
  for (const item of odd) {
    const [tag, , data] = item.split(' ');
    const unknown = [{ tag: Number(tag), data: hexBytes(data!) }];
    sameBothWays(t, p, [[item, item, { t: { unknown } }]]);
  }
});

t.test('a repeated item that is a list, and one that is a group with a secret', async t => {
  const types = `types:
  S: { x: u8 }
  T:
    tlv: { tag: u8, size: u8, repeat: [a] }
    of:
      1: { name: a, type: S(u8) }
      2: { name: b, type: sized(u8 S)(*) }
      3: { name: pin, fields: { code: u16 }, secret: true }`;
  const p = await protocolOf('t: T(*)', types);
  const body = '01 03 020506 01 01 00 02 04 01070108 03 02 1234';
  const value = { t: { a: [[{ x: 5 }, { x: 6 }], []], b: [{ x: 7 }, { x: 8 }], pin: { code: 0x1234 } } };
  sameBothWays(t, p, [['all of it', body, value]]);
  t.same(p.up[0]!.secrets, ['t.pin', 't.pin.code', 't.unknown.data']);
});

t.test('what a size counts, and a size in front of the tag', async t => {
  const of = '{ 0x01: { name: a, type: u16 }, 0x02: { name: b, type: str(*) } }';
  const forms: readonly [form: string, a: string, b: string, unknown: string, tooSmall: string | undefined][] = [
    ['tag: u8, size: u16', '01 0002 1234', '02 0001 41', '09 0000', undefined],
    ['tag: u8, size: u16, covers: size..value', '01 0004 1234', '02 0003 41', '09 0002', '09 0001'],
    ['tag: u8, size: u16, covers: tag..value', '01 0005 1234', '02 0004 41', '09 0003', '09 0002'],
    ['first: size, tag: u8, size: u16', '0002 01 1234', '0001 02 41', '0000 09', undefined],
    ['first: size, tag: u8, size: u16, covers: tag..value', '0003 01 1234', '0002 02 41', '0001 09', '0000 09'],
    ['first: size, tag: u8, size: u16, covers: size..value', '0005 01 1234', '0004 02 41', '0003 09', '0002 09'],
  ];
  for (const [form, a, b, unknown, tooSmall] of forms) {
    const p = await protocolOf('t: T(*)', `types: { T: { tlv: { ${form} }, of: ${of} } }`);
    const both = { a: 0x1234, b: 'A', unknown: [kept(9, '')] };
    sameBothWays(t, p, [
      [`${form}: in order`, `${a} ${b} ${unknown}`, { t: both }],
      [`${form}: in another`, `${b} ${unknown} ${a}`, { t: { ...both, $order: [2, 9, 1] } }],
    ]);
    if (tooSmall === undefined) continue;
    const offset = 3 + digits(a).length / 2 + (form.includes('first') ? 0 : 1);
    t.same(decode(p, `${a} ${tooSmall}`), { code: 'SIZE', field: 't', offset }, `${form}: too small for itself`);
    const keeps = await protocolOf('t: T(*)', `types: { T: { tlv: { ${form}, tail: keep }, of: ${of} } }`);
    const tail = hexBytes(tooSmall);
    sameBothWays(t, keeps, [[`${form}: kept as an end`, `${a} ${tooSmall}`, { t: { a: 0x1234, tail } }]]);
  }
});

t.test('an item that must be there may be the uid of a login', async t => {
  const types =
    'types: { T: { tlv: { tag: u8, size: u8, require: [who] }, of: { 1: { name: who, type: str(*) }, 2: { name: n, type: u8 } } } }';
  const auth = (name: string): string =>
    binarySchema(
      `  m: { dir: up, id: 1, fields: { t: { type: T(*), inline: true } }, auth: { identity: ${name} } }`,
      types,
    );
  const p = await loadCode(modelOf(auth('who')));
  t.equal(p.up[0]!.auth?.identity({ who: 'ann' }), 'ann');
  t.throws(() => modelOf(auth('n')), /identity "n" may be absent/);
});
