/** Encoders refuse what a decoder would not read back: never wrong in silence. Each value here is taken, or refused clearly. */
import t from 'tap';
import { EncodeError, type Protocol } from '../../src/codec/index.js';
import { plain, type Value } from '../support/arbitrary.js';
import { hexBytes, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { binarySchema } from '../support/odd-schemas.js';
import { DIRECTIONS, decodeStream, encode, inShape } from '../support/properties.js';

/** What is said of a value: nothing where it comes back as it was, else why it is refused. */
type Row = readonly [value: Value, refusal?: RegExp];

interface Case {
  readonly title: string;
  readonly schema: string;
  /** By the name of the message; `m` if nothing is said. */
  readonly rows: readonly Row[];
  readonly message?: string;
}

function framed(frame: string, messages: string, limit = 100): string {
  return `wire: 1
protocol: { id: strict, version: 1.0.0 }
limits: { frame: ${limit}, list: 64, string: 80 }
session: { auth: none }
${frame}
messages:
${messages}
`;
}

const PLAIN = '{ id: { type: u8, role: id }, body: body }';
const SIZED = '{ size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }';
const ANY = '  m: { dir: both, id: 1, fields: { a: bytes(*) } }';

const split = (by: string, messages = ANY, layout = PLAIN, limit = 100): string =>
  framed(`frame:\n  split: ${by}\n  layout: ${layout}`, messages, limit);

/** Frames of nothing but bytes. */
const bare = (by: string): string =>
  framed(`frame:\n  split: ${by}\n  message: m`, '  m: { dir: both, fields: { a: bytes(*) } }');

const a = (hex: string): Value => ({ a: hexBytes(hex) });
const zeros = (count: number): Value => ({ a: new Uint8Array(count) });

const FRAMES: readonly Case[] = [
  {
    title: 'frames of one size',
    schema: split('{ by: fixed, size: 4 }'),
    rows: [[a('01 02 03')], [a('01 02'), /LENGTH.*it takes 3 bytes, but is cut at 4/], [a('01 02 03 04'), /LENGTH/]],
  },
  {
    title: 'frames whose id tells their size',
    schema: split('{ by: table, sizes: { 0x01: 3, 0x02: 6 } }'),
    rows: [[a('01 02')], [a('01'), /LENGTH.*it takes 2 bytes, but is cut at 3/], [a('01 02 03'), /LENGTH/]],
  },
  {
    title: 'one message with ids of several sizes',
    schema: split('{ by: table, sizes: { 0x01: 3, 0x02: 4 } }', ANY.replace('id: 1', 'id: [1, 2]')),
    rows: [
      [{ id: 1, ...a('01 02') }],
      [{ id: 2, ...a('01 02 03') }],
      [{ id: 1, ...a('01 02 03') }, /LENGTH.*cut at 3/],
    ],
  },
  {
    title: 'a flag that nothing escapes',
    schema: split('{ by: flag, flag: "7e" }'),
    rows: [[a('01')], [a('01 7e 02'), /TEXT.*the bytes 7e in it would end a frame/], [a('7e'), /TEXT/]],
  },
  {
    title: 'a shared flag that nothing escapes',
    schema: split('{ by: flag, flag: "7e", shared: true }'),
    rows: [[a('01')], [a('01 7e 02'), /TEXT.*the bytes 7e/]],
  },
  {
    title: 'an end of two bytes, also where the first of them stands in front of it',
    schema: split(`{ by: until, end: "'##'" }`),
    rows: [[a('23 01')], [a('23'), /TEXT.*the bytes 23 23 in it would end/], [a('23 23 01'), /TEXT/]],
  },
  {
    title: 'an end that is the beginning of a longer one',
    schema: split('{ by: until, end: ["0d", "0d 0a"] }', ANY, '{ x: u8, id: { type: u8, role: id }, body: body }'),
    rows: [
      [{ x: 1, ...a('0a 01') }],
      [{ x: 10, ...a('01') }, /TEXT.*the bytes 0a at its beginning would belong to the end in front of it/],
      [{ x: 1, ...a('0d') }, /TEXT.*the bytes 0d/],
    ],
  },
  {
    title: 'a start that stands in the frame, or not at its beginning',
    schema: split(
      `{ by: until, start: "'$$'", end: "'#'" }`,
      ANY,
      '{ x: u8, y: u8, id: { type: u8, role: id }, body: body }',
    ),
    rows: [
      [{ x: 36, y: 36, ...a('24 01') }],
      [{ x: 36, y: 36, ...a('01 24') }],
      [{ x: 36, y: 36, ...a('01 24 24') }, /TEXT.*the bytes 24 24 in it would start a frame/],
      [{ x: 36, y: 35, ...a('01') }, /AMBIGUOUS.*it does not begin as a frame must/],
    ],
  },
  ...['{ by: slip }', '{ by: hex }', '{ by: flag, flag: "7e", shared: true }'].map(by => ({
    title: `an empty frame, ${by}`,
    schema: bare(by),
    rows: [[a('01')], [a(''), /AMBIGUOUS.*it is empty, and would be left out/]] as Row[],
  })),
  { title: 'an empty frame where it counts', schema: bare('{ by: flag, flag: "7e" }'), rows: [[a('')], [a('00')]] },
  {
    title: 'the limit of a frame without a layout',
    schema: bare('{ by: cobs }').replace('a: bytes(*)', 'b: bytes(60), a: bytes(*)'),
    rows: [
      [{ b: new Uint8Array(60), ...zeros(40) }],
      [{ b: new Uint8Array(60), ...zeros(41) }, /LIMIT.*it takes 101 bytes, at most 100/],
    ],
  },
  {
    title: 'what silence ends, and what is cut without it',
    schema: split('{ by: quiet, after: 50ms, max: 5 }'),
    rows: [[zeros(4)], [zeros(5), /LIMIT.*it takes 6 bytes, at most 5/]],
  },
  {
    title: 'a size that is too small for the form that was picked',
    schema: framed(
      `frame:
  split: { by: length }
  layout:
    form: { magic: { short: "78 78", long: "79 79" } }
    size: { type: { when: form, short: u8, long: u16 }, covers: id..body }
    id: { type: u8, role: id }
    body: body
  pick: { form: "size(body) > 300 ? long : short" }`,
      ANY,
      1000,
    ),
    rows: [[zeros(254)], [zeros(255), /RANGE.*256 is outside 0..255/], [zeros(300), /RANGE/], [zeros(301)]],
  },
];

const SHAPES = framed(
  `frames:
  beat: { when: { is: "ff" }, split: { by: fixed, size: 1 }, message: beat }
  two: { when: { is: "02" }, split: { by: fixed, size: 3 }, message: two }
  other: { when: { not: { is: "05" } }, split: { by: fixed, size: 2 }, message: other }
  data: { split: { by: length }, layout: ${SIZED} }`,
  `  beat: { dir: both, fields: { b: u8 } }
  two: { dir: both, fields: { x: u8, y: u16 } }
  other: { dir: both, fields: { x: u8, y: u8 } }
${ANY}`,
  2000,
);

const SHAPED: readonly Case[] = [
  {
    title: 'a shape that begins with a byte',
    schema: SHAPES,
    message: 'beat',
    rows: [[{ b: 0xff }], [{ b: 0xfe }, /AMBIGUOUS.*read as another frame/]],
  },
  {
    title: 'a shape behind another one',
    schema: SHAPES,
    message: 'two',
    rows: [[{ x: 2, y: 1 }], [{ x: 3, y: 1 }, /AMBIGUOUS.*another frame/], [{ x: 0xff, y: 1 }, /AMBIGUOUS/]],
  },
  {
    title: 'a shape that does not begin with a byte',
    schema: SHAPES,
    message: 'other',
    rows: [
      [{ x: 1, y: 1 }],
      [{ x: 5, y: 1 }, /AMBIGUOUS.*another frame/],
      [{ x: 2, y: 1 }, /AMBIGUOUS.*read as a frame of "two"/],
      [{ x: 0xff, y: 1 }, /AMBIGUOUS.*read as a frame of "beat"/],
    ],
  },
  {
    title: 'a size that looks like the beginning of another shape',
    schema: SHAPES,
    rows: [
      [zeros(0x500)],
      [zeros(0x1ff), /AMBIGUOUS.*read as a frame of "two"/],
      [zeros(3), /AMBIGUOUS.*read as a frame of "other"/],
    ],
  },
];

const SPOKEN = framed(
  `frames:
  beat: { when: { is: "'ping'" }, split: { by: line }, message: beat }
  marked: { split: { by: until, start: ["'$'", "'!!'"], end: "0d 0a" }, message: marked }
  flagged: { split: { by: flag, flag: "7e" }, layout: { body: body }, message: flagged }
  named: { when: { is: "'#'" }, split: { by: line }, text: "{mark}{id},{body}", layout: { mark: { type: char, default: "#" }, id: { type: word, role: id }, body: { csv: true } }, message: point }
  loud: { when: { at: 1, is: "'A'" }, split: { by: line }, message: loud }
  pair: { when: { is: "02" }, split: { by: fixed, size: 2 }, message: pair }
  line: { split: { by: line }, message: say }`,
  `  beat: { dir: both, text: "ping{rest}", fields: { rest: rest } }
  marked: { dir: both, fields: { a: bytes(*) } }
  flagged: { dir: both, fields: { a: bytes(*) } }
  point: { dir: both, id: P, fields: { x: int } }
  loud: { dir: both, text: "{line}", fields: { line: rest } }
  pair: { dir: both, fields: { x: u8, y: u8 } }
  say: { dir: both, text: "{line}", fields: { line: rest } }`,
);
const line = (text: string): Value => ({ line: text });

const SPOKEN_CASES: readonly Case[] = [
  {
    title: 'a text whose shape it begins with',
    schema: SPOKEN,
    message: 'beat',
    rows: [[{ rest: '' }], [{ rest: ' 1' }]],
  },
  {
    title: 'a text of the last shape, which may begin like one of all others',
    schema: SPOKEN,
    message: 'say',
    rows: [
      [line('hello')],
      [line('pin')],
      [line('ping!'), /AMBIGUOUS.*read as a frame of "beat"/],
      [line('$1'), /AMBIGUOUS.*read as a frame of "marked"/],
      [line('!1')],
      [line('!!'), /AMBIGUOUS.*read as a frame of "marked"/],
      [line('~'), /AMBIGUOUS.*read as a frame of "flagged"/],
      [line('#P,1'), /AMBIGUOUS.*read as a frame of "named"/],
      [line('xA'), /AMBIGUOUS.*read as a frame of "loud"/],
      [line('\u0002'), /AMBIGUOUS.*read as a frame of "pair"/],
    ],
  },
  {
    title: 'a text that does not show its own shape',
    schema: SPOKEN,
    message: 'loud',
    rows: [
      [line('xA')],
      [line('xB'), /AMBIGUOUS.*another frame/],
      [line(''), /AMBIGUOUS.*another frame/],
      [line('$A'), /"marked"/],
    ],
  },
  {
    title: 'columns behind a mark that can be another one',
    schema: SPOKEN,
    message: 'point',
    rows: [
      [{ mark: '#', x: 1 }],
      [{ mark: '+', x: 1 }, /AMBIGUOUS.*another frame/],
      [{ mark: '$', x: 1 }, /AMBIGUOUS/],
    ],
  },
  {
    title: 'bytes behind shapes of text',
    schema: SPOKEN,
    message: 'pair',
    rows: [[{ x: 2, y: 1 }], [{ x: 2, y: 0x41 }, /AMBIGUOUS.*"loud"/], [{ x: 3, y: 1 }, /AMBIGUOUS.*another frame/]],
  },
];

const S = 'types: { S: { x: u8, last: u8 } }';
const KIND =
  'enums: { Kind: { more: 1, end: 2 } }\ntypes: { S: { kind: { type: u8, enum: Kind }, f: { bits: u8, fields: { end: 1, spare: 7 } } } }';
const T = `types:
  T:
    tlv: { tag: u8, size: u8, unknown: keep, tail: keep, repeat: [r] }
    of: { 1: { name: p, type: u16 }, 2: { name: q, type: u8, none: 255 }, 3: { name: r, type: u8 }, 4: { name: s, type: S } }
  S: { x: u8, y: { type: u8, if: more(1) } }`;
const body = (fields: string, more = '', rest = ''): string =>
  binarySchema(`  m: { dir: both, id: 1, fields: { ${fields} }${rest} }`, more);
const unknown = (tag: number, data: string): Value => ({ unknown: [{ tag, data: hexBytes(data) }] });

const FIELDS: readonly Case[] = [
  {
    title: 'a list that ends at an item',
    schema: body('a: S(until last == 1), b: u8', S),
    rows: [
      [
        {
          a: [
            { x: 1, last: 0 },
            { x: 2, last: 1 },
          ],
          b: 1,
        },
      ],
      [{ a: [], b: 1 }, /AMBIGUOUS "a".*no item of it says that it is the last/],
      [{ a: [{ x: 1, last: 0 }], b: 1 }, /AMBIGUOUS "a"/],
      [
        {
          a: [
            { x: 1, last: 1 },
            { x: 1, last: 1 },
          ],
          b: 1,
        },
        /AMBIGUOUS "a".*item 0 says that it is the last, of 2/,
      ],
    ],
  },
  {
    title: 'a list at the end of its message that ends at an item, told by a name and a bit',
    schema: body('a: "S(until kind == end || f.end)"', KIND),
    rows: [
      [
        {
          a: [
            { kind: 'more', f: { end: false } },
            { kind: 'end', f: { end: false } },
          ],
        },
      ],
      [{ a: [{ kind: 'more', f: { end: true } }] }],
      [{ a: [{ kind: 'more', f: { end: false } }] }, /AMBIGUOUS "a"/],
      [
        {
          a: [
            { kind: 'end', f: { end: false } },
            { kind: 'end', f: { end: false } },
          ],
        },
        /AMBIGUOUS "a".*item 0/,
      ],
    ],
  },
  {
    title: 'booleans that fill the rest',
    schema: body('a: { type: bool(*), packed: lsb }'),
    rows: [[{ a: Array(8).fill(true) }], [{ a: [] }], [{ a: [true, false] }, /LENGTH "a".*read back as 8: give 8/]],
  },
  {
    title: 'items that take no bytes',
    schema: body('f: u8, s: S(*)', 'types: { S: { a: { type: u8, if: f == 1 } } }'),
    rows: [
      [{ f: 1, s: [{ a: 1 }] }],
      [{ f: 0, s: [] }],
      [{ f: 0, s: [{}] }, /AMBIGUOUS "s".*an item of it takes no bytes/],
    ],
  },
  {
    title: 'real numbers of four bytes',
    schema: body('a: f32, b: { type: f32, valid: 0..0.1 }'),
    rows: [
      [{ a: 0.5, b: 0 }],
      [{ a: Number.NEGATIVE_INFINITY, b: 0 }],
      [{ a: 1e39, b: 0 }, /RANGE "a".*too large for four bytes/],
      // The nearest number of four bytes is more than 0.1.
      [{ a: 1, b: 0.1 }, /RANGE "b".*outside 0..0.1/],
    ],
  },
  {
    title: 'scaled numbers that are rounded beyond their range',
    schema: body(
      'a: { type: u16, scale: 0.7, valid: 0.5..100 }, b: { type: u8, scale: 0.7, valid: 0..100, round: up }',
    ),
    rows: [
      [{ a: 0.7, b: 99.4 }],
      [{ a: 100, b: 0 }, /RANGE "a"/],
      [{ a: 0.7, b: 100 }, /RANGE "b"/],
      [{ a: 0.7, b: 0 }],
    ],
  },
  {
    title: 'a range that is not the same on both sides of 0, with the sign elsewhere',
    schema: body(
      'a: { type: u16, scale: 0.7, valid: -10..100, negative: c.s }, c: { bits: u8, fields: { s: 1, spare: 7 } }',
    ),
    rows: [
      [{ a: 99.4, c: { s: false } }],
      [{ a: -9.8, c: { s: true } }],
      [{ a: 100, c: { s: false } }, /RANGE "a"/],
      [{ a: -10.5, c: { s: true } }, /RANGE "a"/],
    ],
  },
  {
    title: 'an id by mask that another message names',
    schema: split(
      '{ by: length }',
      '  m: { dir: both, id: { mask: 0x80, equals: 0x80, as: of } }\n  n: { dir: both, id: 0x83 }',
      SIZED,
    ),
    rows: [[{ of: 4 }], [{ of: 3 }, /AMBIGUOUS "of".*the id would be 0x83, which another message has/]],
  },
  {
    title: 'rules over fields and over the layout',
    schema: split(
      '{ by: length }',
      '  m: { dir: both, id: 1, fields: { k: { type: u8, enum: { low: 1, high: 2 } }, a: u8, l: u8(u8) }, rules: ["k == high || a < 5", "h.x != 7", "count(l) < 3", "size < 8"] }',
      '{ size: { type: u16, covers: h..body }, h: { bits: u8, fields: { x: 4, y: 4 } }, id: { type: u8, role: id }, body: body }',
    ),
    rows: [
      [{ h: { x: 1, y: 7 }, k: 'low', a: 4, l: [] }],
      [{ h: { x: 1, y: 1 }, k: 'high', a: 9, l: [1, 2] }],
      [{ h: { x: 1, y: 1 }, k: 'low', a: 5, l: [] }, /RANGE "m".*the rule "k == high \|\| a < 5" does not hold/],
      [{ h: { x: 7, y: 1 }, k: 'low', a: 4, l: [] }, /RANGE "m".*"h.x != 7"/],
      [{ h: { x: 1, y: 1 }, k: 'low', a: 4, l: [1, 2, 3] }, /RANGE "m".*"count\(l\) < 3"/],
    ],
  },
  {
    title: 'what is kept of tagged items, and is something with a name',
    schema: body('t: T(*)', T),
    rows: [
      [{ t: { p: 1, ...unknown(9, '01') } }],
      [{ t: unknown(1, '01') }],
      [{ t: unknown(2, 'ff') }],
      [{ t: unknown(1, '01 02') }, /AMBIGUOUS "unknown".*of its 1 items 0 would be read back as unknown/],
      [{ t: unknown(3, '01') }, /AMBIGUOUS "unknown"/],
      [{ t: { tail: hexBytes('09 03 01') } }],
      [{ t: { tail: hexBytes('09 01 01') } }, /AMBIGUOUS "tail".*it would be read as items/],
    ],
  },
  {
    title:
      'a field of a type that is there if something follows, in items, at an end of its own, and in front of others',
    schema: body('t: T(u8), s: sized(u8 S), l: S(u8), c: { type: u8, if: more(1) }', T),
    rows: [
      [{ t: { s: { x: 1 } }, s: { x: 1 }, l: [{ x: 1, y: 2 }, { x: 3 }] }],
      [{ t: { s: { x: 1, y: 2 } }, s: { x: 1, y: 2 }, l: [{ x: 1, y: 2 }], c: 3 }],
      [{ t: {}, s: { x: 1 }, l: [{ x: 1 }, { x: 3 }] }, /AMBIGUOUS "S.y".*the 1 bytes behind it/],
      [{ t: {}, s: { x: 1 }, l: [{ x: 1 }], c: 1 }, /AMBIGUOUS "S.y"/],
    ],
  },
];

function refusalOf(
  protocol: Protocol,
  model: ReturnType<typeof modelOf>,
  name: string,
  value: Value,
): string | undefined {
  const shape = model.frames.findIndex(f => model.messages.find(m => m.name === name)!.frame === f) + 1;
  const dir = DIRECTIONS.find(d => protocol[d].some(m => m.name === name))!;
  let bytes: Uint8Array;
  try {
    bytes = encode(protocol[dir].find(m => m.name === name)!, value);
  } catch (e) {
    if (!(e instanceof EncodeError)) throw e;
    return `${e.code} "${e.field}": ${e.message}`;
  }
  // Alone, for silence may be what ends it; else with itself behind it, and without knowing which shape it has.
  const quiet = model.frames.some(f => f.split.by === 'quiet');
  const { results } = decodeStream(protocol, dir, quiet ? [bytes] : [bytes, bytes], inShape(0));
  const want = quiet ? 1 : 2;
  const good = results.every(r => r.ok && r.message === name && same(r.value, value));
  return results.length === want && good ? undefined : `NOT READ BACK (shape ${shape}): ${toHex(bytes)}`;
}

function same(got: object, want: Value): boolean {
  const kept = Object.entries(plain(got) as object).filter(([key]) => key in want);
  return JSON.stringify(Object.fromEntries(kept)) === JSON.stringify(sorted(plain(want) as object, kept));
}

/** In the order of the decoder. */
const sorted = (v: object, as: readonly (readonly [string, unknown])[]): object =>
  Object.fromEntries(as.map(([key]) => [key, (v as Record<string, unknown>)[key]]));

for (const { title, schema, rows, message = 'm' } of [...FRAMES, ...SHAPED, ...SPOKEN_CASES, ...FIELDS]) {
  t.test(`${title}: comes back as it was, or is refused`, async t => {
    const model = modelOf(schema);
    const protocol = await loadCode(model);
    for (const [value, refusal] of rows) {
      const shown = JSON.stringify(plain(value)).slice(0, 80);
      const got = refusalOf(protocol, model, message, value);
      if (refusal === undefined) t.equal(got, undefined, shown);
      else t.match(got ?? 'taken', refusal, shown);
    }
  });
}
