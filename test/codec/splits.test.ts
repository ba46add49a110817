/** The ways of cutting a stream into frames: one contract for all of them, and what is particular to each. */
import fc from 'fast-check';
import t from 'tap';
import {
  ConnContext,
  type CustomSplit,
  cobsCutter,
  cobsInto,
  cobsRoom,
  copied,
  customCutter,
  escapeInto,
  escapeRule,
  fixedCutter,
  flagCutter,
  flagRoom,
  hexCutter,
  hexInto,
  hexRoom,
  jsonCutter,
  problemText,
  quietCutter,
  Splitter,
  slipCutter,
  slipInto,
  slipRoom,
  tableCutter,
  unescapeFrame,
  untilCutter,
  Writer,
} from '../../src/codec/index.js';
import { hexBytes, join, pieces, toHex } from '../support/bytes.js';
import { type Cutting, Log, looksAt, run, saidOf, splitterOf } from '../support/splitting.js';

interface Way {
  of(limit: number): Cutting;
  readonly name: string;
  /** Frames as they stand in the stream, and what is delivered of each. */
  readonly frames: readonly (readonly [wire: string, frame: string])[];
  /** Bytes that belong to no frame, and what is said about them. Without it there are none: all bytes are frames. */
  readonly garbage?: readonly [bytes: string, code: string];
  /** The longest frame that passes, one that is too long, and what is said about that. */
  readonly longest: readonly [wire: Uint8Array, frame: Uint8Array];
  readonly tooLong?: Uint8Array;
  /** How a frame begins whose end the letter a is not. */
  readonly open: string;
  /** Bytes that mean something to it. */
  readonly alphabet: readonly number[];
}

const filled = (n: number, byte = 0x61): Uint8Array => new Uint8Array(n).fill(byte);
const LF = [hexBytes('0a')];
const CRLF = hexBytes('0d 0a');

const JT808 = escapeRule(0x7d, [
  [1, 0x7d],
  [2, 0x7e],
]);
/** The first byte says how many there are. */
const apart = {
  flag: 0x7e,
  shared: false,
  skipEmpty: true,
  escape: JT808,
  plausible: (b: Uint8Array, o: number, end: number) => b[o] === end - o,
};

/** `00`; `01` and two bytes; `02`, a size and so many bytes. */
function sizeByKind(b: Uint8Array, o: number, end: number): number {
  if (b[o] === 0) return 1;
  if (b[o] === 1) return 3;
  if (b[o] !== 2) return -1;
  return end - o < 2 ? 0 : 2 + b[o + 1]!;
}

/** A byte of size below 0x80, then so many bytes; `ff` is padding. */
const ownSplit: CustomSplit = {
  next(b, start, end) {
    const size = b[start]!;
    if (size === 0xff) return { skip: start + 1, why: '' };
    if (size >= 0x80) return { skip: start + 1, why: 'MAGIC' };
    const stop = start + 1 + size;
    return stop > end ? { need: 1 + size } : { frame: [start + 1, stop], next: stop };
  },
};

