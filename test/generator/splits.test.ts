/**
 * Every way of cutting, in generated code: streams of good frames with what is none around them, cut at any places, give
 * exactly those frames and skips, and every byte is accounted for. A frame that is not whole is never one.
 */
import fc from 'fast-check';
import t from 'tap';
import type { ProtocolModel } from '../../generator/model/model.js';
import { loadSchema } from '../../generator/run/load-schema.js';
import { type ProblemCode, type Protocol, Writer } from '../../src/codec/index.js';
import { cuttings, hexBytes, join, toHex } from '../support/bytes.js';
import { loadCode, modelOf } from '../support/load.js';
import { SEED, samples } from '../support/properties.js';
import { cutAt, expected, outcome, type Part } from '../support/streams.js';

interface Kind {
  readonly name: string;
  readonly schema: string | (() => Promise<{ protocol: Protocol; model: ProtocolModel; frames: Part[] }>);
  /** What belongs to no frame, made of these pieces, and what is said about it. */
  readonly garbage?: readonly [pieces: readonly string[], code: ProblemCode];
  /** Garbage is only known for what it is where nothing stands before it. */
  readonly onlyInFront?: true;
  /** What is dropped without a word between two frames. */
  readonly blanks?: readonly string[];
  /** So many bytes of a frame's end may be missing where it is whole already. */
  readonly spare?: number;
  /** So many bytes in front of a frame may be dropped without a word. */
  readonly around?: number;
  /** Silence ends a frame. */
  readonly quiet?: true;
}

const MESSAGES = `  hello: { dir: both, id: 1, fields: { n: u16, s: str(u8) } }
  data: { dir: both, id: 2, fields: { data: bytes(*) } }
  none: { dir: both, id: 3 }`;

const schema = (frame: string, messages = MESSAGES, more = ''): string => `wire: 1
protocol: { id: stream, version: 1.0.0 }
limits: { frame: 200, list: 20, string: 60 }
session: { auth: none }
${more}
${frame.startsWith('frames') ? frame : `frame:\n${frame}`}
messages:
${messages}
`;

const PLAIN = '  layout: { id: { type: u8, role: id }, body: body }';
const SUMMED = '  layout: { id: { type: u8, role: id }, body: body, sum: { check: crc16/modbus, over: id..body } }';
const LINES = `  hello: { dir: both, text: "hello {name}", fields: { name: word } }
  move: { dir: both, text: "mv {x} {y}", fields: { x: int, y: int } }
  say: { dir: both, text: ": {line}", fields: { line: { type: rest, valid: { match: "[a-z ]+" } } } }`;

