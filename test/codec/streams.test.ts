/** Streams: the splitter with cut functions made for the purpose, lines, telnet commands, and finding a frame again. */
import fc from 'fast-check';
import t from 'tap';
import {
  ConnContext,
  type Cut,
  type CutFunction,
  type CutResult,
  discard,
  FRAME,
  found,
  lineCutter,
  MORE,
  more,
  overlong,
  rescue,
  resync,
  SKIP,
  Splitter,
  TelnetFilter,
  withoutBackspaces,
} from '../../src/codec/index.js';
import { cuttings, hexBytes, join, pieces, toHex } from '../support/bytes.js';
import { Log, type Run, run, splitterOf } from '../support/splitting.js';

/** One byte of size, then so many bytes; `calls` counts how often it looked. */
function sized(calls = { n: 0 }): CutFunction {
  return (cut, b, o, end) => {
    calls.n++;
    if (cut.pending > 0) return discard(cut, o, end);
    const total = b[o]! + 1;
    if (total > 16) return overlong(cut, o, end, total);
    return end - o < total ? more(cut, total) : found(cut, o, o + total);
  };
}

t.test('the same frames come out of every cutting', async t => {
  const stream = hexBytes('03 aa bb cc 00 01 dd 0f 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 02 ee ff');
  const frames = ['frame 03aabbcc', 'frame 00', 'frame 01dd', 'frame 0f0102030405060708090a0b0c0d0e0f', 'frame 02eeff'];
  for (const { title, chunks } of cuttings(stream)) {
    const { said, held } = run(splitterOf(sized(), 16), chunks);
    t.same(said, frames, title);
    t.ok(held < 16, `${title}: ${held} held`);
  }
});

t.test(
  'a frame in a chunk is handed out in place, one that spans chunks is looked at once per chunk at most',
  async t => {
    const chunk = hexBytes('02 aa bb 02 cc dd');
    const seen: Uint8Array[] = [];
    const splitter = splitterOf(sized(), 16)();
    splitter.push(chunk, 0, chunk.length, {
      frame(b) {
        seen.push(b);
        return true;
      },
      skipped: () => t.fail('nothing is skipped'),
    });
    t.equal(seen.length, 2);
    t.ok(seen.every(b => b === chunk));
    const calls = { n: 0 };
    run(splitterOf(sized(calls), 16), pieces(hexBytes('0f 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f'), 1));
    t.ok(calls.n <= 16, `${calls.n} calls`);
  },
);

t.test('an over-long frame without markers is dropped by its size and reported once', async t => {
  const stream = join(hexBytes('01 aa 20'), new Uint8Array(32).fill(1), hexBytes('01 bb'));
  for (const { title, chunks } of cuttings(stream)) {
    const { said, held } = run(splitterOf(sized(), 16), chunks);
    t.equal(said.filter(s => s.startsWith('OVERSIZE')).length, 1, title);
    t.same(
      said.filter(s => s.startsWith('frame')),
      ['frame 01aa', 'frame 01bb'],
      title,
    );
    t.ok(held <= 16, title);
  }
});

t.test('a cut function that always wants more is given no more than the limit', async t => {
  const greedy: CutFunction = (cut, _, o, end) => more(cut, end - o + 1000);
  for (const size of [1, 7, 16, 64, 100]) {
    const { said, held } = run(splitterOf(greedy, 16), pieces(new Uint8Array(100), size));
    t.ok(held <= 16, `pieces of ${size}: ${held} held`);
    t.ok(
      said.every(s => s.startsWith('OVERSIZE') || s.startsWith('TRUNCATED')),
      said.join(),
    );
    t.equal(
      said.map(s => s.split(' ')[1]!.length / 2).reduce((a, b) => a + b, 0),
      100,
      'every byte is accounted for',
    );
  }
  const lost: boolean[] = [];
  const notes: CutFunction = (cut, _, o, end) => {
    lost.push(cut.lost);
    return more(cut, end - o + 1);
  };
  run(splitterOf(notes, 4), pieces(new Uint8Array(6), 1), false);
  t.same(lost, [false, false, false, false, true, true], 'behind the limit a start must prove itself');
});

