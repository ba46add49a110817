/** `gw-gen explain`: every byte is told, in the order of the wire, and a mistake is shown where it is. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { jsonLine } from '../../generator/cli/output.js';
import { type Explained, type Explainer, explain, explainer } from '../../generator/explain/explain.js';
import { explainedJson, printExplained } from '../../generator/explain/print.js';
import { hideSecrets } from '../../generator/explain/secrets.js';
import { loadProtocol } from '../../generator/run/load-protocol.js';
import { plain } from '../../generator/schema/colors.js';
import { type Direction, decodeBytes, type Known, type ProblemCode } from '../../src/codec/index.js';
import { gen, type Run } from '../support/gw-gen.js';
import { modelOf, shipped } from '../support/load.js';
import { oddSchemas } from '../support/odd-schemas.js';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(/\s/g, ''), 'hex'));

function text(by: Explainer, hex: string, direction: Direction = 'up', known: Known = {}): string {
  return printExplained(hideSecrets(explain(by, direction, bytes(hex), known)), direction, plain);
}

/** Something of everything that can be wrong. */
const SENSOR = `wire: 1
protocol: { id: sensor, version: 1.0.0 }
limits: { frame: 64, list: 4, string: 20 }
session: { auth: none }
frame:
  split: { by: length, confirm: stop, rescue: stop }
  layout:
    sync: { magic: "a5 5a" }
    ver: { type: u8 }
    size: { type: u8, covers: id..sum }
    id: { type: u8, role: id }
    body: body
    sum: { check: sum8, over: ver..body }
    tail: { type: u8, const: 7 }
    stop: { magic: "0d 0a" }
enums: { Kind: { on: 1, off: 2 } }
flags: { Doors: { size: u8, left: 0, right: 7 } }
types:
  P: { x: { type: i8, scale: 0.5, unit: m }, y: { bits: u8, fields: { hi: 4, on: 1, spare: 3 } } }
  Tags:
    tlv: { tag: u8, size: u8, require: [temp] }
    of: { 0x01: { name: temp, type: i8, unit: °C }, 0x02: { name: hum, type: u8 } }
messages:
  state: { dir: up, id: 1, fields: { kind: { type: u8, enum: Kind }, n: { type: u8, valid: 0..9 } } }
  note: { dir: up, id: 2, fields: { n: { type: varint, max: 2 }, text: "str(u8)" } }
  list: { dir: up, id: 3, fields: { xs: u16(u8) } }
  tags: { dir: up, id: 4, fields: { tags: Tags(*) } }
  order: { dir: up, id: 5, fields: { a: u8, b: u8 }, rules: [a < b] }
  path: { dir: up, id: 6, fields: { doors: { type: u8, flags: Doors }, count: { type: u8, auto: count(ps) }, ps: P(count) } }
  door: { dir: up, id: 7, fields: { open: bool, at: time(u32 s), temp: { type: i16, none: 0x7fff, scale: 0.1 } } }
`;

/** A good frame around a body. */
function sensorFrame(id: number, body: string): string {
  const inner = [1, body.replaceAll(' ', '').length / 2 + 2, id, ...bytes(body)];
  const sum = inner.reduce((a, b) => a + b, 0) & 0xff;
  return Buffer.from([0xa5, 0x5a, ...inner, sum, 7, 0x0d, 0x0a]).toString('hex');
}

const sensor = await explainer(modelOf(SENSOR));
const gt06 = await explainer(shipped('gt06'));
/** The codec as users have it. */
const plainSensor = await loadProtocol(sensor.model);

t.test('a number around a body is told with its sign, which stands in another element', async t => {
  const by = await explainer(modelOf(oddSchemas['numbers around a body whose sign stands elsewhere']!));
  const told = text(by, '0011 01 0000b1bc 03 40 0004 01 07 80 80 0005 000c');
  t.match(told, /lat +-45\.5 /);
  t.match(told, /whole +-3\b/);
  t.match(told, /low +-7\b/);
  t.match(told, /end +-1\.2 /);
  t.match(text(by, '0011 01 0000b1bc 03 c0 0004 01 07'), /lat +45\.5 /, 'in what is cut short too');
});