const ways: Way[] = [
  {
    name: 'until a byte',
    of: limit => ({ cut: untilCutter({ ends: LF, limit }), room: limit + 1 }),
    frames: [
      ["'abc' 0a", "'abc'"],
      ['0a', ''],
      ['00 ff 0a', '00 ff'],
    ],
    longest: [join(filled(8), hexBytes('0a')), filled(8)],
    tooLong: join(filled(9), hexBytes('0a')),
    open: '',
    alphabet: [0x61, 0x62, 0x0a],
  },
  {
    name: 'until a byte, between markers',
    of: limit => ({
      cut: untilCutter({ starts: [hexBytes("'$'"), hexBytes("'!!'")], ends: [...LF, CRLF], limit, skipEmpty: true }),
      room: limit + 2,
    }),
    frames: [
      ["'$abc' 0a", "'$abc'"],
      ["'!!' 0d 0a", "'!!'"],
      ["'$' 0d '!b' 0d 0a", "'$' 0d '!b'"],
    ],
    garbage: ["'ab!c' 0a 0d", 'GARBAGE'],
    longest: [join(hexBytes("'$'"), filled(7), CRLF), join(hexBytes("'$'"), filled(7))],
    tooLong: join(hexBytes("'$'"), filled(8), CRLF),
    open: "'$'",
    alphabet: [0x61, 0x24, 0x21, 0x0d, 0x0a],
  },
  {
    name: 'until one of several ends',
    of: limit => ({
      cut: untilCutter({
        ends: [hexBytes('01'), hexBytes('01 02 03'), hexBytes('02 03 04 05'), hexBytes('03')],
        limit,
        skipEmpty: true,
      }),
      room: limit + 4,
    }),
    frames: [
      ["'ab' 01 02 03", "'ab'"],
      ["'c' 02 03 04 05", "'c'"],
      ["'de' 03", "'de'"],
    ],
    longest: [join(filled(8), hexBytes('03')), filled(8)],
    tooLong: join(filled(9), hexBytes('02 03 04 05')),
    open: '',
    alphabet: [0x61, 1, 2, 3, 4, 5],
  },
  {
    name: 'between shared flags',
    of: limit => ({
      cut: flagCutter({ flag: 0x7e, shared: true, skipEmpty: true, limit, escape: JT808 }),
      room: flagRoom(limit, true),
    }),
    frames: [
      ["7e 'abc' 7e", "'abc'"],
      ['7d 02 7d 01 02 7e', '7e 7d 02'],
      ["7e 'b' 7e", "'b'"],
      ["7e 7e 'cd' 7e", "'cd'"],
    ],
    garbage: ["'ab'", 'GARBAGE'],
    longest: [join(hexBytes('7e'), hexBytes('7d 01'.repeat(8)), hexBytes('7e')), filled(8, 0x7d)],
    tooLong: join(hexBytes('7e'), hexBytes('7d 02'), filled(8), hexBytes('7e')),
    open: '7e',
    alphabet: [0x61, 0x7e, 0x7e, 0x7d, 1, 2],
  },
  {
    name: 'between flags of their own',
    of: limit => ({
      cut: flagCutter({ flag: 0x7e, shared: false, skipEmpty: false, limit }),
      room: flagRoom(limit, false),
    }),
    frames: [
      ["7e 'abc' 7e", "'abc'"],
      ['7e 7e', ''],
      ["7e 'b' 7e", "'b'"],
    ],
    garbage: ["'ab'", 'GARBAGE'],
    longest: [join(hexBytes('7e'), filled(8), hexBytes('7e')), filled(8)],
    tooLong: join(hexBytes('7e'), filled(9), hexBytes('7e')),
    open: '7e',
    alphabet: [0x61, 0x7e, 0x7e],
  },
  {
    name: 'between flags that must be told apart',
    of: limit => ({ cut: flagCutter({ ...apart, limit }), room: flagRoom(limit, true) }),
    frames: [
      ['7e 02 61 7e', '02 61'],
      ['7e 05 7d 01 7d 02 61 61 7e', '05 7d 7e 61 61'],
      ['7e 7e 01 7e', '01'],
    ],
    garbage: ["'xx' 7e 'yy' 7e 'z' 7e", 'GARBAGE'],
    longest: [join(hexBytes('7e 08'), filled(7), hexBytes('7e')), join(hexBytes('08'), filled(7))],
    tooLong: join(hexBytes('7e 09'), filled(8), hexBytes('7e')),
    open: '7e',
    alphabet: [0x61, 0x7e, 0x7e, 0x7d, 1, 2, 3],
  },
  {
    name: 'SLIP',
    of: limit => ({ cut: slipCutter(limit), room: slipRoom(limit) }),
    frames: [
      ["c0 'abc' c0", "'abc'"],
      ['db dc db dd dc c0', 'c0 db dc'],
      ["c0 'b' c0", "'b'"],
    ],
    garbage: ["'a' db 'b' c0", 'ESCAPE'],
    longest: [hexBytes(`${'db dc'.repeat(8)} c0`), filled(8, 0xc0)],
    tooLong: join(filled(9), hexBytes('c0')),
    open: '',
    alphabet: [0x61, 0xc0, 0xdb, 0xdc, 0xdd],
  },
  {
    name: 'COBS',
    of: limit => ({ cut: cobsCutter(limit), room: cobsRoom(limit) }),
    frames: [
      ["04 'abc' 00", "'abc'"],
      ['01 01 00', '00'],
      ["03 'ab' 02 'c' 00", "'ab' 00 'c'"],
    ],
    garbage: ["03 'a' 00", 'SIZE'],
    longest: [hexBytes("09 'abcdefgh' 00"), hexBytes("'abcdefgh'")],
    tooLong: hexBytes("0a 'abcdefghi' 00"),
    open: '',
    alphabet: [0, 1, 2, 3, 4],
  },
  {
    name: 'lines of digits',
    of: limit => ({ cut: hexCutter(limit, [CRLF, ...LF]), room: hexRoom(limit, [CRLF, ...LF]) }),
    frames: [
      ["'0aBc' 0a", '0a bc'],
      ["'FF' 0d 0a 0d 0a", 'ff'],
    ],
    garbage: ["'0g' 0a 'abc' 0a 'a ' 0d 0a", 'DIGITS'],
    longest: [hexBytes("'0011223344556677' 0a"), hexBytes('0011223344556677')],
    tooLong: hexBytes("'001122334455667788' 0d 0a"),
    open: '',
    alphabet: [0x30, 0x31, 0x61, 0x0d, 0x0a, 0x0a, 0x67],
  },
  {
    name: 'of one size',
    of: limit => ({ cut: fixedCutter(limit), room: limit }),
    frames: [
      ["'abcdefgh'", "'abcdefgh'"],
      ['00 01 02 03 04 05 06 07', '00 01 02 03 04 05 06 07'],
    ],
    longest: [filled(8), filled(8)],
    open: '',
    alphabet: [0, 1],
  },
  {
    name: 'of a size by kind',
    of: limit => ({ cut: tableCutter(sizeByKind, limit), room: limit }),
    frames: [
      ['00', '00'],
      ['01 61 62', '01 61 62'],
      ['02 01 61', '02 01 61'],
      ['02 00', '02 00'],
    ],
    garbage: ['61 62 63', 'GARBAGE'],
    longest: [join(hexBytes('02 06'), filled(6)), join(hexBytes('02 06'), filled(6))],
    tooLong: join(hexBytes('02 07'), filled(7)),
    open: '02 ff',
    alphabet: [0, 1, 2, 3, 0x61],
  },
  {
    name: 'JSON',
    of: limit => ({ cut: jsonCutter(limit * 2), room: limit * 2 }),
    frames: [
      [`'{"a":[1,{}]} ' 0d 0a`, `'{"a":[1,{}]}'`],
      [`'["\\\\","\\"]"]'`, `'["\\\\","\\"]"]'`],
      [`'[{},[]]' 09`, `'[{},[]]'`],
      [`'{}'`, `'{}'`],
    ],
    garbage: [`'"a"]:' 01 ','`, 'GARBAGE'],
    longest: [hexBytes(`'{"abc":"}}}}}}"}'`), hexBytes(`'{"abc":"}}}}}}"}'`)],
    tooLong: hexBytes(`'{"abc":"}}}}}}","d":"'  '\\"}{[1,2,3]'  '"}'`),
    open: `'{"abc":"}}}}'`,
    alphabet: [...new TextEncoder().encode('{}[]"",:\\1 \n')],
  },
  {
    name: 'until silence, or full',
    of: limit => ({ cut: quietCutter(200, limit), room: limit }),
    frames: [
      ["'abcdefgh'", "'abcdefgh'"],
      ["'ijklmnop'", "'ijklmnop'"],
    ],
    longest: [filled(8), filled(8)],
    open: '',
    alphabet: [0x61],
  },
  {
    name: 'by code of its own',
    of: limit => ({ cut: customCutter(ownSplit, limit), room: limit + 2 }),
    frames: [
      ["03 'abc'", "'abc'"],
      ['00', ''],
      ["ff ff 01 'a'", "'a'"],
    ],
    garbage: ['80 81', 'MAGIC'],
    longest: [join(hexBytes('08'), filled(8)), filled(8)],
    tooLong: join(hexBytes('09'), filled(9)),
    open: '7f',
    alphabet: [0, 1, 2, 3, 0x80, 0xff],
  },
];

