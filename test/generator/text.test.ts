/** Texts byte by byte: which message is found, what columns say, where an error stands, and what encoders refuse. */
import t from 'tap';
import { ConnContext, EncodeError, type Protocol, problem, Writer } from '../../src/codec/index.js';
import { plain, type Value } from '../support/arbitrary.js';
import { loadCode, modelOf, shipped } from '../support/load.js';
import { columnSchema } from '../support/odd-schemas.js';
import { decodeStream, encode } from '../support/properties.js';

const bytes = (text: string): Uint8Array => Buffer.from(text);

/** What one frame says, or why it is refused and where: `RANGE lat 12`. */
function read(protocol: Protocol, frame: string): unknown {
  const decoded = protocol.decode('up', bytes(frame), 0, bytes(frame).length);
  if (decoded === undefined) return `${problem.code} ${problem.field} ${problem.offset}`;
  return [decoded.name, plain(decoded.value)];
}

function said(protocol: Protocol, name: string, value: Value): string {
  return Buffer.from(encode(protocol.up.find(m => m.name === name)!, value)).toString();
}

function refused(protocol: Protocol, name: string, value: Value): string {
  try {
    return `said: ${said(protocol, name, value)}`;
  } catch (e) {
    if (!(e instanceof EncodeError)) throw e;
    return `${e.code} ${e.field}`;
  }
}

/** Lines `id,body`, where columns at the end may be missing. */
const lines = (messages: string, more = '', short = ', short: allow'): Promise<Protocol> =>
  loadCode(
    modelOf(
      columnSchema(
        messages,
        more,
        `  split: { by: line }\n  text: "{id},{body}"\n  layout: { id: { type: word, role: id }, body: { csv: true${short} } }`,
      ),
    ),
  );