t.test('a frame is told byte by byte', async t => {
  t.equal(
    text(gt06, '7878 1f 12 10020e14061d cc 0476fcd0 003e3faf 3e 14b2 0000 00 0000 000000 044e f674 0d0a'),
    `location 0x12, up, 36 bytes at 0
    0  78 78                    form        short
    2  1f                       size        31 (size of id..crc)
    3  12                       id          0x12
    4  10 02 0e 14 06 1d        time        2016-02-14T20:06:29.000Z
   10  cc                       gps         0xcc
                                  infoLen   12 (bits 7..4)
                                  sats      12 (bits 3..0)
   11  04 76 fc d0              lat         41.61490666666667 deg (raw 74906832)
   15  00 3e 3f af              lon         2.266408333333333 deg (raw 4079535)
   19  3e                       speed       62 km/h
   20  14 b2                    course      0x14b2
                                  realtime  false (bit 13)
                                  fixed     true (bit 12)
                                  west      false (bit 11)
                                  north     true (bit 10)
                                  deg       178 (bits 9..0)
                                cell
   22  00 00                      mcc       0
   24  00                         mnc       0
   25  00 00                      lac       0
   27  00 00 00                   ci        0
   30                           rest        empty
   30  04 4e                    serial      1102
   32  f6 74                    crc         0xf674, good (crc16/x25 of size..serial)
   34  0d 0a                    stop`,
  );
});

t.test('lists, types in them, flags, bits and what is computed stand in their places', async t => {
  t.equal(
    text(sensor, sensorFrame(6, '81 02 02 11 fe a3')),
    `path 0x06, up, 15 bytes at 0
    0  a5 5a                    sync
    2  01                       ver       1
    3  08                       size      8 (size of id..sum)
    4  06                       id        0x06
    5  81                       doors     left, right
    6  02                       count     2 (count of ps)
                                ps
                                  [0]
    7  02                           x     1 m (raw 2)
    8  11                           y     0x11
                                      hi  1 (bits 7..4)
                                      on  false (bit 3)
                                  [1]
    9  fe                           x     -1 m (raw -2)
   10  a3                           y     0xa3
                                      hi  10 (bits 7..4)
                                      on  false (bit 3)
   11  46                       sum       0x46, good (sum8 of ver..body)
   12  07                       tail      7 (constant)
   13  0d 0a                    stop`,
  );
  const door = text(sensor, sensorFrame(7, '01 5f5e1000 7fff'));
  t.match(door, ' open  true\n');
  t.match(door, ' at    2020-09-13T12:26:40.000Z\n');
  t.match(door, ' temp  no value (32767)\n');
  t.match(text(sensor, sensorFrame(7, '00 00000000 ff9c')), ' temp  -10 (raw -100)\n');
});

t.test('tagged items have their tag, also those that nobody has declared', async t => {
  t.match(
    text(sensor, sensorFrame(4, '01 01 f6 02 01 32 07 02 aabb')),
    `                                tags
    5  01 01 f6                   temp     -10 °C (tag 0x01, size 1)
    8  02 01 32                   hum      50 (tag 0x02, size 1)
   11  07 02 aa bb                unknown  (tag 0x07, size 2, kept as it is: not declared, of another size, or repeated)
`,
  );
});

