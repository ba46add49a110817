/** The short form of `npm run fuzz`, and proof that it finds what it looks for. */
import t from 'tap';
import {
  type Decoded,
  type Direction,
  fail,
  type MessageCodec,
  type Protocol,
  type Splitter,
} from '../../src/codec/index.js';
import { hexBytes } from '../support/bytes.js';
import { fuzzCommand, MEMORY_SLACK } from './command.js';
import { examine } from './examine.js';
import { type Found, fuzz, report } from './fuzz.js';
import { memoryGrowth } from './memory.js';
import { every, showStream } from './stream.js';
import { loadSubject, type Subject, schemasIn } from './subject.js';

const SEED = 20260;
const CASES = 1000;

for (const schema of schemasIn('protocols')) {
  t.test(`${schema}: whatever bytes arrive, the protocol holds`, async t => {
    const subject = await loadSubject(schema);
    if (subject.note !== undefined) t.comment(subject.note);
    const { tally, found } = fuzz(subject, { seed: SEED, more: cases => cases < CASES });
    t.equal(found && report(subject, found), undefined);
    t.ok(tally.decoded > CASES / 4, `${tally.decoded} frames decode`);
    t.ok(
      tally.refused + tally.skipped > CASES / 4,
      `${tally.refused} are refused, bytes skipped ${tally.skipped} times`,
    );
    const names = new Set([...subject.protocol.up, ...subject.protocol.down].map(m => m.name));
    const unseen = [...names].filter(name => !tally.messages.has(name));
    t.same(unseen, [], 'every message is among them');
    t.ok(memoryGrowth(subject, SEED, 300) <= MEMORY_SLACK, 'and nothing is left behind');
  });
}

t.test('what once failed holds', async t => {
  const cases: readonly [schema: string, why: string, dir: Direction, hex: string][] = [
    [
      'game',
      'a size that with itself is over the limit, in search of a frame',
      'up',
      '80 80 80 04 08 05 05 ff 7f 06 12 d6 28',
    ],
    ['gt06', 'a long form in the bytes of a short one, with a good checksum', 'up', '7979 0004 22 ff80 44 0d0a'],
  ];
  for (const [schema, why, dir, hex] of cases) {
    const subject = await loadSubject(`protocols/${schema}.wire.yaml`);
    const bytes = hexBytes(hex);
    for (const size of [1, 2, 3, bytes.length]) {
      const cuts = every(size, bytes.length);
      t.equal(
        examine(subject, { dir, bytes, cuts, silent: false, shape: 0 }),
        undefined,
        `${why}, in pieces of ${size}`,
      );
    }
  }
});

const gt06 = await loadSubject('protocols/gt06.wire.yaml');
const { protocol } = gt06;

/** gt06 with something broken. */
const broken = (changes: Partial<Protocol>): Subject => ({ ...gt06, protocol: { ...protocol, ...changes } });

/** gt06 with another decoder. */
function decoding(
  change: (decoded: Decoded | undefined, b: Uint8Array, start: number, end: number) => Decoded | undefined,
): Subject {
  return broken({
    decode: (dir, b, start, end, conn) => change(protocol.decode(dir, b, start, end, conn), b, start, end),
    decodeAs: (dir, index, b, start, end, conn) =>
      change(protocol.decodeAs(dir, index, b, start, end, conn), b, start, end),
  });
}

/** gt06 with another encoder of locations. */
function encoding(write: (codec: MessageCodec, ...given: Parameters<MessageCodec['write']>) => boolean): Subject {
  const up = protocol.up.map(codec =>
    codec.name !== 'location'
      ? codec
      : { ...codec, write: (...given: Parameters<MessageCodec['write']>) => write(codec, ...given) },
  );
  return broken({ up });
}

