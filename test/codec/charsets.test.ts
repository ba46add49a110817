/** Texts: GBK, ends of texts, and digits packed in bytes. */
import fc from 'fast-check';
import t from 'tap';
import {
  bcd,
  bcdSize,
  cstrEnd,
  EncodeError,
  endText,
  gbk,
  problem,
  problemText,
  untilEnd,
  Writer,
  writeBcd,
  writeGbk,
  writeLine,
} from '../../src/codec/index.js';
import { hexBytes, join, toHex } from '../support/bytes.js';

function written(write: (w: Writer) => unknown): string {
  const w = new Writer(4);
  write(w);
  return toHex(w.slice());
}

const encoded = (text: string): string => written(w => writeGbk(w, text, 'plate'));

function decoded(hex: string): string | undefined {
  const b = join(hexBytes('fe'), hexBytes(hex), hexBytes('fe'));
  return gbk(b, 1, b.length - 1, 'plate');
}

t.test('GBK stands at its bytes', async t => {
  const known: [text: string, hex: string][] = [
    ['', ''],
    ['A12', '413132'],
    ['京A12345', 'bea9413132333435'],
    ['测试', 'b2e2cad4'],
    ['中文。', 'd6d0cec4a1a3'],
    ['镕', 'e946'],
    ['丂', '8140'],
  ];
  for (const [text, hex] of known) {
    t.equal(encoded(text), hex, text);
    t.equal(decoded(hex), text, hex);
  }
  t.equal(
    written(w => writeLine(w, '京', 'gbk', hexBytes('0d 0a'), 8)),
    'bea90d0a',
  );
});

t.test('every pair of GBK is a character of its own, as the platform decodes it', async t => {
  const decoder = new TextDecoder('gbk', { fatal: true });
  let pairs = 0;
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      if (trail === 0x7f) continue;
      const b = Uint8Array.of(lead, trail);
      const text = gbk(b, 0, 2, 'x');
      if (text === undefined || text !== decoder.decode(b) || encoded(text) !== toHex(b)) t.fail(toHex(b));
      else pairs++;
    }
  }
  t.equal(pairs, 126 * 190);
});

t.test('what is not GBK is refused where it stands', async t => {
  for (const bad of ['80', 'ff', 'b2', 'b2 7f', 'b2 20', 'b2 ff', 'fe 3f', '81 30 81 30']) {
    t.equal(decoded(`b2 e2 61 ${bad}`), undefined, bad);
    t.equal(problem.code, 'TEXT');
    t.equal(problem.offset, 4, bad);
    t.match(problemText(), `got byte 0x${bad.slice(0, 2)}, want gbk`);
  }
  for (const text of ['€', 'ñ', '\u{1f600}', '\ud83d', '\ufffd']) {
    t.throws(() => encoded(`a${text}`), { code: 'TEXT', field: 'plate' }, JSON.stringify(text));
  }
  t.throws(() => encoded('\u{1f600}'), { message: 'Cannot encode "plate": "\u{1f600}" is not in gbk' });
  t.throws(() => encoded(7 as never), { code: 'TYPE' });
});

t.test('text of GBK comes back, and random bytes are refused or come back', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), b => {
      const text = gbk(b, 0, b.length, 'x');
      return text === undefined ? problem.code === 'TEXT' : encoded(text) === toHex(b);
    }),
    { numRuns: 1000 },
  );
});

t.test('a text ends at its NUL byte or delimiter', async t => {
  const b = hexBytes("'ab' 00 'c' 0d 0d 0a 'd' 0d");
  t.equal(cstrEnd(b, 0, b.length, 'name'), 2);
  t.equal(cstrEnd(b, 2, b.length, 'name'), 2);
  t.equal(untilEnd(b, 0, b.length, hexBytes('0d 0a'), 'name'), 5);
  t.equal(untilEnd(b, 0, b.length, hexBytes('00'), 'name'), 2);
  t.equal(cstrEnd(b, 3, b.length, 'name'), -1);
  t.equal(problemText(), 'the bytes end too early: want a NUL byte');
  t.equal(untilEnd(b, 5, b.length, hexBytes('0d 0a'), 'name'), 5);
  t.equal(untilEnd(b, 0, 6, hexBytes('0d 0a'), 'name'), -1, 'a delimiter that is cut off is none');
  t.same({ ...problem }, { code: 'TRUNCATED', offset: 6, field: 'name', got: undefined, want: 'its end, 0d0a' });
});

t.test('a text that would be read back shorter is not written', async () => {
  const byte = fc.constantFrom(0x61, 0x0d, 0x0a);
  const text = fc.array(byte, { maxLength: 8 });
  fc.assert(
    fc.property(text, text, fc.array(byte, { minLength: 1, maxLength: 3 }), (before, list, end) => {
      const w = new Writer(2);
      w.append(Uint8Array.from(before));
      w.append(Uint8Array.from(list));
      const delimiter = Uint8Array.from(end);
      try {
        endText(w, before.length, delimiter, 'x');
      } catch (e) {
        const whole = join(Uint8Array.from(list), delimiter);
        const comesBack = untilEnd(whole, 0, whole.length, delimiter, 'x') === list.length;
        return e instanceof EncodeError && e.code === 'AMBIGUOUS' && !comesBack;
      }
      return untilEnd(w.bytes, before.length, w.length, delimiter, 'x') === before.length + list.length;
    }),
    { numRuns: 1000 },
  );
});

t.test('digits of a variable number of bytes keep the letters a to f', async t => {
  t.equal(bcdSize('', 'x'), 0);
  t.equal(bcdSize('1', 'x'), 1);
  t.equal(bcdSize('12ab', 'x'), 2);
  t.throws(() => bcdSize(12 as never, 'x'), { code: 'TYPE' });
  for (const digits of ['', '0012', '13800f', 'abcdef']) {
    const w = new Writer();
    writeBcd(w, digits, bcdSize(digits, 'x'), false, 'x');
    t.equal(bcd(w.bytes, 0, w.length), digits);
  }
  t.throws(() => writeBcd(new Writer(), '123', bcdSize('123', 'x'), false, 'x'), { code: 'LENGTH' });
});