/** Frame, code, and the lines about the mistake: the row, carets, the sentence. */
const MISTAKES: readonly (readonly [string, ProblemCode, string])[] = [
  [
    sensorFrame(1, '03 04'),
    'ENUM',
    `    5  03                       kind
       ^^
       a number has no name in its enumeration: got 3 [ENUM]
    6  04                       not read
`,
  ],
  [
    sensorFrame(1, '01 0a'),
    'RANGE',
    `    6  0a                       n
       ^^
       a value is outside its declared range: got 10 (0xa), want 0..9 [RANGE]
`,
  ],
  [
    sensorFrame(1, '01'),
    'TRUNCATED',
    `    5  01                       kind  on (1)
                                n
       ^
       the bytes end too early: want 1 more [TRUNCATED]
    6  06                       sum   0x06, good (sum8 of ver..body)
`,
  ],
  [
    sensorFrame(1, '01 02 03 04'),
    'TRAILING',
    `    7  03 04                    left over
       ^^ ^^
       bytes are left over: got 2 bytes [TRAILING]
`,
  ],
  [
    sensorFrame(2, '80 80 01'),
    'VARINT',
    `    5  80 80 01                 n
       ^^ ^^ ^^
       a variable-length number is over-long or too large: want at most 2 bytes, without needless zeros [VARINT]
`,
  ],
  [
    sensorFrame(2, '05 02 c328'),
    'TEXT',
    `    6  02 c3 28                 text  (size 2)
          ^^ ^^
       the text is not valid in its character set: want utf-8 [TEXT]
`,
  ],
  [
    sensorFrame(2, `05 15 ${'41'.repeat(21)}`),
    'LIMIT',
    `    6  15                       text      (size 21)
       ^^
       a limit of the schema is exceeded: got 21 (0x15), want 20 (0x14) [LIMIT]
    7  41 41 41 41 41 41 41 41  not read
       41 41 41 41 41 41 41 41
       41 41 41 41 41
`,
  ],
  [
    sensorFrame(3, '03 0001'),
    'COUNT',
    `    5  03                       xs        (count 3)
       ^^
       a count does not fit the data: got 3 [COUNT]
    6  00 01                    not read
`,
  ],
  [
    sensorFrame(4, '02 01 05'),
    'MISSING',
    `                                tags
       a required item is missing [MISSING]
    5  02 01 05                   hum  5 (tag 0x02, size 1)
`,
  ],
  [
    sensorFrame(5, '02 01'),
    'RULE',
    `    9  0d 0a                    stop
a < b: a rule of the message does not hold [RULE]`,
  ],
  [
    sensorFrame(9, '01 02'),
    'UNKNOWN_ID',
    `    4  09                       id        0x09
       ^^
       no message has this id: got 9 [UNKNOWN_ID]
    5  01 02                    not read
`,
  ],
  [
    sensorFrame(1, '01 02').replace(/..070d0a$/, '00070d0a'),
    'CHECK',
    `    6  02                       n     2
    7  00                       sum   0x00, want 0x09 (sum8 of ver..body)
       ^^
       the checksum is wrong: got 0, want 9 [CHECK]
    8  07                       tail  7 (constant)
`,
  ],
  [
    sensorFrame(1, '01 02').replace(/070d0a$/, '060d0a'),
    'CONST',
    `    8  06                       tail  6 (constant)
       ^^
       a constant is not what it must be: got 6, want 7 [CONST]
`,
  ],
  [
    sensorFrame(1, '01 02').replace('a55a0104', 'a55a0105'),
    'SIZE',
    `    3  05                       size  5 (size of id..sum)
       ^^
       a size does not fit the frame: got 5, want 4 [SIZE]
`,
  ],
];

t.test('what is wrong is shown where it is, and what stands before it is told', async t => {
  for (const [frame, code, lines] of MISTAKES) {
    const shown = text(sensor, frame);
    t.match(shown, lines, code);
    t.match(shown, /^.*, refused\n {4}0 {2}a5 5a +sync\n {4}2 {2}01 +ver /, code);
    const [decoded] = decodeBytes(plainSensor, 'up', bytes(frame));
    t.match(decoded, { ok: false, code }, `${code}: decoding says the same`);
  }
});

t.test('a frame that ends too early is told as far as it goes', async t => {
  const whole = sensorFrame(6, '81 02 02 11 fe a3');
  t.equal(
    text(sensor, whole.slice(0, 18)),
    `path 0x06, up, 9 bytes at 0, refused
    0  a5 5a                    sync
    2  01                       ver    1
    3  08                       size   8 (size of id..sum)
    4  06                       id     0x06
    5  81                       doors  left, right
    6  02                       count  2 (count of ps)
    7  02 11                    ps
             ^
       the bytes end too early: want 6 more [TRUNCATED]`,
  );
  for (let n = 2; n < whole.length; n += 2) {
    const parts = explain(sensor, 'up', bytes(whole.slice(0, n)));
    t.match(parts, [{ at: 0, end: n / 2 }], `${n / 2} bytes are one frame`);
    t.equal(codesOf(parts)[0], 'TRUNCATED', `${n / 2} bytes`);
  }
});

t.test('a stream is told with what lies between its frames', async t => {
  const frame = sensorFrame(1, '01 02');
  t.equal(
    text(sensor, `001122 ${frame} ffff ${frame}`),
    `skipped 3 bytes at 0: the bytes belong to no frame [GARBAGE]
    0  00 11 22

state 0x01, up, 11 bytes at 3
    3  a5 5a                    sync
    5  01                       ver   1
    6  04                       size  4 (size of id..sum)
    7  01                       id    0x01
    8  01                       kind  on (1)
    9  02                       n     2
   10  09                       sum   0x09, good (sum8 of ver..body)
   11  07                       tail  7 (constant)
   12  0d 0a                    stop

skipped 2 bytes at 14: the bytes belong to no frame [GARBAGE]
   14  ff ff

state 0x01, up, 11 bytes at 16
   16  a5 5a                    sync
   18  01                       ver   1
   19  04                       size  4 (size of id..sum)
   20  01                       id    0x01
   21  01                       kind  on (1)
   22  02                       n     2
   23  09                       sum   0x09, good (sum8 of ver..body)
   24  07                       tail  7 (constant)
   25  0d 0a                    stop`,
  );
});