/** gt06 with a splitter of which something is replaced. */
function splitting(change: (real: Splitter) => Partial<Splitter>): Subject {
  return broken({
    splitter(dir, conn) {
      const real = protocol.splitter(dir, conn);
      const whole = {
        get buffered() {
          return real.buffered;
        },
        get quiet() {
          return real.quiet;
        },
        silence: real.silence.bind(real),
        push: real.push.bind(real),
        end: real.end.bind(real),
      };
      return Object.defineProperties(whole, Object.getOwnPropertyDescriptors(change(real))) as unknown as Splitter;
    },
  });
}

const isLocation = (decoded: Decoded | undefined): decoded is Decoded => decoded?.name === 'location';

const mistakes: readonly [what: string, Subject][] = [
  [
    'decodeAs throws RangeError',
    decoding(decoded => {
      if (isLocation(decoded) && decoded.value.speed === 255) throw new RangeError('too fast');
      return decoded;
    }),
  ],
  [
    'classify throws TypeError',
    broken({
      classify(dir, b, start, end, conn) {
        if (end - start < 5) throw new TypeError('short');
        return protocol.classify(dir, b, start, end, conn);
      },
    }),
  ],
  ['classify gives no message', broken({ classify: () => 99 })],
  [
    'a problem lies outside its frame',
    broken({
      classify(dir, b, start, end, conn) {
        const index = protocol.classify(dir, b, start, end, conn);
        if (index === -2) fail('CHECK', end + 1, 'crc');
        return index;
      },
    }),
  ],
  ['a problem lies outside its frame', decoding(decoded => (isLocation(decoded) ? undefined : decoded))],
  [
    'a problem has an unknown code',
    broken({
      classify(dir, b, start, end, conn) {
        const index = protocol.classify(dir, b, start, end, conn);
        if (index === -2) fail('WRONG' as 'CHECK', start, 'crc');
        return index;
      },
    }),
  ],
  [
    'a value lives in borrowed bytes',
    decoding((decoded, b, start, end) =>
      isLocation(decoded) ? { ...decoded, value: { ...decoded.value, whole: b.subarray(start, end) } } : decoded,
    ),
  ],
  [
    'a decoder writes to its input',
    decoding((decoded, b, start) => {
      if (isLocation(decoded)) b[start] = 0;
      return decoded;
    }),
  ],
  [
    'decode depends on where the frame stands',
    decoding((decoded, _, start) => (start === 0 ? decoded : decoded && { ...decoded, value: { at: start } })),
  ],
  [
    'encode and decode change a value',
    encoding((codec, w, value, conn) =>
      codec.write(w, { ...value, speed: Math.min(200, value.speed as number) }, conn),
    ),
  ],
  [
    'an encoded frame is refused',
    encoding((codec, w, value, conn) => {
      const done = codec.write(w, value, conn);
      w.bytes[w.length - 3]! ^= 1;
      return done;
    }),
  ],
  [
    'an encoded frame is not cut as one',
    encoding((codec, w, value, conn) => codec.write(w, value, conn) && codec.write(w, value, conn)),
  ],
  [
    'encode throws Error',
    encoding((codec, w, value, conn) => {
      if ((value.rest as Uint8Array).length > 0) throw new Error('not all of it');
      return codec.write(w, value, conn);
    }),
  ],
  [
    'the splitter holds too much',
    splitting(() => {
      let held = 0;
      return {
        get buffered() {
          return held;
        },
        push: (_, start, end) => {
          held += end - start;
        },
        end: () => {
          held = 0;
        },
      };
    }),
  ],
  [
    'the splitter gives more than it took',
    splitting(() => ({
      push(b, start, end, sink) {
        while (sink.frame(b, start, Math.min(end, start + 10), 10));
      },
    })),
  ],
  [
    'a range is outside its bytes|an encoded frame is refused',
    splitting(real => ({
      push: (b, start, end, sink) =>
        real.push(b, start, end, {
          frame: (b, start, end, size) => sink.frame(b, start, end + 65_536, size),
          skipped: (...given) => sink.skipped(...given),
        }),
    })),
  ],
  [
    'frames depend on the pieces',
    splitting(real => ({
      push(b, start, end, sink) {
        if (real.buffered > 0) real.end(sink);
        real.push(b, start, end, sink);
      },
    })),
  ],
];