for (const way of ways) {
  const eight = way.of(8);
  const stream = join(...way.frames.map(([wire]) => hexBytes(wire)));
  const frames = way.frames.map(([, frame]) => `frame ${toHex(hexBytes(frame))}`);

  t.test(`${way.name}: the same frames come out of every cutting`, async t => {
    t.same(saidOf(eight, stream), frames);
    t.same(saidOf(eight, join(stream, stream)), [...frames, ...frames]);
  });

  t.test(`${way.name}: garbage in front is reported, and the frames behind it are found`, async t => {
    if (way.garbage === undefined) return;
    const bytes = hexBytes(way.garbage[0]);
    t.same(saidOf(eight, join(bytes, stream)), [`${way.garbage[1]} ${toHex(bytes)}`, ...frames]);
  });

  t.test(`${way.name}: the longest frame passes, a longer one is discarded and reported once`, async t => {
    const [wire, frame] = way.longest;
    t.same(saidOf(eight, join(wire, stream)), [`frame ${toHex(frame)}`, ...frames]);
    if (way.tooLong !== undefined) t.same(saidOf(eight, join(way.tooLong, stream)), ['OVERSIZE', ...frames]);
  });

  t.test(`${way.name}: nothing is looked at twice`, async t => {
    const frame = join(hexBytes(way.open), filled(120));
    const looks = looksAt(way.of(1000).cut, frame);
    t.ok(looks <= 8 * frame.length, `${looks} looks at ${frame.length} bytes`);
  });

  t.test(`${way.name}: of any bytes every cutting says the same, in bounded memory, and no byte is lost`, async () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...way.alphabet), { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 9 }),
        (list, sizes) => {
          const b = Uint8Array.from(list);
          const ways = [b.length || 1, 1, 2, 5].map(size => ({ title: `pieces of ${size}`, chunks: pieces(b, size) }));
          const chunks: Uint8Array[] = [];
          for (let at = 0; at < b.length; ) {
            const size = sizes[chunks.length % sizes.length]!;
            chunks.push(b.slice(at, at + size));
            at += size;
          }
          saidOf(eight, b, [...ways, { title: `pieces of ${sizes}`, chunks }]);
        },
      ),
      { numRuns: 400 },
    );
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