/** The same layout, sent in other forms. */
const recoded = (frame: string): string => `wire: 1
protocol: { id: recoded, version: 1.0.0 }
session: { auth: none }
frame:
  ${frame}
  layout: { id: { type: u8, role: id }, body: body }
messages: { m: { dir: both, id: 1, fields: { a: u16, b: u8 } } }
`;

t.test('places are those on the wire, also where bytes are escaped there or sent as digits', async t => {
  const flag = await explainer(
    modelOf(
      recoded(
        'split: { by: flag, flag: "7e", shared: true, empty: skip }\n  escape: { lead: "7d", map: { "01": "7d", "02": "7e" }, bad: drop }',
      ),
    ),
  );
  t.equal(
    text(flag, '7e 01 7d02 7d01 05 7e'),
    `m 0x01, up, 8 bytes at 0
    0  7e                       start
    1  01                       id     0x01
    2  7e 7d                    a      32381 (on the wire: 7d 02 7d 01)
    6  05                       b      5
    7  7e                       end`,
  );
  t.match(text(flag, '7e 01 7d09 05 7e'), '[ESCAPE]');
  t.match(text(flag, '7e 01 7d02'), /^m 0x01, up, 4 bytes at 0, refused\n(?:.*\n)+ +\^\n +the bytes end too early/);
  const slip = await explainer(modelOf(recoded('split: { by: slip }')));
  t.match(text(slip, '01 dbdc dbdd 05 c0'), '    1  c0 db                    a     49371 (on the wire: db dc db dd)');
  const cobs = await explainer(modelOf(recoded('split: { by: cobs }')));
  t.match(text(cobs, '02 01 01 02 05 00'), '    2  00 00                    a      0\n    4  05 ');
  const digits = await explainer(modelOf(recoded('split: { by: hex, end: "0a" }')));
  t.match(text(digits, Buffer.from('0100FF05\n').toString('hex')), 'a     255 (on the wire: 30 30 46 46)');
  t.match(text(digits, Buffer.from('01x0\n').toString('hex')), '[DIGITS]');
});

t.test('lines are told by their template', async t => {
  const chat = await explainer(shipped('chat'));
  const hex = (line: string): string => Buffer.from(line).toString('hex');
  t.equal(
    text(chat, hex('/tell ann  hi\r\n/nick bob!\n')),
    `tell, up, 15 bytes at 0
    0  2f 74 65 6c 6c 20        literal  "/tell "
    6  61 6e 6e                 to       "ann"
    9  20                       literal  " "
   10  20 68 69                 line     " hi"
   13  0d 0a                    end

nick, up, 11 bytes at 15, refused
   15  2f 6e 69 63 6b 20        literal  "/nick "
   21  62 6f 62 21              name
       ^^ ^^ ^^ ^^
       a value is outside its declared range: got bob!, want ^[A-Za-z0-9_]+$ [RANGE]
   25  0a                       end`,
  );
  t.match(text(chat, hex('/login bob s3cret\n')), ' pass     ***\n');
  t.notMatch(text(chat, hex('/login bob s3cret\n')), 's3cret');
  t.match(text(chat, hex('*** pon\n'), 'down'), '[NO_MATCH]');
});

t.test('a varint is told with its name', async t => {
  const by = await explainer(modelOf(oddSchemas['names for varints']!));
  const told = text(by, '000a 01 c801 05 05 00 8b01 01');
  t.match(told, /c8 01 +a +wide \(200\)\n/);
  t.match(told, / 05 +b +5, no name in Kind\n/);
  t.match(told, / 05 +c +less \(-3\)\n/);
});

t.test('hexadecimal digits of a text are told with the names of their bits, and one behind the other', async t => {
  const by = await explainer(modelOf(oddSchemas['the same in templates, one behind the other']!));
  const line = Buffer.from('m00ff8003-1a/98f1affA:2147483649\n').toString('hex');
  const told = text(by, line);
  for (const row of [
    / 1 {2}30 30 66 66 +a +255\n/,
    / 5 {2}38 30 30 33 +b +up, down, fire\n/,
    / 10 {2}31 61 +c +26\n/,
    / 13 {2}39 38 66 +d +on, level 15, undeclared bits 0x180\n/,
    / 16 {2}31 61 +e +run \(26\)\n/,
    / h +first, last\n/,
  ])
    t.match(told, row);
});