t.test('a sink that says stop is told nothing more', async t => {
  for (const size of [1, 3, 100]) {
    const splitter = splitterOf(sized(), 16)();
    const log = new Log(2);
    for (const chunk of pieces(hexBytes('01 aa 01 bb 01 cc 01 dd 05 ee'), size))
      splitter.push(chunk, 0, chunk.length, log);
    splitter.end(log);
    t.same(log.said, ['frame 01aa', 'frame 01bb'], `pieces of ${size}`);
    t.equal(splitter.buffered, 0);
  }
});

t.test('what is left at the end is reported, and nothing when nothing is', async t => {
  t.same(run(splitterOf(sized(), 16), [hexBytes('01 aa 05 bb cc')]).said, ['frame 01aa', 'TRUNCATED 05bbcc']);
  t.same(run(splitterOf(sized(), 16), [hexBytes('01 aa')]).said, ['frame 01aa']);
  t.same(run(splitterOf(sized(), 16), []).said, []);
  t.same(run(splitterOf(sized(), 16), [new Uint8Array(), hexBytes('01'), new Uint8Array(), hexBytes('aa')]).said, [
    'frame 01aa',
  ]);
});

t.test('nothing is looked at twice while a frame without a size comes a byte at a time', async t => {
  let looked = 0;
  const untilZero: CutFunction = (cut, b, o, end): CutResult => {
    let i = o + cut.scanned;
    for (; i < end && b[i] !== 0; i++) looked++;
    if (i < end) {
      cut.start = o;
      cut.end = i;
      cut.next = i + 1;
      return FRAME;
    }
    cut.scanned = end - o;
    cut.need = 0;
    return MORE;
  };
  const stream = join(new Uint8Array(5000).fill(1), hexBytes('00 02 00'));
  const { said } = run(splitterOf(untilZero, 8192), pieces(stream, 1));
  t.equal(said.length, 2);
  t.equal(looked, 5001);
});

const lines = (limit = 8, skip = true) => splitterOf(lineCutter(limit, skip), limit + 2);
const text = (s: string): Uint8Array => new TextEncoder().encode(s);
const framesOf = (...all: string[]): string[] => all.map(s => `frame ${toHex(text(s))}`);

t.test('lines end with \\n, \\r\\n, \\r or \\r\\0, in every mixture and cutting', async t => {
  const stream = text('one\ntwo\r\nthree\rfour\r\0five\r\n\r\n\r\0\n\n\rsix\n');
  for (const { title, chunks } of cuttings(stream))
    t.same(run(lines(), chunks).said, framesOf('one', 'two', 'three', 'four', 'five', 'six'), title);
});

t.test('empty lines come out where they are not left out', async t => {
  const stream = text('\na\r\n\r\n\rb\r\0\r\0c\n\r');
  for (const { title, chunks } of cuttings(stream))
    t.same(run(lines(8, false), chunks).said, framesOf('', 'a', '', '', 'b', '', 'c', ''), title);
});

t.test('a lone \\r ends its line at once', async t => {
  t.same(run(lines(), [text('a\r')], false).said, framesOf('a'));
  t.same(run(lines(), [text('a\r'), text('\0'), text('b\r'), text('\n'), text('\nc\n')]).said, framesOf('a', 'b', 'c'));
});

t.test('a line of the limit passes; one byte more is discarded up to its end and reported once', async t => {
  const ends = ['\n', '\r\n', '\r', '\r\0'];
  for (const end of ends) {
    for (const { title, chunks } of cuttings(text(`12345678${end}ok${end}123456789${end}next${end}`))) {
      const { said, held } = run(lines(), chunks);
      const label = `${JSON.stringify(end)}, ${title}`;
      t.same(
        said.map(s => (s.startsWith('OVERSIZE') ? 'OVERSIZE' : s)),
        [...framesOf('12345678', 'ok'), 'OVERSIZE', ...framesOf('next')],
        label,
      );
      t.ok(held <= 10, `${label}: ${held} held`);
    }
  }
});

t.test('a line without an end is discarded in bounded memory, with one report', async t => {
  for (const size of [1, 5, 9, 64, 1000]) {
    const { said, held } = run(lines(), pieces(join(new Uint8Array(10_000).fill(0x61), text('\r\nb\n')), size));
    t.equal(said.length, 2, `pieces of ${size}: ${said.map(s => s.slice(0, 12)).join()}`);
    t.match(said[0], /^OVERSIZE /);
    t.equal(said[1], framesOf('b')[0]);
    t.ok(held <= 10, `${held} held`);
  }
});