t.test('a start in an unfinished frame makes garbage of what stands before it', async t => {
  const way = { cut: untilCutter({ starts: [bytesOf('$')], ends: [CRLF], limit: 20 }), room: 22 };
  t.same(saidOf(way, bytesOf('$GPGGA,12$GPRMC,3\r\n')), [
    `GARBAGE ${toHex(bytesOf('$GPGGA,12'))}`,
    `frame ${toHex(bytesOf('$GPRMC,3'))}`,
  ]);
  t.same(saidOf(way, bytesOf(`$${'a'.repeat(40)}$ok\r\n`)), ['OVERSIZE', `frame ${toHex(bytesOf('$ok'))}`]);
});

t.test('what stands at the end of the stream is no frame', async t => {
  const way = { cut: untilCutter({ starts: [bytesOf('$')], ends: [CRLF], limit: 20 }), room: 22 };
  t.same(saidOf(way, bytesOf('$a\r\n$b\r')), [`frame ${toHex(bytesOf('$a'))}`, `TRUNCATED ${toHex(bytesOf('$b\r'))}`]);
});

t.test('what may become an end, but does not, is none', async t => {
  const way = { cut: untilCutter({ ends: [hexBytes('0d 0a 0d'), hexBytes('0a')], limit: 20 }), room: 23 };
  t.same(saidOf(way, bytesOf('a\r\nb\r\n\rc\r\n')), ['frame 610d', 'frame 62', 'frame 630d']);
});