t.test('columns, their groups and what is derived from them stand in their places, with units', async t => {
  const nmea = await explainer(shipped('nmea'));
  const hex = (line: string): string => Buffer.from(line).toString('hex');
  const gsv = text(nmea, hex('$GPGSV,3,3,11,02,39,223,,13,28,070,17,26,23,252,*43\r\n'.replace('*43', '')));
  t.match(gsv, /^ {4}7 {2}33 +total +3$/m);
  t.match(gsv, /^ {32}sats\[1\]\n {3}25 {2}31 33 +prn +13\n/m);
  t.match(gsv, / {3}31 {2}30 37 30 +azim +70 deg\n/);
  t.match(gsv, / {3}24 +snr +\(empty\)\n/);
  const rmc = text(nmea, hex('$GPRMC,123519,A,4807.038,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n'));
  for (const row of [
    / 7 {2}31 32 33 35 31 39 +clock +12:35:19\.000$/m,
    / 14 {2}41 +status +valid \("A"\)$/m,
    / 16 {2}34 38 30 37 2e 30 33 38 {2}lat +48\.1173\n {7}2c 4e$/m,
    / 39 {2}30 32 32 2e 34 +speed +22\.4 kn$/m,
    / 51 {2}32 33 30 33 39 34 +date +1994-03-23$/m,
    / 66 {2}36 41 +sum +6A, good \(xor8 of talker\.\.body\)$/m,
    / 68 +at +1994-03-23T12:35:19\.000Z \(derived\)$/m,
  ])
    t.match(rmc, row);
  const bad = text(nmea, hex('$GPGLL,4916.45,N,12311.12,W,225444,A*00\r\n'));
  t.match(
    bad,
    /sum +00, want 31 \(xor8 of talker\.\.body\)\n {7}\^\^ \^\^\n {7}the checksum is wrong: got 00, want 31 \[CHECK\]/,
  );
  t.match(bad, /34 39 31 36 2e 34 35 2c {2}lat\n/, 'what it would hold is still told');
  t.match(text(nmea, hex('$IIXYZ,1,2*5a\n')), /"XYZ"/);
});

const NAMED = `wire: 1
protocol: { id: named, version: 1.0.0 }
session: { auth: none }
frame:
  split: { by: until, start: "'['", end: "']'" }
  text: "[{id}:{body}"
  layout: { id: { type: word, role: id }, body: { kv: { pair: "&", equals: "=" } } }
messages:
  report: { dir: up, id: report, fields: { speed: { type: dec, unit: km/h }, heading: { type: int, optional: true }, key: { type: word, optional: true } } }
`;
const OBJECTS = `wire: 1
protocol: { id: objects, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: json }, layout: { body: { json: true, id: type } } }
messages:
  players:
    dir: up
    id: players
    fields: { list: { group: { name: word, score: { type: int, unit: points } }, repeat: 0..9 }, at: time(hhmmss.sss), end: { type: rest, optional: true } }
`;

t.test('a column that is missing is named, as nothing of it is there', async t => {
  const by = await explainer(
    modelOf(`wire: 1
protocol: { id: short, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: line }, text: "{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true, short: allow } } }
messages: { m: { dir: up, id: M, fields: { a: int, b: int } } }
`),
  );
  t.match(text(by, '4d2c310a'), /\n +b: a required item is missing \[MISSING\]\n?$/);
});

t.test('names and values have a row for each pair, also for those that nobody has declared', async t => {
  const named = await explainer(modelOf(NAMED));
  const shown = (line: string): string => text(named, Buffer.from(line).toString('hex'));
  t.equal(
    shown('[report:speed=12.5&odd=1&&key=abc]'),
    `report, up, 34 bytes at 0
    0  5b                       literal  "["
    1  72 65 70 6f 72 74        id       "report"
    7  3a                       literal  ":"
    8  73 70 65 65 64 3d 31 32  speed    12.5 km/h
       2e 35
   18  26                       literal  "&"
   19  6f 64 64 3d 31           odd      "1" (not declared)
   24  26                       literal  "&"
   25  26                       literal  "&"
   26  6b 65 79 3d 61 62 63     key      "abc"
   33  5d                       end`,
  );
  t.match(shown('[report:heading=x&speed=1]'), /heading\n {7}78\n {7}\^\^\n.*\[DIGITS\]/);
});