const KINDS: readonly Kind[] = [
  {
    name: 'length, behind a marker',
    schema: schema(
      `  split: { by: length }
  layout:
    mark: { magic: "aa 55" }
    size: { type: u16, covers: id..sum }
    id: { type: u8, role: id }
    body: body
    sum: { check: crc16/modbus, over: size..body }`,
    ),
    garbage: [['00', "'noise'", '55', 'ff ff ff', '55 aa 00', 'aa 00'], 'GARBAGE'],
  },
  {
    name: 'length, with an end that is confirmed',
    schema: schema(
      `  split: { by: length, confirm: stop, rescue: stop }
  layout:
    mark: { magic: { short: "78 78", long: "79 79" } }
    size: { type: { when: mark, short: u8, long: u16 }, covers: id..sum }
    id: { type: u8, role: id }
    body: body
    sum: { check: crc16/x25, over: size..body }
    stop: { magic: "0d 0a" }
  pick: { mark: "size(body) > 60 ? long : short" }`,
    ),
    garbage: [['00', "'noise'", '0d 0a', '78 00', '79 78 00'], 'GARBAGE'],
  },
  {
    name: 'length, without a marker',
    schema: schema(
      `  split: { by: length }
  layout: { size: { type: varint, covers: id..body }, id: { type: u8, role: id }, body: body }`,
    ),
  },
  {
    name: 'lines',
    schema: schema('  split: { by: line, empty: skip }', LINES),
    blanks: ['0a', '0d 0a', '0a 0a'],
    spare: 1,
  },
  {
    name: 'until, behind a start',
    schema: schema(
      `  split: { by: until, start: "'$'", end: ["'##'", "0d 0a"] }
  text: "\${id},{body}"
  layout: { id: { type: word, role: id }, body: { csv: true } }`,
      '  hello: { dir: both, id: HI, fields: { n: int, s: { type: chars(*), in: abc } } }\n  bye: { dir: both, id: BY, fields: { n: int } }',
    ),
    garbage: [["'#'", "'noise'", '0d', "'HI,5,a'", '0d 0a', '00 ff'], 'GARBAGE'],
  },
  {
    name: 'until, without a start',
    schema: schema(`  split: { by: until, end: ["'##'", "'#'"], empty: skip }\n  emit: "'#'"`, LINES),
    blanks: [],
  },
  {
    name: 'a flag at both ends',
    schema: schema(
      `  split: { by: flag, flag: "7e" }\n  escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }\n${SUMMED}`,
    ),
    garbage: [['00', "'noise'", '7d 02', '01 02 03'], 'GARBAGE'],
  },
  {
    name: 'flags that frames share',
    schema: schema(
      `  split: { by: flag, flag: "7e", shared: true }\n  escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }\n${SUMMED}`,
    ),
    garbage: [['00', "'noise'", '7d 02'], 'GARBAGE'],
    onlyInFront: true,
    blanks: ['7e', '7e 7e'],
    around: 1,
  },
  {
    name: 'slip',
    schema: schema(`  split: { by: slip }\n${SUMMED}`),
    garbage: [['db 00 c0', 'db c0', "'a' db db 'b' c0"], 'ESCAPE'],
    blanks: ['c0', 'c0 c0'],
  },
  {
    name: 'cobs',
    schema: schema(`  split: { by: cobs }\n${SUMMED}`),
    garbage: [['02 00', "05 'abc' 00", 'ff 01 00'], 'SIZE'],
    blanks: ['00', '00 00'],
  },
  {
    name: 'hex',
    schema: schema(`  split: { by: hex, end: "0d 0a" }\n${SUMMED}`),
    garbage: [["'0' 0d 0a", "'0g' 0d 0a", "'01 02' 0d 0a"], 'DIGITS'],
    blanks: ['0d 0a'],
  },
  {
    name: 'fixed',
    schema: schema(
      `  split: { by: fixed, size: 6 }\n${PLAIN}`,
      '  hello: { dir: both, id: 1, fields: { n: u16, m: u24 } }\n  none: { dir: both, id: 2, fields: { data: bytes(5) } }',
    ),
  },
  {
    name: 'table',
    schema: schema(
      `  split: { by: table, sizes: { 0x01: 4, 0x02: 9 } }\n${PLAIN}`,
      '  hello: { dir: both, id: 1, fields: { n: u16, m: u8 } }\n  data: { dir: both, id: 2, fields: { data: bytes(8) } }',
    ),
    garbage: [['00', '03', 'ff fe', "'noise'"], 'GARBAGE'],
  },
  {
    name: 'json',
    schema: schema(
      '  split: { by: json }\n  layout: { body: { json: true, id: type } }',
      '  hello: { dir: both, id: hello, fields: { name: word, list: { group: { n: int }, repeat: 0..3 } } }\n  bye: { dir: both, id: bye, fields: { why: rest } }',
    ),
    garbage: [["'a'", "'}'", "',:'", '00 01', "']'"], 'GARBAGE'],
    blanks: ['20', '0d 0a', '09 20'],
  },
  { name: 'quiet', schema: schema(`  split: { by: quiet, after: 50ms }\n${SUMMED}`), quiet: true },
  {
    name: 'custom',
    async schema() {
      const { protocol, model } = await loadSchema('test/fixtures/own/own.wire.yaml');
      const frames = ['', 'a', 'abc', 'hello'].map((word, n): Part => {
        const w = new Writer();
        protocol.up[0]!.write(w, { word, n });
        return { kind: 'frame', bytes: w.slice(), message: 'hello' };
      });
      return { protocol, model, frames };
    },
  },
  {
    name: 'shapes that show little',
    schema: schema(
      `frames:
  short: { when: { is: "01" }, split: { by: fixed, size: 3 }, message: short }
  long: { when: { at: 1, is: "02" }, split: { by: fixed, size: 4 }, message: long }`,
      `  short: { dir: both, fields: { mark: { type: u8, const: 1 }, n: u16 } }
  long: { dir: both, fields: { zero: { type: u8, const: 0 }, mark: { type: u8, const: 2 }, n: u16 } }`,
    ),
    garbage: [['04', 'ff fe', "'noise'"], 'GARBAGE'],
  },
  {
    name: 'several shapes',
    schema: schema(
      `frames:
  beat: { when: { is: "ff fe" }, split: { by: fixed, size: 4 }, message: beat }
  flagged:
    when: { is: "7e" }
    split: { by: flag, flag: "7e" }
    escape: { lead: "7d", map: { "01": "7d", "02": "7e" } }
    layout: { body: body, sum: { check: xor8, over: body } }
    message: flagged
  dollar: { when: { is: "'$'" }, split: { by: until, start: "'$'", end: "0d 0a" }, message: dollar }
  data:
    split: { by: length }
    layout: { mark: { magic: "aa 55" }, size: { type: u16, covers: id..body }, id: { type: u8, role: id }, body: body }`,
      `  beat: { dir: both, fields: { mark: { type: u16, const: 0xfffe }, n: u16 } }
  flagged: { dir: both, fields: { data: bytes(*) } }
  dollar: { dir: both, fields: { mark: { type: u8, const: 0x24 }, a: hex(2), data: bytes(u8) } }
${MESSAGES}`,
    ),
    garbage: [['00', "'noise'", '55', '01 02', '0d 0a'], 'GARBAGE'],
  },
];