t.test('of two starts at the same place the longer one counts', async t => {
  const way = { cut: untilCutter({ starts: [bytesOf('$'), bytesOf('$$')], ends: LF, limit: 20 }), room: 21 };
  t.same(saidOf(way, bytesOf('$$a\n$b\n$$$c\n')), ['frame 242461', 'frame 2462', 'GARBAGE 2424', 'frame 2463']);
});

t.test('frames beyond some sixty bytes are found as well', async t => {
  const frame = filled(150);
  const way = { cut: untilCutter({ ends: LF, limit: 200 }), room: 201 };
  const said = saidOf(way, join(frame, hexBytes('0a'), frame, hexBytes('0a'), frame));
  t.same(said, [`frame ${toHex(frame)}`, `frame ${toHex(frame)}`, `TRUNCATED ${toHex(frame)}`]);
});

t.test('an end that may yet become a longer one ends its frame at once', async t => {
  const ends = [hexBytes('0d'), CRLF];
  const way = { cut: untilCutter({ ends, limit: 20 }), room: 22 };
  t.same(saidOf(way, bytesOf('a\r\nb\r\r\nc\r')), ['frame 61', 'frame 62', 'frame ', 'frame 63']);
  const { said } = run(splitterOf(way.cut, way.room), [bytesOf('a\r')], false);
  t.same(said, ['frame 61'], 'nothing is waited for');
});

t.test('a bad escape skips the whole frame and nothing else', async t => {
  const way = { cut: flagCutter({ flag: 0x7e, shared: true, skipEmpty: true, limit: 20, escape: JT808 }), room: 42 };
  for (const bad of ['7d 41', '7d', "'a' 7d 03 'b'", '7d 01 7d']) {
    t.same(
      saidOf(way, hexBytes(`7e 'a' 7e ${bad} 7e 'b' 7e`)),
      ['frame 61', `ESCAPE ${toHex(hexBytes(bad))}7e`, 'frame 62'],
      bad,
    );
  }
  t.equal(unescapeFrame(hexBytes('61 7d 41'), 0, 3, JT808), -1);
  t.equal(problemText(), 'an escape sequence is not one that the schema declares: got 0x41');
});

t.test('after a lost flag the frames are found again, not the gaps between them', async t => {
  const way = { cut: flagCutter({ ...apart, limit: 20 }), room: flagRoom(20, true) };
  const good = hexBytes("7e 03 'ab' 7e");
  for (const gap of ['', "'xx'", '0d 0a']) {
    const behind = join(good, hexBytes(gap));
    for (let lost = 0; lost < good.length; lost++) {
      const broken = join(
        good.filter((_, i) => i !== lost),
        hexBytes(gap),
      );
      const said = saidOf(way, join(behind, broken, behind, behind, behind));
      const frames = said.filter(s => s === 'frame 036162').length;
      // With the flag between two frames the one in front or behind it is lost, never more.
      t.ok(frames >= 3 && frames <= 4, `gap "${gap}", byte ${lost} lost: ${said}`);
      t.same(
        said.filter(s => s.startsWith('frame') && s !== 'frame 036162'),
        [],
      );
    }
  }
});

t.test('flags without a test for frames are found again where frames follow each other', async t => {
  const way = { cut: flagCutter({ flag: 0x7e, shared: false, skipEmpty: true, limit: 20 }), room: 22 };
  const said = saidOf(way, hexBytes("7e 'a' 7e 'b' 7e 7e 'c' 7e 7e 'd' 7e"));
  t.same(said, ['frame 61', 'GARBAGE 62', 'frame 63', 'frame 64']);
  const empty = { cut: flagCutter({ flag: 0x7e, shared: false, skipEmpty: false, limit: 20 }), room: 22 };
  const again = saidOf(empty, hexBytes("7e 'a' 7e 'b' 7e 7e 'c' 7e 7e 7e 7e 'd' 7e"));
  t.same(again, ['frame 61', 'GARBAGE 62', 'frame 63', 'frame ', 'frame 64']);
});