t.test('JSON has a row for each member, and for those of objects in a list', async t => {
  const objects = await explainer(modelOf(OBJECTS));
  const shown = (line: string): string => text(objects, Buffer.from(line).toString('hex'));
  t.equal(
    shown('{"list":[{"name":"a}","score":1}],"at":"120000" ,"x":{"y":[1]},"type":"players"}'),
    `players, up, 80 bytes at 0
    0  7b                       literal      "{"
    1  22 6c 69 73 74 22 3a 5b  list
                                  list[0]
    9  7b                           literal  "{"
   10  22 6e 61 6d 65 22 3a 22      name     "a}"
       61 7d 22
   21  2c                           literal  ","
   22  22 73 63 6f 72 65 22 3a      score    1 points
       31
   31  7d                           literal  "}"
   32  5d                       literal      "]"
   33  2c                       literal      ","
   34  22 61 74 22 3a 22 31 32  at           12:00:00.000
       30 30 30 30 22
   47  20 2c                    literal      " ,"
   49  22 78 22 3a 7b 22 79 22  x            {"y":[1]} (not declared)
       3a 5b 31 5d 7d
   62  2c                       literal      ","
   63  22 74 79 70 65 22 3a 22  type         "players"
       70 6c 61 79 65 72 73 22
   79  7d                       literal      "}"`,
  );
  const wrong = shown('{"type":"players","list":[{"name":"a","score":1},{"name":"b","score":"2"}],"at":"120000"}');
  t.match(wrong, /score\n {7}22 32 22\n {7}\^\^ \^\^ \^\^\n.*got 2, want a whole number \[RANGE\]/);
  t.match(
    shown('{"type":"players"} {"type":"players","list":[],"at":"120000"}'),
    /refused[\s\S]*\n\nplayers, up, 42 bytes at 19\n/,
  );
});