async function load(kind: Kind): Promise<{ protocol: Protocol; frames: Part[] }> {
  if (typeof kind.schema !== 'string') return kind.schema();
  const model = modelOf(kind.schema);
  const protocol = await loadCode(model);
  const frames = samples(protocol, model, 12)
    .filter(s => s.dir === 'up' && s.bytes.length < 90)
    .map((s): Part => ({ kind: 'frame', bytes: s.bytes, message: s.name }));
  return { protocol, frames };
}

/** What may stand between two frames. */
function between({
  garbage,
  blanks,
}: {
  garbage?: Kind['garbage'] | undefined;
  blanks?: Kind['blanks'];
}): fc.Arbitrary<Part[]> {
  const pieces: Part[] = [
    ...(garbage?.[0].map((hex): Part => ({ kind: 'garbage', bytes: hexBytes(hex), code: garbage[1] })) ?? []),
    ...(blanks?.map((hex): Part => ({ kind: 'blank', bytes: hexBytes(hex) })) ?? []),
  ];
  return pieces.length === 0 ? fc.constant([]) : fc.array(fc.constantFrom(...pieces), { maxLength: 3 });
}

const bytesOf = (parts: readonly Part[]): Uint8Array => join(...parts.map(p => p.bytes));
const blanksIn = (parts: readonly Part[]): number => bytesOf(parts.filter(p => p.kind === 'blank')).length;

for (const kind of KINDS) {
  t.test(
    `${kind.name}: frames and skips are the same however the stream is cut, and every byte is counted`,
    async t => {
      const { protocol, frames } = await load(kind);
      t.ok(frames.length > 3, `${frames.length} frames`);
      const front = between(kind.onlyInFront ? { ...kind, blanks: [] } : kind);
      const gap = between(kind.onlyInFront ? { ...kind, garbage: undefined } : kind);
      const stream = fc
        .tuple(front, fc.array(fc.tuple(fc.constantFrom(...frames), gap), { minLength: 1, maxLength: 6 }))
        .map(([first, rest]) => [...first, ...rest.flatMap(([frame, behind]) => [frame, ...behind])]);
      fc.assert(
        fc.property(stream, fc.array(fc.nat(600), { maxLength: 12 }), (parts, places) => {
          const { chunks, pauses } = cutting(kind, parts, places);
          const got = outcome(protocol, 'up', chunks, pauses);
          const want = expected(parts);
          if (got.said.join('\n') !== want.join('\n'))
            throw new Error(`${toHex(bytesOf(parts))}\nsays ${got.said.join(', ')}\nwant ${want.join(', ')}`);
          const silent = bytesOf(parts).length - got.counted;
          const blank = blanksIn(parts);
          // What makes an end longer belongs to no frame where it comes in a chunk of its own.
          const tails = parts.length * ((kind.spare ?? 0) + (kind.around ?? 0));
          if (silent < blank || silent > blank + tails)
            throw new Error(`${silent} bytes are not counted, ${blank} are blank`);
        }),
        { numRuns: 200, seed: SEED },
      );
    },
  );
}