t.test('lines of random bytes come out the same of every cutting', async () => {
  const bytes = fc.array(fc.constantFrom(0x0a, 0x0d, 0x00, 0x61, 0x62, 0xff, 0x08), { maxLength: 60 });
  fc.assert(
    fc.property(bytes, fc.integer({ min: 1, max: 9 }), fc.boolean(), (list, size, skip) => {
      const b = Uint8Array.from(list);
      const frames = (r: Run): string[] => r.said.filter(s => s.startsWith('frame'));
      const whole = run(lines(4, skip), [b]);
      const cut = run(lines(4, skip), pieces(b, size));
      return frames(whole).join() === frames(cut).join() && whole.said.length === cut.said.length && cut.held <= 6;
    }),
    { numRuns: 500 },
  );
});

t.test('telnet commands are removed, wherever they are cut', async t => {
  const commands: [string, string][] = [
    ["'a' ff fb 01 'b'", 'ab'],
    ["ff fd 03 ff fb 18 'x'", 'x'],
    ["'a' ff f1 'b' ff f6 'c'", 'abc'],
    ["'a' ff fa 18 00 'vt100' ff f0 'b'", 'ab'],
    ["'a' ff fa 27 ff ff 01 ff f0 'b'", 'ab'],
    ["'a' ff fa 27 ff f0 ff ff 'b'", 'a\u00ffb'],
    ['ff ff ff ff', '\u00ff\u00ff'],
    ["'a' ff fb ff 'b'", 'ab'],
    ["'a' ff fa 01 ff ff f0 'x' ff f0 'b'", 'ab'],
  ];
  for (const [wire, plain] of commands) {
    const b = hexBytes(wire);
    for (const { title, chunks } of cuttings(b)) {
      const filter = new TelnetFilter();
      const out = chunks.map(chunk => {
        const wide = join(hexBytes('ff'), chunk, hexBytes('ff'));
        const f = filter.push(wide, 1, 1 + chunk.length);
        return f.b.slice(f.start, f.end);
      });
      t.equal(toHex(join(...out)), toHex(Uint8Array.from(plain, c => c.charCodeAt(0))), `${wire}, ${title}`);
    }
  }
});

t.test('a chunk without telnet commands is passed on as it is', async t => {
  const filter = new TelnetFilter();
  const b = text('hello\r\n');
  t.equal(filter.push(b, 1, 4).b, b);
  filter.push(hexBytes('ff'), 0, 1);
  t.equal(filter.push(hexBytes('fb'), 0, 1).end, 0);
  t.equal(filter.push(hexBytes('01'), 0, 1).end, 0);
  t.same({ ...filter.push(b, 1, 4) }, { b, start: 1, end: 4 }, 'and again after a command');
});

t.test('a command inside a line end does not break it', async t => {
  const make = () => new Splitter(lineCutter(8, true), new ConnContext(), 10, new TelnetFilter());
  for (const { title, chunks } of cuttings(hexBytes("'ab' 0d ff fb 01 0a 'c' ff f1 'd' 0d ff fd 03 00 'e' 0a")))
    t.same(run(make, chunks).said, framesOf('ab', 'cd', 'e'), title);
});

t.test('backspace and delete take back one character, never more than the line has', async t => {
  const typed: [string, string][] = [
    ['abc', 'abc'],
    ['abd\bc', 'abc'],
    ['x\x7fabc', 'abc'],
    ['\b\b\x7fabc', 'abc'],
    ['abc\b\b\b\b\bx', 'x'],
    ['a\u{1f600}\bb', 'ab'],
    ['\b', ''],
  ];
  for (const [line, kept] of typed) t.equal(withoutBackspaces(line), kept, JSON.stringify(line));
});