t.test('a flag behind the chunk is not seen', async t => {
  const buffer = filled(200);
  buffer[0] = 0x7e;
  buffer[150] = 0x7e;
  const splitter = splitterOf(flagCutter({ flag: 0x7e, shared: true, skipEmpty: true, limit: 200 }), 202)();
  const log = new Log();
  splitter.push(buffer, 0, 100, log);
  t.same(log.said, []);
  t.equal(splitter.buffered, 100);
});

t.test('what is escaped comes back, and nothing of it can be taken for a flag', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (before, b) => {
      const w = new Writer(8);
      w.append(before);
      w.append(b);
      escapeInto(w, before.length, JT808);
      const wire = w.slice();
      if (wire.subarray(before.length).includes(0x7e)) return false;
      const n = unescapeFrame(wire, before.length, wire.length, JT808);
      return toHex(copied.bytes.slice(0, n)) === toHex(b) && toHex(wire.slice(0, before.length)) === toHex(before);
    }),
  );
});

type Wrap = readonly [name: string, way: (limit: number) => Cutting, wrap: (w: Writer, from: number) => void];

const hexLine = (w: Writer, from: number): void => {
  hexInto(w, from);
  w.append(CRLF);
};
const wraps: readonly Wrap[] = [
  ['SLIP', limit => ({ cut: slipCutter(limit), room: slipRoom(limit) }), slipInto],
  ['COBS', limit => ({ cut: cobsCutter(limit), room: cobsRoom(limit) }), cobsInto],
  ['lines of digits', limit => ({ cut: hexCutter(limit, [CRLF]), room: hexRoom(limit, [CRLF]) }), hexLine],
];

for (const [name, way, wrap] of wraps) {
  t.test(`${name}: what is written comes back, in the room that it may take`, async () => {
    const frame = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc
        .array(fc.constantFrom(0, 1, 0xc0, 0xdb, 0xff), { minLength: 1, maxLength: 40 })
        .map(list => Uint8Array.from(list)),
      fc.tuple(fc.integer({ min: 250, max: 520 }), fc.constantFrom(0, 1, 0xc0), fc.nat(519)).map(([n, byte, zero]) => {
        const b = filled(n, byte);
        if (zero < n) b[zero] = 0;
        return b;
      }),
    );
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 4 }), frames => {
        const w = new Writer(8);
        for (const b of frames) {
          const from = w.length;
          w.append(b);
          wrap(w, from);
        }
        const { said } = run(splitterOf(way(520).cut, way(520).room), pieces(w.slice(), 50));
        return said.join() === frames.map(b => `frame ${toHex(b)}`).join();
      }),
    );
  });
}

t.test('COBS frames are as its authors write them', async t => {
  const count = (from: number, to: number) => Uint8Array.from({ length: to - from + 1 }, (_, i) => from + i);
  const known: [plain: Uint8Array, wire: Uint8Array][] = [
    [hexBytes('00'), hexBytes('01 01 00')],
    [hexBytes('00 00'), hexBytes('01 01 01 00')],
    [hexBytes('00 11 00'), hexBytes('01 02 11 01 00')],
    [hexBytes('11 22 00 33'), hexBytes('03 11 22 02 33 00')],
    [hexBytes('11 00 00 00'), hexBytes('02 11 01 01 01 00')],
    [count(1, 254), join(hexBytes('ff'), count(1, 254), hexBytes('00'))],
    [count(0, 254), join(hexBytes('01 ff'), count(1, 254), hexBytes('00'))],
    [count(1, 255), join(hexBytes('ff'), count(1, 254), hexBytes('02 ff 00'))],
    [join(count(2, 255), hexBytes('00')), join(hexBytes('ff'), count(2, 255), hexBytes('01 01 00'))],
    [join(count(3, 255), hexBytes('00 01')), join(hexBytes('fe'), count(3, 255), hexBytes('02 01 00'))],
  ];
  for (const [plain, wire] of known) {
    const w = new Writer();
    w.append(plain);
    cobsInto(w, 0);
    t.equal(toHex(w.slice()), toHex(wire));
  }
});