t.test('what is secret is shown nowhere inside of it', async t => {
  const textual = (split: string, layout: string, people: string): Promise<Explainer> =>
    explainer(
      modelOf(`wire: 1
protocol: { id: hush, version: 1.0.0 }
session: { auth: none }
frame: { split: { by: ${split} }, ${layout} }
messages: { m: { dir: up, id: m, fields: { people: ${people} } } }
`),
    );
  const people = '{ group: { pin: int }, repeat: 0..4, secret: true }';
  const json = await textual('line', 'layout: { body: { json: true, id: type } }', people);
  const csv = await textual(
    'line',
    'text: "{id},{body}", layout: { id: { type: word, role: id }, body: { csv: true } }',
    people,
  );
  for (const [by, line] of [
    [json, '{"type":"m","people":[{"pin":1234}]}\n'],
    [csv, 'm,1234\n'],
  ] as const) {
    const shown = text(by, Buffer.from(line).toString('hex'));
    t.match(shown, /pin +\*\*\*$/m);
    t.notMatch(shown, /\b1234/);
  }
  const binary = await explainer(
    modelOf(`wire: 1
protocol: { id: hush, version: 1.0.0 }
limits: { frame: 64, list: 4, string: 20 }
session: { auth: none }
frame: { split: { by: length }, layout: { size: { type: u8, covers: id..body }, id: { type: u8, role: id }, body: body } }
types:
  P: { pin: u16, bits: { bits: u8, fields: { code: 8 } }, in: Q }
  Q: { key: str(2) }
  Tags: { tlv: { tag: u8, size: u8 }, of: { 0x01: { name: door, type: u16 }, 0x02: { name: who, type: Q } } }
messages:
  one: { dir: up, id: 1, fields: { p: { type: P, secret: true } } }
  many: { dir: up, id: 2, fields: { ps: { type: P(u8), secret: true } } }
  tags: { dir: up, id: 3, fields: { tags: { type: Tags(*), secret: true } } }
  numbers: { dir: up, id: 4, fields: { ns: { type: u16(u8), secret: true } } }
`),
  );
  for (const [frame, rows] of [
    ['06 01 04d2 4d 4142', [/pin +\*{3}$/m, /code +\*{3} \(/, /key +\*{3}$/m]],
    ['07 02 01 04d2 4d 4142', [/pin +\*{3}$/m, /code +\*{3} \(/, /key +\*{3}$/m]],
    ['0c 03 01 02 04d2 02 02 4142 09 01 4d', [/door +\*{3} \(/, /key +\*{3} \(/]],
    ['06 04 02 04d2 004d', [/ns +\*{3} \(/]],
  ] as const) {
    const shown = text(binary, frame);
    for (const row of rows) t.match(shown, row, frame);
    t.notMatch(shown, /1234|\b77\b|AB/, frame);
  }
});

t.test('half of a character of two bytes is no delimiter', async t => {
  const gbk = await explainer(
    modelOf(`wire: 1
protocol: { id: halves, version: 1.0.0 }
defaults: { text: gbk }
session: { auth: none }
frame: { split: { by: line }, layout: { body: { json: true, id: type } } }
messages: { m: { dir: up, id: m, fields: { name: word, n: int } } }
`),
  );
  // 0x81 0x5c, whose second byte is a backslash.
  const hex = `${Buffer.from('{"type":"m","name":"').toString('hex')}815c${Buffer.from('","n":7}\n').toString('hex')}`;
  const shown = text(gbk, hex);
  t.match(shown, /name +"乗"$/m);
  t.match(shown, /n +7$/m);
});

t.test('shapes of frames are chosen by what is known of the connection', async t => {
  const two = await explainer(
    modelOf(`wire: 1
protocol: { id: two, version: 1.0.0 }
limits: { frame: 250 }
frames:
  hello:
    when: { state: new }
    dir: up
    split: { by: length }
    layout: { size: { type: u8, covers: body }, body: body }
    message: hello
  data:
    when: { state: open }
    split: { by: length }
    layout: { size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }
messages:
  hello: { dir: up, fields: { who: str(*) }, auth: { identity: who, within: 5s } }
  data: { dir: up, id: 1, fields: { v: u16 } }
`),
  );
  t.match(
    text(two, '02 4142 0003 01 0007', 'up', { state: 'new' }),
    /^hello, up, hello, 3 bytes[\s\S]*\ndata 0x01, up, data, 5/,
  );
  t.match(text(two, '0003 01 0007', 'up', { state: 'open' }), /^data 0x01, up, data, 5 bytes at 0\n/);
  t.match(text(two, '0003 01 0007'), /^data 0x01, up, data, 5 bytes at 0\n/, 'where nothing is known, what fits');
});

t.test('as JSON, rows say where they stand and what they hold', async t => {
  const [part] = explain(sensor, 'up', bytes(sensorFrame(1, '01 0a')));
  const json = JSON.parse(jsonLine(explainedJson(part!))) as Record<string, unknown>;
  const rows = json.rows as Record<string, unknown>[];
  t.match(json, { kind: 'frame', at: 0, end: 11, ok: false, message: 'state', id: 1 });
  t.same(json.problem, {
    code: 'RANGE',
    at: 6,
    field: 'n',
    text: 'a value is outside its declared range: got 10 (0xa), want 0..9',
    row: 5,
    kept: false,
  });
  t.same(rows[4], {
    ...{ depth: 0, path: 'kind', name: 'kind', at: 5, end: 6, bytes: '01' },
    ...{ value: 'on', raw: 1, text: 'on (1)', note: '' },
  });
  const [skipped] = explain(sensor, 'up', bytes('ffee'));
  t.same(JSON.parse(jsonLine(explainedJson(skipped!))), {
    ...{ kind: 'skipped', at: 0, end: 2, code: 'GARBAGE', bytes: 'ffee' },
    text: 'the bytes belong to no frame',
  });
});

t.test('every byte of any stream is told once, and what is decoded is what is explained', async t => {
  const names = ['gt06', 'game', 'tlv-sensor', 'chat', 'nmea'];
  const protocols = await Promise.all([
    ...names.map(name => explainer(shipped(name))),
    explainer(modelOf(NAMED)),
    explainer(modelOf(OBJECTS)),
  ]);
  const written: Readonly<Record<string, string>> = {
    named: '[report:speed=12.5&odd=1&&heading=90]',
    objects: '{"list":[{"name":"a","score":1},{"score":-2,"name":"b"}],"at":"120000", "type":"players","x":[{}]}',
  };
  for (const by of [...protocols, sensor]) {
    const protocol = await loadProtocol(by.model);
    const good = by.model.vectors.map(v => [v.dir, v.raw] as const);
    const line = written[by.model.id];
    if (line !== undefined) good.push(['up', Uint8Array.from(Buffer.from(line))]);
    if (good.length === 0) good.push(['up', bytes(sensorFrame(6, '81 02 02 11 fe a3'))]);
    const changed = fc.record({
      frame: fc.constantFrom(...good),
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      cut: fc.nat(3),
      twice: fc.boolean(),
    });
    fc.assert(
      fc.property(changed, ({ frame: [direction, raw], at, byte, cut, twice }) => {
        const one = raw.slice(0, raw.length - cut);
        one[at % Math.max(1, one.length)] = byte;
        const input = twice ? Uint8Array.from([...one, ...raw]) : one;
        const parts = explain(by, direction, input, { state: 'open' });
        printExplained(parts, direction, plain);
        // Filters take bytes out of lines before anything else sees them.
        if (by.model.id !== 'chat') coversAll(parts, input.length, by.model.id === 'objects');
        const results = decodeBytes(protocol, direction, input, { state: 'open' });
        const frames = parts.filter(p => p.kind === 'frame' && (p.mistake === undefined || p.mistake.kept));
        const names = frames.map(p => p.kind === 'frame' && (p.mistake?.kept === true ? 'unknown' : p.message));
        const wanted = results.flatMap(r => (r.ok ? [r.message] : []));
        if (names.join() !== wanted.join()) throw new Error(`explained ${names.join()}, decoded ${wanted.join()}`);
      }),
      { numRuns: 150, includeErrorInReport: true },
    );
    t.pass(by.model.id);
  }
});

/**
 * Throws where a byte is told twice or not at all.
 * @param spaced white space between frames is passed over
 */
function coversAll(parts: readonly Explained[], size: number, spaced: boolean): void {
  let at = 0;
  for (const part of parts) {
    if (part.at !== at && !(spaced && part.at > at))
      throw new Error(`byte ${at} is not told; the next part begins at ${part.at}`);
    at = part.end;
    if (part.kind === 'skipped') continue;
    let inner = part.at;
    for (const row of part.rows.filter(r => !r.isPart)) {
      if (row.at !== inner) throw new Error(`byte ${inner} has no row; "${row.name}" begins at ${row.at}`);
      inner = row.end;
    }
    if (inner !== part.end) throw new Error(`the rows end at ${inner}, the frame at ${part.end}`);
  }
  if (at !== size && !spaced) throw new Error(`told up to ${at} of ${size}`);
}

function codesOf(parts: readonly Explained[]): string[] {
  return parts.flatMap(p => (p.kind === 'skipped' ? [p.code] : p.mistake === undefined ? [] : [p.mistake.code]));
}

t.test('the command', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'framegate-explain-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const schema = 'protocols/gt06.wire.yaml';
  const run = (args: readonly string[], input: string | Buffer = ''): Run => gen(['explain', ...args], input);
  const LOGIN = '78780d010352887071911998000479d00d0a';
  const good = run([schema, '78', '78', '0d 01', LOGIN.slice(8)]);
  t.match(good, { code: 0, err: '', out: /^login 0x01, up, 18 bytes at 0\n/ });
  t.equal(run([schema], `${LOGIN}\n`).out, good.out, 'digits on stdin');
  const file = join(folder, 'login.bin');
  writeFileSync(file, Buffer.from(LOGIN, 'hex'));
  t.equal(run(['--file', file, schema]).out, good.out, 'the bytes in a file');
  t.equal(run(['--file', '-', schema], Buffer.from(LOGIN, 'hex')).out, good.out, 'the bytes on stdin');
  const json = run(['--format', 'json', schema, LOGIN]);
  t.match(JSON.parse(json.out), { kind: 'frame', ok: true, message: 'login', rows: { 0: { bytes: '7878' } } });
  t.equal(run(['--format', 'json', '--file', file, schema]).out, json.out, 'bytes are digits, wherever they come from');
  t.match(run([schema, LOGIN.replace('79d0', '79d1')]), { code: 1, out: /\[CHECK\]\n/ });
  t.match(run(['--down', schema, '7878050100048e710d0a']), { code: 0, out: /^loginOk 0x01, down, 10 bytes/ });
  t.match(run([schema, '787811800b000000015354415455532300 09c2f40d0a'.replace(' ', '')]), { code: 0 });
  for (const [args, message] of [
    [['--state', 'odd', schema, LOGIN], "argument 'odd' is invalid. Allowed choices are new, open."],
    [['--up', '--down', schema, LOGIN], '--up and --down cannot both be'],
    [['--format', 'xml', schema, LOGIN], "argument 'xml' is invalid. Allowed choices are text, json."],
    [['--awaiting', 'comand', schema, LOGIN], 'hint: did you mean "command"?'],
    [[schema, '78 7'], '"78 7" is no run of hexadecimal digits'],
    [[schema, ''], 'There are no bytes to explain'],
    [['--file', file, schema, LOGIN], 'Bytes are given twice'],
  ] as const)
    t.match(run(args), { code: 2, err: message });
  t.match(run(['--file', join(folder, 'none'), schema]), { code: 1, err: '(ENOENT)' });
});