t.test('a line that backspaces have emptied is an empty line', async t => {
  const make = (charset: 'utf8' | 'latin1') => splitterOf(lineCutter(16, true, charset), 18);
  const stream = hexBytes("'ab' 08 08 0a 7f 0a e2 82 ac 7f 0a 'c' 08 'd' 0a e2 82 ac 08 08 08 0a 'ab' 08 0a");
  for (const { title, chunks } of cuttings(stream)) {
    t.same(run(make('utf8'), chunks).said, framesOf('c\bd', 'ab\b'), title);
  }
  t.same(run(make('latin1'), [hexBytes('e2 82 ac 7f 0a e2 82 08 7f 0a')]).said, ['frame e282ac7f']);
});

const starts = (b: Uint8Array, o: number, end: number, strict: boolean): boolean =>
  b[o] === 0x78 && (!strict || end - o < 2 || b[o + 1]! <= 8);
const STOP = Uint8Array.of(0x0d, 0x0a);

const sizeOf = (b: Uint8Array, o: number, end: number): number => (end - o < 2 ? 0 : b[o + 1]!);

/** `78`, a size of the whole frame, bytes, `0d 0a`. */
const marked: CutFunction = (cut: Cut, b, o, end) => {
  if (!starts(b, o, end, cut.lost)) return resync(cut, b, o, end, starts);
  if (end - o < 2) return more(cut, 2);
  const total = b[o + 1]!;
  if (total < 4 || total > 32) return rescue(cut, b, o, end, STOP, 2, 32, starts, sizeOf);
  if (end - o < total) return cut.ended ? rescue(cut, b, o, end, STOP, 2, 32, starts, sizeOf) : more(cut, total);
  if (b[o + total - 2] !== 0x0d || b[o + total - 1] !== 0x0a)
    return rescue(cut, b, o, end, STOP, 2, 32, starts, sizeOf);
  return found(cut, o, o + total);
};

t.test('garbage before and between frames is skipped and every byte of it reported', async t => {
  const stream = hexBytes("'noise' 78 05 aa 0d 0a 11 22 33 78 78 06 bb cc 0d 0a");
  for (const { title, chunks } of cuttings(stream)) {
    const { said } = run(splitterOf(marked, 32), chunks);
    t.same(
      said.filter(s => s.startsWith('frame')),
      ['frame 7805aa0d0a', 'frame 7806bbcc0d0a'],
      title,
    );
    const skipped = said.filter(s => s.startsWith('GARBAGE')).map(s => s.slice(8));
    t.equal(skipped.join(''), '6e6f69736511223378', title);
  }
});

t.test('a frame with a false size is cut at its end marker', async t => {
  const stream = hexBytes('78 04 aa bb 0d 0a 78 0a cc 0d 0a 78 01 0d 0a 78 05 dd 0d 0a 78 05 ee 0d 0a');
  for (const { title, chunks } of cuttings(stream)) {
    const { said } = run(splitterOf(marked, 32), chunks);
    t.same(
      said,
      ['frame 7804aabb0d0a', 'frame 780acc0d0a', 'frame 78010d0a', 'frame 7805dd0d0a', 'frame 7805ee0d0a'],
      title,
    );
  }
});

t.test('a false size without an end marker is given up at the limit, and the next frame is found', async t => {
  const stream = join(hexBytes('78 ff'), new Uint8Array(60).fill(0x11), hexBytes('78 05 dd 0d 0a'));
  for (const { title, chunks } of cuttings(stream)) {
    const { said, held } = run(splitterOf(marked, 32), chunks);
    t.same(
      said.filter(s => s.startsWith('frame')),
      ['frame 7805dd0d0a'],
      title,
    );
    t.ok(held <= 32, `${title}: ${held} held`);
    const skipped = said.filter(s => !s.startsWith('frame')).map(s => s.split(' ')[1]);
    t.equal(skipped.join(''), toHex(stream.slice(0, 62)), title);
  }
});

t.test('at the end of the stream a cut frame is handed out once, to be refused with a reason', async t => {
  t.same(run(splitterOf(marked, 32), [hexBytes('78 08 aa bb')]).said, ['frame 7808aabb']);
  t.same(run(splitterOf(marked, 32), [hexBytes('78')]).said, ['TRUNCATED 78']);
});

t.test('a skip without a code is silent', async t => {
  const silent: CutFunction = (cut, _, o) => {
    cut.next = o + 1;
    cut.code = '';
    return SKIP;
  };
  t.same(run(splitterOf(silent, 8), pieces(new Uint8Array(20), 3)).said, []);
});