t.test('templates that begin alike are told apart, by more literal text first', async t => {
  const protocol = await loadCode(
    modelOf(`wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line } }
messages:
  go: { dir: up, text: go }
  goTo: { dir: up, text: "go {where}", fields: { where: word } }
  goFar: { dir: up, text: "go far {n}", fields: { n: int } }
  get: { dir: up, text: "get {what}", fields: { what: rest } }
  tail: { dir: up, text: "{what} is {how}!", fields: { what: word, how: word } }
  any: { dir: up, text: "{line}", fields: { line: rest }, otherwise: true }
`),
  );
  const rows: [string, unknown][] = [
    ['go', ['go', {}]],
    ['go home', ['goTo', { where: 'home' }]],
    ['go far 12', ['goFar', { n: 12 }]],
    ['go far away', ['any', { line: 'go far away' }]],
    ['go far', ['goTo', { where: 'far' }]],
    ['get', ['any', { line: 'get' }]],
    ['get ', ['get', { what: '' }]],
    ['go is on!', ['tail', { what: 'go', how: 'on' }]],
    ['it is so!', ['tail', { what: 'it', how: 'so' }]],
    ['', ['any', { line: '' }]],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(refused(protocol, 'any', { line: 'go far 12' }), 'AMBIGUOUS any');
  t.equal(refused(protocol, 'any', { line: 'go far away' }), 'said: go far away\r\n');
});

t.test('columns: empty, missing, too many', async t => {
  const protocol = await lines(
    '  m: { dir: both, id: M, fields: { a: int, b: { type: dec, optional: true }, c: { type: char, const: x, optional: true }, d: { type: Lat, optional: true } } }\n  none: { dir: both, id: N }',
    'types: { Lat: { text: "{v},{h}", fields: { v: dm(2), h: { type: char, in: NS } }, as: degrees } }',
  );
  const rows: [string, unknown][] = [
    ['M,1,2.5,x,3000.0,S', ['m', { a: 1, b: 2.5, d: -30 }]],
    ['M,+1,,,,', ['m', { a: 1 }]],
    ['M,1', ['m', { a: 1 }]],
    ['M,1,2', ['m', { a: 1, b: 2 }]],
    ['M,', 'MISSING a 2'],
    ['M,,2', 'MISSING a 2'],
    ['M,x', 'DIGITS a 2'],
    ['M,1,2,y', 'CONST c 6'],
    ['M,1,2,x,3000.0', 'RANGE d 8'],
    ['M,1,2,x,3000.0,W', 'RANGE d 8'],
    ['M,1,2,x,3060.0,N', 'RANGE d 8'],
    ['M,1,2,x,3000.0,N,7', 'TRAILING d 17'],
    ['M', 'MAGIC id 1'],
    ['Q,1', 'UNKNOWN_ID id 0'],
    [',1', 'MISSING id 0'],
    ['N,', ['none', {}]],
    ['N,1', 'TRAILING body 2'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(said(protocol, 'm', { a: 1 }), 'M,1,,x,,\r\n');
  t.equal(said(protocol, 'm', { a: 0, b: 1e-7, d: -12.5 }), 'M,0,0.0000001,x,1230.0000,S\r\n');
  t.equal(said(protocol, 'none', {}), 'N,\r\n');
});

t.test('numbers in hexadecimal digits: as many as there must be, either case, and bits with names', async t => {
  const protocol = await lines(
    `  m: { dir: both, id: M, fields: { a: hexint(4), b: { type: hexint(8), flags: State, optional: true }, c: { type: hexint, optional: true }, d: { bits: hexint(2 lower), fields: { high: 4, on: 1, spare: 3 }, optional: true }, e: { type: hexint(2), enum: { low: 1, full: 0xff }, optional: true }, f: { type: int, flags: State, optional: true } } }`,
    'flags: { State: { size: u32, acc: 10, gps: 31 } }',
  );
  const off = { acc: false, gps: false };
  const rows: [string, unknown][] = [
    [
      'M,1A2B,80000400,fff,98,FF,1024',
      [
        'm',
        {
          a: 0x1a2b,
          b: { acc: true, gps: true },
          c: 0xfff,
          d: { high: 9, on: true },
          e: 'full',
          f: { ...off, acc: true },
        },
      ],
    ],
    [
      'M,00ff,fffffbff,0,07',
      ['m', { a: 255, b: { acc: false, gps: true, $rest: 0x7ffffbff }, c: 0, d: { high: 0, on: false, $rest: 7 } }],
    ],
    ['M,FFF', 'DIGITS a 2'],
    ['M,0FFFF', 'DIGITS a 2'],
    ['M,0xFF', 'DIGITS a 2'],
    ['M,FFFG', 'DIGITS a 2'],
    ['M,-FFF', 'DIGITS a 2'],
    ['M,0000,0000000', 'DIGITS b 7'],
    ['M,0000,,20000000000000', 'DIGITS c 8'],
    ['M,0000,,fffffffffffff', ['m', { a: 0, c: 2 ** 52 - 1 }]],
    ['M,0000,,,,02', 'ENUM e 10'],
    ['M,0000,,,,x2', 'DIGITS e 10'],
    ['M,0000,,,,,4294967296', 'RANGE f 11'],
    ['M,0000,,,,,-1', 'RANGE f 11'],
    ['M,0000,,,,,4294967295', ['m', { a: 0, f: { acc: true, gps: true, $rest: 0x7ffffbff } }]],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(
    said(protocol, 'm', {
      a: 0xbeef,
      b: { acc: false, gps: true, $rest: 1 },
      c: 0xabc,
      d: { high: 10, on: true },
      e: 'low',
    }),
    'M,BEEF,80000001,ABC,a8,01,\r\n',
  );
  t.equal(said(protocol, 'm', { a: 0, f: { acc: true, gps: true } }), 'M,0000,,,,,2147484672\r\n');
  t.equal(refused(protocol, 'm', { a: 0x10000 }), 'RANGE a');
  t.equal(refused(protocol, 'm', { a: 0, b: { acc: true, gps: true, $rest: 0x400 } }), 'RANGE b.$rest');
  t.equal(refused(protocol, 'm', { a: 0, d: { high: 16, on: true } }), 'RANGE d.high');
  t.equal(refused(protocol, 'm', { a: 0, d: { high: 1, on: 1 } }), 'TYPE d.on');
});

t.test('groups: whole ones, those behind, and one that ends early', async t => {
  const message =
    '  m: { dir: both, id: M, fields: { n: int, list: { group: { a: int, b: { type: int, optional: true }, c: { type: int, optional: true } }, repeat: 0..2 }, z: { type: word, optional: true } } }';
  const short = await lines(message);
  const rows: [string, unknown][] = [
    ['M,0', ['m', { n: 0, list: [] }]],
    ['M,0,Z', ['m', { n: 0, list: [], z: 'Z' }]],
    ['M,0,1,2', ['m', { n: 0, list: [{ a: 1, b: 2 }] }]],
    ['M,0,1,2,3', ['m', { n: 0, list: [{ a: 1, b: 2, c: 3 }] }]],
    ['M,0,1,2,3,Z', ['m', { n: 0, list: [{ a: 1, b: 2, c: 3 }], z: 'Z' }]],
    [
      'M,0,1,2,3,4,5,6,Z',
      [
        'm',
        {
          n: 0,
          list: [
            { a: 1, b: 2, c: 3 },
            { a: 4, b: 5, c: 6 },
          ],
          z: 'Z',
        },
      ],
    ],
    ['M,0,1,2,3,,5,6', 'MISSING list[1].a 10'],
    ['M,0,1,2,3,4,x,6', 'DIGITS list[1].b 12'],
    ['M,0,1,2,3,4,5,6,Z,7', 'TRAILING z 18'],
  ];
  for (const [line, want] of rows) t.same(read(short, line), want, line);
  const whole = await lines(message, '', '');
  t.same(read(whole, 'M,0,'), ['m', { n: 0, list: [] }]);
  t.same(read(whole, 'M,0,1,2,3,Z'), ['m', { n: 0, list: [{ a: 1, b: 2, c: 3 }], z: 'Z' }]);
  t.equal(said(whole, 'm', { n: 0, list: [{ a: 1 }] }), 'M,0,1,,,\r\n');
  t.equal(refused(whole, 'm', { n: 0, list: [{ a: 1 }, { a: 1 }, { a: 1 }] }), 'LIMIT list');
});

/** Lines `id;body`, and the first of several messages of one id that fits. */
const semicolons = (messages: string, more = '', frame = ''): Promise<Protocol> =>
  loadCode(
    modelOf(
      columnSchema(
        messages,
        more,
        `  split: { by: line }\n  text: "{id};{body}"\n  layout: { id: { type: word, role: id }, body: { csv: { between: ";" }, short: allow${frame} } }`,
      ),
    ),
  );

t.test('columns between other characters, several values in one, and a text for none', async t => {
  const protocol = await semicolons(
    '  m: { dir: both, id: M, fields: { a: { type: int, none: NA }, at: { type: Lat, none: NA }, list: { type: dec, between: ",", optional: true }, pairs: { type: Pair, between: ",", optional: true }, letters: { type: char, between: ",", optional: true }, name: { type: chars(*), none: "-" }, some: { type: int, between: ",", none: NA } } }',
    'types: { Lat: { text: "{v};{h}", fields: { v: dm, h: { type: char, in: NS } }, as: degrees }, Pair: { text: "{k}:{v}", fields: { k: chars(*), v: { type: int, valid: 0..9 } } } }',
  );
  const rows: [string, unknown][] = [
    [
      'M;1;530.0;S;1.5,2;x:1,yz:2;a,b;c,d',
      [
        'm',
        {
          a: 1,
          at: -5.5,
          list: [1.5, 2],
          pairs: [
            { k: 'x', v: 1 },
            { k: 'yz', v: 2 },
          ],
          letters: ['a', 'b'],
          name: 'c,d',
        },
      ],
    ],
    ['M;NA;NA;NA;7;;;-', ['m', { list: [7] }]],
    ['M;;;;;;;', ['m', {}]],
    ['M;NA', ['m', {}]],
    ['M;NA;NA', 'RANGE at 5'],
    ['M;na', 'DIGITS a 2'],
    ['M;1;30.0;N', ['m', { a: 1, at: 0.5 }]],
    ['M;1;18030.0;N', ['m', { a: 1, at: 180.5 }]],
    ['M;1;.5;N', 'DIGITS at 4'],
    ['M;1;;;1,,2', 'MISSING list 8'],
    ['M;1;;;1,x', 'DIGITS list 8'],
    ['M;1;;;;x', 'RANGE pairs 7'],
    ['M;1;;;;x:1,y:10', 'RANGE pairs 11'],
    ['M;1;;;;;a,bc', 'RANGE letters 10'],
    ['M;1;;;;;;;NA', ['m', { a: 1 }]],
    ['M;1;;;;;;;1,2', ['m', { a: 1, some: [1, 2] }]],
    ['M;1;;;;;;;;', 'TRAILING some 11'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(said(protocol, 'm', { at: -0.5, list: [1], name: 'NA' }), 'M;NA;030.0000;S;1;;;NA;NA\r\n');
  t.equal(said(protocol, 'm', {}), 'M;NA;NA;NA;;;;-;NA\r\n');
  t.equal(refused(protocol, 'm', { name: '-' }), 'AMBIGUOUS name');
  t.equal(refused(protocol, 'm', { name: 'a;b' }), 'TEXT name');
  t.equal(refused(protocol, 'm', { list: [] }), 'RANGE list');
  t.equal(refused(protocol, 'm', { letters: [','] }), 'TEXT letters');
  t.equal(refused(protocol, 'm', { pairs: [{ k: 'a', v: 10 }] }), 'RANGE v');
});

t.test('a problem names the column of several values, whatever it is called', async t => {
  const protocol = await semicolons(
    '  m: { dir: both, id: M, fields: { cells: { type: char, between: ",", optional: true }, lat: { type: chars(*), between: ",", optional: true } } }',
  );
  t.same(read(protocol, 'M;a,b;x,y'), ['m', { cells: ['a', 'b'], lat: ['x', 'y'] }]);
  t.equal(read(protocol, 'M;a,bc'), 'RANGE cells 4');
});

t.test('groups that a column counts', async t => {
  const protocol = await semicolons(
    '  m: { dir: both, id: M, fields: { n: { type: int, auto: count(a) }, k: { type: hexint(2), auto: count(b) }, a: { group: { x: int, y: { type: word, optional: true } }, repeat: n }, b: { group: { z: int }, repeat: k }, end: { type: int, optional: true } } }',
  );
  const rows: [string, unknown][] = [
    ['M;2;01;1;;2;two;3;4', ['m', { a: [{ x: 1 }, { x: 2, y: 'two' }], b: [{ z: 3 }], end: 4 }]],
    ['M;0;00', ['m', { a: [], b: [] }]],
    ['M;00;00;7', ['m', { a: [], b: [], end: 7 }]],
    ['M;2;00;1;;', 'MISSING a[1].x 10'],
    ['M;1;00;1;;3;4', 'TRAILING end 12'],
    ['M;-1;00', 'LIMIT n 2'],
    ['M;1025;00', 'LIMIT n 2'],
    ['M;;00', 'MISSING n 2'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(said(protocol, 'm', { a: [{ x: 1 }, { x: 2 }], b: [{ z: 3 }] }), 'M;2;01;1;;2;;3;\r\n');
  t.equal(refused(protocol, 'm', { b: [] }), 'TYPE a');
});

t.test('dates and times in other forms', async t => {
  const protocol = await semicolons(
    '  m: { dir: both, id: M, fields: { a: time(yyyy-MM-dd HH:mm:ss), b: { type: time(HH:mm), optional: true }, c: { type: date(yyyyMMdd), optional: true }, d: { type: time(yy/MM/ddTHH:mm:ss.sssZ), optional: true } }, derive: { at: "join(c, b)" } }',
  );
  const a = Date.UTC(2024, 6, 29, 19, 22, 43);
  const rows: [string, unknown][] = [
    [
      'M;2024-07-29 19:22:43;19:22;20240729',
      ['m', { a, b: 69_720_000, c: Date.UTC(2024, 6, 29), at: Date.UTC(2024, 6, 29, 19, 22) }],
    ],
    ['M;2024-07-29 19:22:43;;;24/07/29T19:22:43Z', ['m', { a, d: a }]],
    ['M;2024-07-29 19:22:43;;;24/07/29T19:22:43.5Z', ['m', { a, d: a + 500 }]],
    ['M;2024-02-30 19:22:43', 'RANGE a 2'],
    ['M;2024-07-29 24:00:00', 'RANGE a 2'],
    ['M;2024-07-29T19:22:43', 'DIGITS a 2'],
    ['M;2024-7-29 19:22:43', 'DIGITS a 2'],
    ['M;2024-07-29 19:22:43Z', 'DIGITS a 2'],
    ['M;2024-07-29 19:22:43;1922', 'DIGITS b 22'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(
    said(protocol, 'm', { a, b: 0, c: 0, d: a }),
    'M;2024-07-29 19:22:43;00:00;19700101;24/07/29T19:22:43.000Z\r\n',
  );
  for (const [field, v] of [
    ['a', a + 1],
    ['a', -1e15],
    ['a', Number.NaN],
    ['b', 60_001],
    ['b', 86_400_000],
    ['c', 1],
    ['d', Date.UTC(1979, 0)],
    ['d', 0.5],
  ] as const)
    t.equal(refused(protocol, 'm', { a, [field]: v }), `RANGE ${field}`, `${field}: ${v}`);
  t.equal(refused(protocol, 'm', { a: 'today' }), 'TYPE a');
});

t.test('numbers among spaces, and a body that may be missing', async t => {
  const protocol = await semicolons(
    '  m: { dir: both, id: M, fields: { a: { type: dec, trim: spaces, optional: true }, b: { type: hexint, trim: spaces, optional: true } } }\n  none: { dir: both, id: N }',
    '',
    ', missing: allow',
  );
  const rows: [string, unknown][] = [
    ['M;  1.5; ff ', ['m', { a: 1.5, b: 255 }]],
    ['M;1. 5', 'DIGITS a 2'],
    ['M; ', 'DIGITS a 2'],
    ['M', ['m', {}]],
    ['M;', ['m', {}]],
    ['N', ['none', {}]],
    ['N;', ['none', {}]],
    ['N;1', 'TRAILING body 2'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(said(protocol, 'm', { a: 1.5 }), 'M;1.5;\r\n');
  t.equal(said(protocol, 'none', {}), 'N\r\n');
});

t.test('messages of one id are tried in their order, and the first says what is wrong', async t => {
  const protocol = await semicolons(
    '  a: { dir: both, id: [A, B], fields: { x: int, y: int } }\n  b: { dir: both, id: B, otherwise: true, fields: { x: word } }\n  c: { dir: both, id: [C, B, A], otherwise: true, fields: { x: word, y: word } }',
  );
  const rows: [string, unknown][] = [
    ['A;1;2', ['a', { id: 'A', x: 1, y: 2 }]],
    ['B;1;2', ['a', { id: 'B', x: 1, y: 2 }]],
    ['B;one', ['b', { x: 'one' }]],
    ['B;1', ['b', { x: '1' }]],
    ['B;1;two', ['c', { id: 'B', x: '1', y: 'two' }]],
    ['A;1;two', ['c', { id: 'A', x: '1', y: 'two' }]],
    ['C;1;2', ['c', { id: 'C', x: '1', y: '2' }]],
    ['B;1;two;3', 'DIGITS y 4'],
    ['A;one', 'DIGITS x 2'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(said(protocol, 'c', { id: 'B', x: '1', y: 'two' }), 'B;1;two\r\n');
  t.equal(refused(protocol, 'c', { id: 'B', x: '1', y: '2' }), 'AMBIGUOUS c');
  t.equal(said(protocol, 'c', { id: 'C', x: '1', y: '2' }), 'C;1;2\r\n');
});

t.test('behind an end that may be longer, another shape is found, however the stream is cut', async t => {
  const protocol = await loadCode(
    modelOf(`wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frames:
  text: { split: { by: until, start: "'*'", end: ["'#'", "'#' 0d 0a"] }, text: "*{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true } } }
  bytes: { dir: up, when: { is: "24" }, split: { by: fixed, size: 3 }, message: bytes }
messages:
  m: { dir: up, id: M, fields: { a: int } }
  bytes: { dir: up, fields: { a: u24 } }
`),
  );
  const stream = bytes('*M,1#$ab*M,2#\r\n$ab*M,3#\r\n');
  for (let i = 0; i < stream.length; i++) {
    const { results } = decodeStream(protocol, 'up', [stream.subarray(0, i), stream.subarray(i)]);
    t.same(
      results.map(r => (r.ok ? r.message : r.code)),
      ['m', 'bytes', 'm', 'bytes', 'm'],
      `cut at ${i}`,
    );
  }
});

t.test('what would end a value, a line or a frame is refused', async t => {
  const protocol = await lines('  m: { dir: both, id: M, fields: { a: chars(*), z: rest } }');
  t.equal(said(protocol, 'm', { a: 'a b', z: 'x,y' }), 'M,a b,x,y\r\n');
  t.same(read(protocol, 'M,a b,x,y'), ['m', { a: 'a b', z: 'x,y' }]);
  for (const a of ['', 'a,b', 'a\nb', 'a\rb', 'a\0b', 7])
    t.match(refused(protocol, 'm', { a, z: '' }), /^(?:TEXT|LENGTH|TYPE) a$/, JSON.stringify(a));
  t.match(refused(protocol, 'm', { a: 'a', z: 'x'.repeat(3000) }), 'LIMIT frame');
  const nmea = await loadCode(shipped('nmea'));
  const fix = { talker: 'GP', heading: 1 };
  t.equal(said(nmea, 'HDT', fix), '$GPHDT,1,T*2A\r\n');
  t.equal(refused(nmea, 'HDT', { ...fix, talker: 'G' }), 'RANGE talker');
  t.equal(refused(nmea, 'HDT', { ...fix, talker: 'gp' }), 'RANGE talker');
  t.equal(refused(nmea, 'HDT', { ...fix, mark: '?' }), 'RANGE mark');
  t.equal(refused(nmea, 'RMT', { talker: 'PG', model: 'a$b' }), 'TEXT frame');
  t.equal(refused(nmea, 'RMT', { talker: 'PG', model: 'é' }), 'TEXT frame');
});

t.test('a number of a type of text must not end at its own sign', async t => {
  const types = 'types: { Span: { text: "{from}-{to}", fields: { from: int, to: int } } }';
  const [low, high] = [
    { from: -1, to: 1 },
    { from: 1, to: -1 },
  ];
  const columns = await lines('  m: { dir: both, id: M, fields: { span: Span } }', types);
  const template = await loadCode(
    modelOf(`wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line } }
${types}
messages:
  m: { dir: both, text: "M {span}", fields: { span: Span } }
  other: { dir: both, text: "{line}", fields: { line: rest }, otherwise: true }
`),
  );
  for (const protocol of [columns, template]) {
    t.match(said(protocol, 'm', { span: high }), /^M[, ]1--1\r\n$/);
    t.same(read(protocol, said(protocol, 'm', { span: high }).trimEnd()), ['m', { span: high }]);
    t.equal(refused(protocol, 'm', { span: low }), 'AMBIGUOUS Span');
  }
});

t.test('a checksum: either case, missing, wrong, cut off, or only a warning', async t => {
  const nmea = await loadCode(shipped('nmea'));
  t.match(read(nmea, '$GPZDA,,,,,,*48'), ['ZDA', { talker: 'GP' }]);
  t.match(read(nmea, '$IIHDT,1,T*0D'), 'CHECK sum 11');
  t.match(read(nmea, '$GPGST,,,,,,,,*57'), ['GST', {}]);
  for (const spelled of ['$GPVTG,,T,,M,,N,,K,N*2C', '$GPVTG,,T,,M,,N,,K,N*2c', '$GPVTG,,T,,M,,N,,K,N'])
    t.match(read(nmea, spelled), ['VTG', { mode: 'N' }], spelled);
  t.equal(read(nmea, '$GPVTG,,T,,M,,N,,K,N*2'), 'TRUNCATED sum 22');
  t.equal(read(nmea, '$GPVTG,,T,,M,,N,,K,N*'), 'TRUNCATED sum 21');
  t.equal(read(nmea, '$GPVTG,,T,,M,,N,,K,N*2C1'), 'TRAILING sum 23');
  t.equal(read(nmea, '$GPVTG,,T,,M,,N,,K,N*xy'), 'CHECK sum 21');
  const warning = await loadCode(
    modelOf(
      columnSchema(
        '  m: { dir: both, id: M, fields: { a: int } }',
        '',
        `  split: { by: line }
  text: "{level}{id},{body}*{sum}"
  layout:
    level: { type: char, valid: { match: "^[0-7]$" }, bad: warn }
    id: { type: word, role: id }
    body: { csv: true }
    sum: { check: xor8, over: level..body, as: hex2, bad: warn }`,
      ),
    ),
  );
  t.same(warning.decode('up', bytes('9M,5*00'), 0, 7)?.value, {
    level: '9',
    a: 5,
    $warn: ['sum: the checksum is 00, want 6D', 'level: 9 is not ^[0-7]$'],
  });
  t.equal(read(warning, '1M,5'), 'MAGIC body 4');
});

t.test('positions count bytes, also behind characters of several', async t => {
  const protocol = await lines('  m: { dir: both, id: M, fields: { a: chars(*), b: int, z: rest } }');
  t.same(read(protocol, 'M,日本,5,é'), ['m', { a: '日本', b: 5, z: 'é' }]);
  t.equal(read(protocol, 'M,日本,x,é'), 'DIGITS b 9');
  const checked = await loadCode(modelOf(columnSchema('  m: { dir: both, id: "é", fields: { z: rest } }')));
  const frame = said(checked, 'm', { z: '日本 and more' });
  t.same(read(checked, frame.slice(0, -1)), ['m', { z: '日本 and more' }]);
  t.equal(read(checked, frame.slice(0, -2)), `TRUNCATED sum ${bytes(frame).length - 2}`);
});

t.test('a moment from a date and a clock, and only from both', async t => {
  const messages = (zone: string): string =>
    `  m: { dir: both, id: M, fields: { d: { type: date(ddMMyy), optional: true }, c: { type: time(hhmmss.sss), optional: true } }, derive: { at: "join(d, c${zone})" } }`;
  const utc = await lines(messages(', UTC'));
  const day = Date.UTC(2024, 1, 29);
  t.same(read(utc, 'M,290224,120000.5'), ['m', { d: day, c: 43_200_500, at: day + 43_200_500 }]);
  t.same(read(utc, 'M,290224,'), ['m', { d: day }]);
  t.same(read(utc, 'M,,000000'), ['m', { c: 0 }]);
  t.equal(read(utc, 'M,290223,'), 'RANGE d 2');
  t.equal(said(utc, 'm', { d: day, c: 1, at: 5 }), 'M,290224,000000.001\r\n');
});

t.test('names and values: any order, unknown ones kept, none twice', async t => {
  const protocol = await loadCode(
    modelOf(
      columnSchema(
        '  m: { dir: both, id: M, fields: { a: int, b: { type: rest, optional: true } } }',
        '',
        `  split: { by: line }
  text: "{id} {body}"
  layout: { id: { type: word, role: id }, body: { kv: true } }`,
      ),
    ),
  );
  const rows: [string, unknown][] = [
    ['M a=1;b=x=y', ['m', { a: 1, b: 'x=y' }]],
    ['M b=;a=1', ['m', { a: 1, b: '' }]],
    ['M ;a=1;;', ['m', { a: 1 }]],
    ['M z=9;a=1;toString=', ['m', { a: 1, unknown: { z: '9', toString: '' } }]],
    ['M b=1', 'MISSING a 5'],
    ['M a=1;a=2', 'COUNT body 6'],
    ['M a=1;b', 'MAGIC body 6'],
    ['M a=x', 'DIGITS a 4'],
  ];
  for (const [line, want] of rows) t.same(read(protocol, line), want, line);
  t.equal(said(protocol, 'm', { unknown: { z: '9' }, b: '', a: 1 }), 'M a=1;b=;z=9\r\n');
  t.equal(refused(protocol, 'm', { a: 1, unknown: { a: '2' } }), 'AMBIGUOUS unknown.a');
  t.equal(refused(protocol, 'm', { a: 1, unknown: { 'x=y': '2' } }), 'TEXT unknown.x=y');
  t.equal(refused(protocol, 'm', { a: 1, b: 'x;y' }), 'TEXT b');
});

t.test('JSON: members by name, unknown ones kept, and nothing that only looks like one', async t => {
  const protocol = await loadCode(
    modelOf(
      columnSchema(
        '  m: { dir: both, id: M, fields: { a: int, b: { type: word, optional: true }, list: { group: { x: dec }, repeat: 0..2, optional: true } } }',
        '',
        '  split: { by: json }\n  layout: { body: { json: true, id: type } }',
      ),
    ),
  );
  const rows: [string, unknown][] = [
    ['{"type":"M","a":1,"b":"x"}', ['m', { a: 1, b: 'x' }]],
    ['{ "b": null, "a": -2, "type": "M" }', ['m', { a: -2 }]],
    ['{"type":"M","a":1,"z":[1]}', ['m', { a: 1, unknown: { z: [1] } }]],
    ['{"type":"M","a":1,"list":[{"x":0.5},{"x":2}]}', ['m', { a: 1, list: [{ x: 0.5 }, { x: 2 }] }]],
    ['{"type":"M","a":1,"list":[{"x":0.5},{"x":"2"}]}', 'RANGE list[1].x 0'],
    ['{"type":"M","a":1,"list":[1]}', 'RANGE list[0] 0'],
    ['{"type":"M","a":1,"list":[{"x":1},{"x":1},{"x":1}]}', 'LIMIT list 0'],
    ['{"type":"M"}', 'MISSING a 0'],
    ['{"type":"M","a":1.5}', 'RANGE a 0'],
    ['{"type":"M","a":1,"b":"x y"}', 'RANGE b 0'],
    ['{"type":"Q"}', 'UNKNOWN_ID type 0'],
    ['{"type":7}', 'RANGE type 0'],
    ['{}', 'MISSING type 0'],
    ['[]', 'RANGE body 0'],
    ['{"type":"M"', 'TEXT body 0'],
  ];
  for (const [text, want] of rows) t.same(read(protocol, text), want, text);
  t.equal(said(protocol, 'm', { unknown: { z: 1 }, a: 1 }), '{"type":"M","a":1,"z":1}');
  t.equal(refused(protocol, 'm', { a: 1, unknown: { type: 'Q' } }), 'AMBIGUOUS unknown.type');
  const stream = bytes('{"type":"M","a":1}\n{"type":"M","a":2}{"type":"M","a":3}');
  t.same(
    decodeStream(
      protocol,
      'up',
      [...stream].map(byte => Uint8Array.of(byte)),
    ).results.map(r => r.ok && r.value.a),
    [1, 2, 3],
  );
});

t.test('what is not declared is kept with its id, and a body that does not fit with a warning', async t => {
  const nmea = await loadCode(shipped('nmea'));
  const got = nmea.decode('up', bytes('$GPXYZ,1,2*4F'), 0, 13);
  t.same(
    [got?.name, got?.id, plain(got?.value)],
    ['unknown', 'XYZ', { mark: '$', talker: 'GP', id: 'XYZ', body: Uint8Array.from(bytes('1,2')) }],
  );
  const keeping = await lines('  m: { dir: both, id: M, fields: { a: int } }', 'unknown: { id: keep, body: keep }');
  const bad = keeping.decode('up', bytes('M,x'), 0, 3);
  t.same([bad?.name, bad?.id], ['unknown', 'M']);
  t.match(bad?.value.$warn, [/^not a "m": a: /]);
  const whole = bytes('....M,7\r\n');
  const index = keeping.classify('up', whole, 4, 7);
  t.same(keeping.decodeAs('up', index, whole, 4, 7, new ConnContext())?.value, { a: 7 });
  const w = new Writer();
  keeping.up[0]!.write(w, { a: 7 });
  t.equal(w.length, 5);
});

t.test('a line of columns with a NUL byte is refused where that stands, as it could not be sent on', async t => {
  const protocol = await lines('  m: { dir: both, id: M, fields: { a: rest } }');
  t.equal(read(protocol, 'M,中\0b'), 'TEXT line 5');
  t.equal(refused(protocol, 'm', { a: 'a\0b' }), 'TEXT a');
});

t.test('decimals of a minute behind the seventh are cut off, and all degrees that are read can be said', async t => {
  const protocol = await lines('  m: { dir: both, id: M, fields: { a: dm(2) } }');
  const [, value] = read(protocol, 'M,0130.00000019') as [string, Value];
  t.same(value, { a: 1 + 30.0000001 / 60 });
  for (const said of ['M,9959.9999999', 'M,8959.9999999', 'M,0000.0000001', 'M,9959.9999'])
    t.equal(refused(protocol, 'm', (read(protocol, said) as [string, Value])[1]), `said: ${said}\r\n`);
  t.match(read(protocol, 'M,9959.99999999999999999'), ['m', { a: 99 + 59.9999999 / 60 }]);
  t.equal(refused(protocol, 'm', { a: 100 - 1e-12 }), 'RANGE a');
});

t.test('JSON: what a member may hold is what can be written again', async t => {
  const json = (frame: string, text = 'utf8'): Promise<Protocol> =>
    loadCode(
      modelOf(
        columnSchema(
          '  m: { dir: both, id: m, fields: { x: { type: dec, optional: true }, s: { type: rest, optional: true } } }',
          '',
          frame,
        ).replace('text: utf8', `text: ${text}`),
      ),
    );
  const plainFrame = '  split: { by: line }\n  layout: { body: { json: true, id: t } }';
  const protocol = await json(plainFrame);
  t.equal(read(protocol, '{"t":"m","x":1e999}'), 'RANGE x 0');
  t.same(read(protocol, '{"t":"m","x":-0}'), ['m', { x: 0 }]);
  t.equal(read(protocol, '{"t":"m","y":[1e999]}'), 'RANGE unknown 0');
  const nested = (depth: number): string => `{"t":"m","y":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  t.match(read(protocol, nested(64)), ['m', {}]);
  t.equal(read(protocol, nested(65)), 'LIMIT unknown 0');
  t.equal(read(protocol, nested(1000)), 'LIMIT unknown 0');
  t.equal(said(protocol, 'm', { s: 'a\nb\0中' }), '{"t":"m","s":"a\\nb\\u0000中"}\r\n');
  const narrow = await json(
    `  split: { by: until, end: "'#;'" }\n  text: "{body}"\n  layout: { body: { json: true, id: t } }`,
    'ascii',
  );
  t.equal(said(narrow, 'm', { s: 'a#;中' }), '{"t":"m","s":"a\\u0023\\u003b\\u4e2d"}#;');
  t.same(read(narrow, '{"t":"m","s":"a\\u0023\\u003b\\u4e2d"}'), ['m', { s: 'a#;中' }]);
});

t.test('text up to an end that is no line end holds any character but those of its end', async t => {
  const protocol = await loadCode(
    modelOf(`wire: 1
protocol: { id: odd, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: until, end: "'|'" } }
messages: { m: { dir: both, text: "m {a} {b}", fields: { a: word, b: rest } } }
`),
  );
  t.equal(said(protocol, 'm', { a: 'x\ny', b: '\0\r' }), 'm x\ny \0\r|');
  t.same(read(protocol, 'm x\ny \0\r'), ['m', { a: 'x\ny', b: '\0\r' }]);
  t.equal(refused(protocol, 'm', { a: 'x y', b: '' }), 'TEXT a');
  t.equal(refused(protocol, 'm', { a: 'x', b: '|' }), 'TEXT frame');
});