t.test('JSON with a lost quote or bracket is found again', async t => {
  const way = { cut: jsonCutter(64), room: 64 };
  const good = `{"a":"b c","d":[1,"x"]}`;
  for (let lost = 0; lost < good.length; lost++) {
    if (!/["{}[\]]/.test(good[lost]!)) continue;
    const broken = good.slice(0, lost) + good.slice(lost + 1);
    const said = saidOf(way, bytesOf(good + broken + good.repeat(4)));
    const whole = said.filter(s => s === `frame ${toHex(bytesOf(good))}`).length;
    t.ok(whole >= 3, `without ${good[lost]} at ${lost}: ${whole} of 5 are found`);
  }
});

t.test('a line end in a JSON string tells that a quote was lost', async t => {
  const way = { cut: jsonCutter(64), room: 64 };
  t.same(saidOf(way, bytesOf('{"a":"b}\n{"c":1}\n')), [
    `GARBAGE ${toHex(bytesOf('{"a":"b}'))}`,
    `frame ${toHex(bytesOf('{"c":1}'))}`,
  ]);
});

t.test('silence ends a frame, and tells the splitter how long to wait', async t => {
  const splitter = new Splitter(quietCutter(200, 8), new ConnContext(), 8);
  const log = new Log();
  const push = (text: string): void => {
    const b = bytesOf(text);
    splitter.push(b, 0, b.length, log);
  };
  t.equal(splitter.quiet, 0);
  push('ab');
  t.equal(splitter.quiet, 200);
  push('c');
  splitter.silence(log);
  t.same(log.said, ['frame 616263']);
  t.equal(splitter.quiet, 0, 'nothing is waited for');
  push('0123456789');
  splitter.end(log);
  t.same(log.said.slice(1), [`frame ${toHex(bytesOf('01234567'))}`, `frame ${toHex(bytesOf('89'))}`]);
});

t.test('a splitter of its own that fails costs the bytes at hand and says why', async t => {
  const answers: [answer: () => unknown, got: string][] = [
    [() => null, 'got null'],
    [() => undefined, 'got undefined'],
    [() => 'frame', 'got frame'],
    [() => ({}), 'got an object without frame, skip and need'],
    [() => ({ need: -1 }), 'got need -1'],
    [() => ({ need: 1.5 }), 'got need 1.5'],
    [() => ({ skip: 0, why: '' }), 'got skip to 0 of 0..2, why ""'],
    [() => ({ skip: 3, why: '' }), 'got skip to 3 of 0..2, why ""'],
    [() => ({ skip: 1, why: 'toString' }), 'got skip to 1 of 0..2, why "toString"'],
    [() => ({ frame: 1, next: 1 }), 'got an object without frame, skip and need'],
    [() => ({ frame: [0, 3], next: 2 }), 'got frame 0..3, next 2, of 0..2'],
    [() => ({ frame: [1, 0], next: 2 }), 'got frame 1..0, next 2, of 0..2'],
    [() => ({ frame: [0, 0], next: 0 }), 'got frame 0..0, next 0, of 0..2'],
    [() => ({ frame: [0, 2], next: 1 }), 'got frame 0..2, next 1, of 0..2'],
    [
      () => {
        throw new Error('no idea');
      },
      'got the error "no idea"',
    ],
    [
      () => {
        throw 'text';
      },
      'got the error "text"',
    ],
  ];
  for (const [answer, got] of answers) {
    const splitter = new Splitter(customCutter({ next: answer as CustomSplit['next'] }, 8), new ConnContext(), 8);
    const log = new Log();
    splitter.push(bytesOf('ab'), 0, 2, log);
    t.same(log.said, ['SPLIT 6162']);
    t.match(problemText(), got);
  }
});