/** Silence comes behind every frame that nothing else ends. */
function cutting(
  kind: Kind,
  parts: readonly Part[],
  places: readonly number[],
): { chunks: Uint8Array[]; pauses: Set<number> } {
  if (kind.quiet !== true) return { chunks: cutAt(bytesOf(parts), places), pauses: new Set() };
  const chunks: Uint8Array[] = [];
  const pauses = new Set<number>();
  for (const part of parts) {
    chunks.push(...cutAt(part.bytes, places));
    pauses.add(chunks.length - 1);
  }
  return { chunks, pauses };
}

for (const kind of KINDS) {
  t.test(`${kind.name}: a frame that ends too early is none, at any place and in any cutting`, async t => {
    const { protocol, frames } = await load(kind);
    for (const { bytes } of frames) t.equal(truncated(kind, protocol, bytes), undefined);
  });
}

/** What is wrong with what is said of the beginnings of a frame. */
function truncated({ spare = 0, around = 0 }: Kind, protocol: Protocol, frame: Uint8Array): string | undefined {
  for (let stop = 1; stop < frame.length - spare; stop++) {
    const part = frame.slice(0, stop);
    for (const chunks of [[part], [...part].map(byte => Uint8Array.of(byte))]) {
      const { said, counted, early } = outcome(protocol, 'up', chunks);
      const label = `${stop} of ${toHex(frame)}: "${said}"`;
      if (early > 0) return `${label} before its end`;
      if (said.some(s => s.startsWith('frame'))) return label;
      if (counted < stop - around || counted > stop) return `${label}, ${counted} bytes`;
    }
  }
  return undefined;
}

for (const kind of KINDS) {
  t.test(`${kind.name}: of a stream that was damaged every cutting says the same`, async () => {
    const { protocol, frames } = await load(kind);
    const damage = fc.array(fc.tuple(fc.nat(600), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...frames), { minLength: 1, maxLength: 5 }),
        damage,
        fc.array(fc.nat(600), { minLength: 1, maxLength: 12 }),
        (parts, changes, places) => {
          const stream = bytesOf(parts);
          for (const [at, byte] of changes) stream[at % stream.length] = byte;
          const whole = outcome(protocol, 'up', [stream]);
          for (const chunks of [cutAt(stream, places), [...stream].map(byte => Uint8Array.of(byte))]) {
            const got = outcome(protocol, 'up', chunks);
            const [a, b] = [whole, got].map(o => o.said.map(s => s.replace(/^OVERSIZE .*/, 'OVERSIZE')).join('\n'));
            if (a !== b) throw new Error(`${toHex(stream)}\nwhole: ${a}\nin pieces: ${b}`);
          }
        },
      ),
      { numRuns: 200, seed: SEED },
    );
  });
}

t.test('a shape of text is found again behind garbage, also where a binary one shows itself by more', async t => {
  const protocol = await loadCode(
    modelOf(
      schema(
        `frames:
  text: { when: { is: "'$'" }, split: { by: until, start: "'$'", end: "0d 0a" }, message: text }
  data: { split: { by: length }, layout: { mark: { magic: "aa 55" }, size: { type: u8, covers: body }, body: body }, message: data }`,
        `  text: { dir: both, fields: { mark: { type: u8, const: 0x24 }, line: str(*) } }
  data: { dir: both, fields: { data: bytes(*) } }`,
      ),
    ),
  );
  const stream = hexBytes("00 '$a' 0d 0a 00 01 '$b' 0d 0a 55 aa 55 01 7f aa '$c' 0d 0a");
  const said = [
    'GARBAGE 00',
    'frame text',
    'GARBAGE 0001',
    'frame text',
    'GARBAGE 55',
    'frame data',
    'GARBAGE aa',
    'frame text',
  ];
  for (const { title, chunks } of cuttings(stream)) t.same(outcome(protocol, 'up', chunks).said, said, title);
});

t.test('where no shape shows itself, garbage does not end with the chunk that it came in', async t => {
  const protocol = await loadCode(modelOf(KINDS.find(k => k.name === 'shapes that show little')!.schema as string));
  for (const { title, chunks } of cuttings(hexBytes('ff ff 01 00 07 ff 01 00 08')))
    t.same(outcome(protocol, 'up', chunks).said, ['GARBAGE ffff', 'frame short', 'GARBAGE ff', 'frame short'], title);
});