t.test('every mistake is found, shortened, and found again from its seed', async t => {
  for (const [what, subject] of mistakes) {
    const { found } = fuzz(subject, { seed: SEED, more: cases => cases < CASES });
    t.ok(what.split('|').includes(found?.failure.what ?? ''), `${what}: ${found?.failure.what}`);
    if (found === undefined) continue;
    t.ok(found.minimised.bytes.length <= found.stream.bytes.length, `${what}: ${showStream(found.minimised)}`);
    const again = fuzz(subject, { seed: found.seed, more: cases => cases === 0 });
    t.equal(again.tally.streams, 1, 'it is the first case of its seed');
    t.equal(report(subject, again.found as Found), report(subject, found));
  }
});

t.test('of a stream, what does not matter is left out', async t => {
  const subject = splitting(real => ({
    push(b, start, end, sink) {
      if (b.subarray(start, end).includes(0x79)) throw new Error('79');
      real.push(b, start, end, sink);
    },
  }));
  const { found } = fuzz(subject, { seed: SEED, more: cases => cases < CASES });
  t.match(found, { failure: { what: 'splitter.push throws Error' }, minimised: { bytes: [0x79], cuts: [] } });
});

t.test('a loop without end and without work is broken off', async t => {
  const subject = splitting(() => ({
    push() {
      for (;;);
    },
  }));
  const { found } = fuzz(subject, { seed: SEED, more: cases => cases === 0, patience: 200 });
  t.match(found, { failure: { what: 'it does not end' }, seed: SEED });
});

t.test('what every frame leaves behind is noticed', async t => {
  const left: unknown[] = [];
  const subject = decoding(decoded => {
    left.push(new Array(1000).fill(0));
    return decoded;
  });
  t.ok(memoryGrowth(subject, SEED, 300) > MEMORY_SLACK, `${left.length} frames`);
});

t.test('the command says what it has done, what failed and how to see it again', async t => {
  const run = async (args: string[], subject = gt06): Promise<{ code: number; out: string; err: string }> => {
    let out = '';
    let err = '';
    const code = await fuzzCommand(args, {
      load: async () => subject,
      out: text => {
        out += text;
      },
      err: text => {
        err += text;
      },
    });
    return { code, out, err };
  };
  const schema = ['--schema', gt06.schema];
  t.match(await run([...schema, '--seconds', '0.1', '--seed', '7']), {
    code: 0,
    out: /^protocols\/gt06\.wire\.yaml: \d+ streams, \d+ frames: \d+ decoded, \d+ refused; .*; seed 7\n$/,
    err: '',
  });
  const [[what, subject]] = mistakes as [[string, Subject]];
  const failed = await run([...schema, '--seconds', '30', '--seed', `${SEED}`], subject);
  t.equal(failed.code, 1);
  t.match(failed.err, `protocols/gt06.wire.yaml: ${what}\n  RangeError: too fast\n`);
  const [, seed] = /\nseed: (\d+)\nstream: .*\nminimised: up, \d+ bytes at once: [\da-f]+\nagain: /.exec(failed.err)!;
  t.match(failed.err, `again: npm run fuzz -- --schema ${gt06.schema} --seed ${seed}\n`);
  t.equal((await run([...schema, '--seed', seed!], subject)).err, failed.err);

  const refused: [string[], string][] = [
    [['--seconds', 'soon'], '--seconds is "soon": give a number above 0'],
    [['--seed', '-1'], "'--seed' argument is ambiguous"],
    [['--seed', '1.5'], '--seed is "1.5": give a whole number from 0 to 4294967295'],
    [['--schema', 'nothing.yaml'], 'Cannot find the schema "nothing.yaml"'],
    [['--schemas'], "Unknown option '--schemas'"],
  ];
  for (const [args, text] of refused) {
    const { code, err } = await run(args);
    t.equal(code, 2, text);
    t.match(err, text);
    t.match(err, '\nnpm run fuzz -- [--seconds 60]');
  }
});
