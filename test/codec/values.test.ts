/** Single values: checksums, numbers of every width, scales, digits, times, texts, and the writer that holds them. */
import fc from 'fast-check';
import t from 'tap';
import * as codec from '../../src/codec/index.js';
import { hexBytes, toHex } from '../support/bytes.js';

const {
  bcd,
  bcdTrimmed,
  cursor,
  EncodeError,
  integer,
  problem,
  putVarint,
  roundAway,
  unscaled,
  unscaledBy,
  unzigzag,
  varint,
  varintSize,
  Writer,
  writeVarint,
  zigzag,
} = codec;

type Read = (b: Uint8Array, o: number) => number | bigint;
type Put = (b: Uint8Array, o: number, v: number | bigint) => void;

/** Functions by name: the names follow a rule, and the tests go through all of them. */
const functions = codec as unknown as Record<string, unknown>;

function encodeError(work: () => unknown): codec.EncodeError | undefined {
  try {
    work();
    return undefined;
  } catch (e) {
    if (e instanceof EncodeError) return e;
    throw e;
  }
}

const widths = [8, 16, 24, 32, 40, 48, 56, 64];

t.test('numbers of every width and order stand at their bytes', async t => {
  for (const bits of widths) {
    for (const signed of [false, true]) {
      for (const order of bits === 8 ? [''] : ['be', 'le']) {
        const name = `${signed ? 'i' : 'u'}${bits}${order}`;
        const read = functions[name] as Read;
        const put = functions[`putU${bits}${order}`] as Put;
        const size = bits / 8;
        const top = 2n ** BigInt(bits - (signed ? 1 : 0)) - 1n;
        const bottom = signed ? -(2n ** BigInt(bits - 1)) : 0n;
        const edges = [bottom, bottom + 1n, 0n, 1n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, top - 1n, top, top / 3n];
        if (signed)
          edges.push(-1n, -2n, -128n, -129n, -(2n ** 31n), -(2n ** 32n) - 1n, -(2n ** 53n), -(2n ** 53n) - 1n);
        edges.push(2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n);
        for (const v of edges.filter(e => e >= bottom && e <= top)) {
          const b = new Uint8Array(size + 2).fill(0xa5);
          const given = bits >= 56 ? v : Number(v);
          put(b, 1, given);
          let digits = BigInt.asUintN(bits, v)
            .toString(16)
            .padStart(size * 2, '0');
          if (order === 'le') digits = digits.match(/../g)!.reverse().join('');
          t.equal(toHex(b), `a5${digits}a5`, `${name} ${v} is written in place`);
          const got = read(b, 1);
          t.equal(BigInt(got), v, `${name} ${v} is read`);
          const safe = v <= BigInt(Number.MAX_SAFE_INTEGER) && v >= -BigInt(Number.MAX_SAFE_INTEGER);
          t.equal(typeof got, safe ? 'number' : 'bigint', `${name} ${v} is a number while that is exact`);
        }
      }
    }
  }
});

t.test('64-bit numbers round trip, whichever way they are given', async () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), v => {
      const b = new Uint8Array(8);
      for (const [put, read] of [
        [codec.putU64be, codec.u64be],
        [codec.putU64le, codec.u64le],
      ] as const) {
        put(b, 0, v);
        const got = read(b, 0);
        if (BigInt(got) !== v) return false;
        put(b, 0, got);
        if (BigInt(read(b, 0)) !== v) return false;
      }
      return true;
    }),
  );
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), v => {
      const b = new Uint8Array(8);
      codec.putU64be(b, 0, v);
      if (BigInt(codec.i64be(b, 0)) !== v) return false;
      codec.putU64le(b, 0, v);
      return BigInt(codec.i64le(b, 0)) === v;
    }),
  );
});

t.test('a 64-bit field takes whole numbers in its range only', async t => {
  const u64 = (v: number | bigint): unknown => codec.wideInteger(v, 0n, 2n ** 64n - 1n, 'x');
  t.equal(u64(2 ** 53 - 1), 2 ** 53 - 1);
  t.equal(u64(2n ** 64n - 1n), 2n ** 64n - 1n);
  for (const v of [-1, -1n, 2n ** 64n]) t.equal(encodeError(() => u64(v))?.code, 'RANGE', String(v));
  for (const v of [0.5, Number.NaN, 2 ** 53]) t.equal(encodeError(() => u64(v))?.code, 'TYPE', String(v));
});

t.test('floats keep their bits in both orders', async t => {
  const b = new Uint8Array(8);
  codec.putF32be(b, 0, 1.5);
  t.equal(toHex(b.subarray(0, 4)), '3fc00000');
  codec.putF32le(b, 0, 1.5);
  t.equal(toHex(b.subarray(0, 4)), '0000c03f');
  codec.putF64be(b, 0, -2);
  t.equal(toHex(b), 'c000000000000000');
  codec.putF64le(b, 0, -2);
  t.equal(toHex(b), '00000000000000c0');
  fc.assert(
    fc.property(fc.double(), fc.float(), (d, f) => {
      codec.putF64be(b, 0, d);
      if (!Object.is(codec.f64be(b, 0), d)) return false;
      codec.putF64le(b, 0, d);
      if (!Object.is(codec.f64le(b, 0), d)) return false;
      codec.putF32be(b, 0, f);
      if (!Object.is(codec.f32be(b, 0), f)) return false;
      codec.putF32le(b, 0, f);
      return Object.is(codec.f32le(b, 0), f);
    }),
  );
});

t.test('integer() refuses what would be written as something else', async t => {
  t.equal(integer(255, 0, 255, 'x'), 255);
  for (const v of [-1, 256, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    const e = encodeError(() => integer(v, 0, 255, 'x'));
    t.match(e, { code: 'RANGE', field: 'x' }, String(v));
  }
  for (const v of [1.5, Number.NaN, undefined, null, '7', true, {}, [7], 7n]) {
    const e = encodeError(() => integer(v as unknown as number, 0, 255, 'x'));
    t.ok(e instanceof EncodeError, String(v));
    t.equal(e?.field, 'x');
  }
});

t.test('a varint has one spelling', async t => {
  const spelled: [number, string][] = [
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [16383, 'ff7f'],
    [16384, '808001'],
    [2 ** 32, '8080808010'],
    [2 ** 35 - 1, 'ffffffff7f'],
    [2 ** 49 - 1, 'ffffffffffff7f'],
  ];
  for (const [n, digits] of spelled) {
    const w = new Writer(1);
    writeVarint(w, n);
    t.equal(toHex(w.slice()), digits);
    t.equal(varintSize(n), digits.length / 2);
    t.equal(varint(w.bytes, 0, w.length, 7, 'n'), n);
    t.equal(cursor.at, w.length);
  }
});

t.test('an over-long or too long varint is refused at its first byte', async t => {
  for (const digits of ['80 00', '80 80 00', 'ff 80 00', '80 80 80', 'ff ff ff', '80 80 80 01']) {
    t.equal(varint(hexBytes(`aa ${digits}`), 1, 1 + hexBytes(digits).length, 3, 'n'), -1, digits);
    t.match({ ...problem }, { code: 'VARINT', offset: 1, field: 'n' }, digits);
  }
  t.equal(varint(hexBytes('ff ff 7f'), 0, 3, 3, 'n'), 2 ** 21 - 1, 'the greatest of three bytes');
});

t.test('a varint that ends too early is truncated, at every byte', async t => {
  const b = hexBytes('80 80 80 80 01');
  for (let end = 0; end < 5; end++) {
    t.equal(varint(b, 0, end, 5, 'n'), -1);
    t.match({ ...problem }, { code: 'TRUNCATED', offset: end, field: 'n' });
  }
  t.equal(varint(b, 0, 5, 5, 'n'), 2 ** 28);
});

t.test('a varint that tells a size may come a byte at a time', async t => {
  const b = hexBytes('ff ff 03');
  t.equal(codec.sizeVarint(b, 0, 0, 3), codec.INCOMPLETE);
  t.equal(codec.sizeVarint(b, 0, 1, 3), codec.INCOMPLETE);
  t.equal(codec.sizeVarint(b, 0, 2, 3), codec.INCOMPLETE);
  t.equal(codec.sizeVarint(b, 0, 3, 3), 65535);
  t.equal(codec.varintWidth(b, 0), 3);
  t.equal(codec.sizeVarint(hexBytes('80 80 80'), 0, 3, 3), codec.INVALID);
  t.equal(codec.sizeVarint(hexBytes('80 00'), 0, 2, 3), codec.INVALID);
  t.equal(codec.sizeVarint(hexBytes('80 80'), 0, 2, 2), codec.INVALID, 'as soon as no byte is left for its end');
});

t.test('varints and zigzag round trip over their whole range', async t => {
  const pairs: [number, number][] = [
    [0, 0],
    [-1, 1],
    [1, 2],
    [-2, 3],
    [2147483647, 4294967294],
    [-2147483648, 4294967295],
  ];
  for (const [v, n] of pairs) {
    t.equal(zigzag(v), n);
    t.equal(unzigzag(n), v);
  }
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 48), max: 2 ** 48 - 1 }), v => {
      const n = zigzag(v);
      const b = new Uint8Array(7);
      putVarint(b, 0, n);
      return unzigzag(varint(b, 0, varintSize(n), 7, 'n')) === v;
    }),
  );
});

t.test('rounding goes half away from zero', async t => {
  const wanted: [number, number][] = [
    [0.5, 1],
    [-0.5, -1],
    [1.5, 2],
    [2.5, 3],
    [-2.5, -3],
    [2.4999, 2],
    [-2.4999, -2],
    [0.49999999999999994, 0],
    [2 ** 52 + 1, 2 ** 52 + 1],
  ];
  for (const [v, n] of wanted) t.equal(roundAway(v), n, String(v));
});

t.test('a scaled number finds its raw number again', async t => {
  t.equal(unscaled(0.125, 100, 1, 0, -32768, 32767, 'x'), 13);
  t.equal(unscaled(-0.125, 100, 1, 0, -32768, 32767, 'x'), -13);
  t.equal(unscaled(41.61490666666667, 1800000, 1, 0, 0, 4294967295, 'x'), 0x0476fcd0);
  t.equal(unscaled(-40, 1, 1, -40, 0, 255, 'x'), 0, 'the offset is taken off first');
  fc.assert(
    fc.property(
      fc.nat(2 ** 31 - 1),
      fc.constantFrom([100, 1], [1800000, 1], [8192, 45], [1e6, 1], [1, 1000], [3, 7]),
      (raw, [up, down]) => unscaled((raw * down!) / up!, up!, down!, 0, 0, 2 ** 32 - 1, 'x') === raw,
    ),
  );
});

t.test('a whole denominator alone does what it does with all that a scale can have', async () => {
  const numbers = fc.oneof(fc.double(), fc.integer({ min: -400, max: 400 }), fc.constantFrom('1', undefined, null, {}));
  fc.assert(
    fc.property(numbers, fc.constantFrom(1, 3, 100, 1800000), (given, up) => {
      const v = given as number;
      const told = <T>(raw: () => T): unknown => {
        try {
          return raw();
        } catch (e) {
          return String(e);
        }
      };
      const short = told(() => unscaledBy(v, up, -32768, 32767, 'x'));
      return Object.is(
        short,
        told(() => unscaled(v, up, 1, 0, -32768, 32767, 'x')),
      );
    }),
  );
});

t.test('a scaled number out of its range is refused with the range in its unit', async t => {
  const e = encodeError(() => unscaled(327.68, 100, 1, 0, -32768, 32767, 'pos.x'));
  t.match(e, { code: 'RANGE', field: 'pos.x', message: 'Cannot encode "pos.x": 327.68 is outside -327.68..327.67' });
  t.equal(unscaled(327.674, 100, 1, 0, -32768, 32767, 'x'), 32767, 'but what rounds into it is not');
  for (const v of [Number.POSITIVE_INFINITY, -328, 1e300]) {
    t.equal(encodeError(() => unscaled(v, 100, 1, 0, -32768, 32767, 'x'))?.code, 'RANGE', String(v));
  }
  for (const v of [Number.NaN, undefined, '1', null]) {
    t.equal(encodeError(() => unscaled(v as number, 100, 1, 0, 0, 9, 'x'))?.code, 'TYPE', String(v));
  }
});

t.test('decimal digits: letters stay, zeros are trimmed to one', async t => {
  t.equal(bcd(hexBytes('03 52 8f'), 0, 3), '03528f');
  t.equal(bcdTrimmed(hexBytes('03 52 88'), 0, 3), '35288');
  t.equal(bcdTrimmed(hexBytes('00 00'), 0, 2), '0');
  t.equal(bcdTrimmed(hexBytes('00 a0'), 0, 2), 'a0');
  const written = (v: string, size: number, pad: boolean): string | undefined => {
    const w = new Writer(1);
    const e = encodeError(() => codec.writeBcd(w, v, size, pad, 'imei'));
    if (e !== undefined) t.equal(e.field, 'imei');
    return e === undefined ? toHex(w.slice()) : e.code;
  };
  t.equal(written('352887071911998', 8, true), '0352887071911998');
  t.equal(written('0', 2, true), '0000');
  t.equal(written('1234', 2, false), '1234');
  t.equal(written('123', 2, false), 'LENGTH', 'without padding the digits fill the bytes');
  t.equal(written('12345', 2, true), 'LENGTH');
  t.equal(written('0123', 2, true), 'TEXT', 'it would come back as 123');
  t.equal(written('', 2, true), 'TEXT');
  t.equal(written('12x4', 2, false), 'TEXT');
  t.equal(written(1234 as unknown as string, 2, false), 'TYPE');
});

t.test('times that a calendar has, in plain bytes and in decimal digits', async t => {
  const time = (digits: string, zone = 0): number | undefined => codec.timeU8(hexBytes(digits), 0, zone);
  t.equal(time('10 02 0e 14 06 1d'), Date.UTC(2016, 1, 14, 20, 6, 29));
  t.equal(time('00 02 1d 00 00 00'), Date.UTC(2000, 1, 29), 'February 29 of 2000');
  t.equal(time('18 02 1d 17 3b 3b'), Date.UTC(2024, 1, 29, 23, 59, 59));
  t.equal(time('10 02 0e 14 06 1d', 480), Date.UTC(2016, 1, 14, 12, 6, 29), 'a clock that is eight hours ahead');
  t.equal(time('10 01 01 00 00 00', 330), Date.UTC(2015, 11, 31, 18, 30, 0), 'over the turn of the year');
  t.equal(time('ff 0c 1f 17 3b 3b'), Date.UTC(2255, 11, 31, 23, 59, 59));
  const wrong = [
    '00 00 00 00 00 00',
    '10 0d 01 00 00 00',
    '10 00 01 00 00 00',
    '10 01 20 00 00 00',
    '10 01 00 00 00 00',
    '11 02 1d 00 00 00',
    '64 02 1d 00 00 00',
    '10 04 1f 00 00 00',
    '10 01 01 18 00 00',
    '10 01 01 00 3c 00',
    '10 01 01 00 00 3c',
  ];
  for (const digits of wrong) t.equal(time(digits), undefined, digits);
  t.equal(codec.timeBcd(hexBytes('16 02 29 20 06 29'), 0, 0), Date.UTC(2016, 1, 29, 20, 6, 29));
  t.equal(codec.timeBcd(hexBytes('99 12 31 23 59 59'), 0, 0), Date.UTC(2099, 11, 31, 23, 59, 59));
  for (const digits of ['16 0a 01 00 00 00', '1a 01 01 00 00 00', '16 13 01 00 00 00', 'a0 01 01 00 00 00'])
    t.equal(codec.timeBcd(hexBytes(digits), 0, 0), undefined, digits);
});

t.test('a time is written as it was read, and refused where it cannot be', async t => {
  const b = new Uint8Array(6);
  const seconds = (lastYear: number): fc.Arbitrary<number> =>
    fc.integer({ min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(lastYear, 11, 30) / 1000 }).map(s => s * 1000);
  fc.assert(
    fc.property(seconds(2255), fc.integer({ min: -720, max: 840 }), (v, zone) => {
      codec.putTimeU8(b, 0, v, zone, 't');
      return codec.timeU8(b, 0, zone) === v;
    }),
  );
  fc.assert(
    fc.property(seconds(2099), fc.integer({ min: -720, max: 840 }), (v, zone) => {
      codec.putTimeBcd(b, 0, v, zone, 't');
      return codec.timeBcd(b, 0, zone) === v;
    }),
  );
  const refused = [Date.UTC(1999, 11, 31), Date.UTC(2256, 0, 1), 1.5, Date.UTC(2020, 0, 1) + 1, Number.NaN, 1e300];
  for (const v of refused) t.equal(encodeError(() => codec.putTimeU8(b, 0, v, 0, 't'))?.code, 'RANGE', String(v));
  t.equal(encodeError(() => codec.putTimeBcd(b, 0, Date.UTC(2100, 0, 1), 0, 't'))?.code, 'RANGE');
  for (const v of ['2020-01-01', null, new Date()])
    t.equal(encodeError(() => codec.putTimeU8(b, 0, v as unknown as number, 0, 't'))?.code, 'TYPE');
});

t.test('text that is not valid in its character set is refused, not repaired', async t => {
  const bad = ['c3', 'c3 28', 'e2 82', 'ed a0 80', 'f8 88 80 80 80', 'c0 80', 'ff', '80', "'ab' ff 'c'", 'f4 90 80 80'];
  for (const digits of bad) {
    const b = hexBytes(digits);
    t.equal(codec.utf8(b, 0, b.length, 'name'), undefined, digits);
    t.match({ ...problem }, { code: 'TEXT', field: 'name' });
  }
  t.equal(codec.utf8(hexBytes('ef bb bf 61'), 0, 4, 'x'), '\ufeffa', 'a byte order mark is a character');
  t.equal(codec.utf8(hexBytes('f0 9f 98 80'), 0, 4, 'x'), '\u{1f600}');
  t.equal(codec.ascii(hexBytes("'ab' 80"), 0, 3, 'x'), undefined);
  t.match({ ...problem }, { code: 'TEXT', offset: 2, got: 'byte 0x80' });
  t.equal(codec.latin1(hexBytes('61 e9 ff'), 0, 3), 'a\u00e9\u00ff');
  t.equal(codec.hex(hexBytes('00 0f ff'), 0, 3), '000fff');
});

t.test('Buffers, plain arrays of bytes and views of a larger one read alike', async t => {
  const large = hexBytes("'xx' e2 82 ac 'yy'");
  const view = large.subarray(2, 5);
  for (const b of [view, Buffer.from(view), Buffer.from(large).subarray(2, 5)]) {
    t.equal(codec.utf8(b, 0, 3, 'x'), '\u20ac');
    t.equal(codec.latin1(b, 0, 3), '\u00e2\u0082\u00ac');
    t.equal(codec.u24be(b, 0), 0xe282ac);
    t.equal(codec.crc16X25(b, 0, 3), codec.crc16X25(large, 2, 5));
  }
});

t.test('texts round trip in every character set and leave nothing behind when refused', async t => {
  const w = new Writer(4);
  w.append(hexBytes('aa bb'));
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), v => {
      w.length = 2;
      const n = codec.writeUtf8(w, v, 'x');
      return n === w.length - 2 && codec.utf8(w.bytes, 2, w.length, 'x') === v;
    }),
  );
  const latin = fc.string({ unit: fc.nat(255).map(c => String.fromCharCode(c)) });
  fc.assert(
    fc.property(latin, v => {
      w.length = 2;
      codec.writeLatin1(w, v, 'x');
      return codec.latin1(w.bytes, 2, w.length) === v;
    }),
  );
  for (const v of ['\ud800', 'a\udfffb', '\udc00\ud800'])
    t.match(
      encodeError(() => codec.writeUtf8(new Writer(), v, 'name')),
      { code: 'TEXT', field: 'name' },
    );
  t.equal(encodeError(() => codec.writeAscii(new Writer(), 'caf\u00e9', 'x'))?.code, 'TEXT');
  t.match(encodeError(() => codec.writeAscii(new Writer(), '\u{1f600}', 'x'))?.message, '\u{1f600}');
  t.equal(encodeError(() => codec.writeLatin1(new Writer(), '\u20ac', 'x'))?.code, 'TEXT');
  for (const v of [undefined, 7, null, ['a']])
    t.equal(encodeError(() => codec.writeUtf8(new Writer(), v as unknown as string, 'x'))?.code, 'TYPE');
  t.equal(encodeError(() => codec.writeHex(new Writer(), 'abc', 'x'))?.code, 'TEXT');
  t.equal(encodeError(() => codec.writeHex(new Writer(), 'zz', 'x'))?.code, 'TEXT');
  t.equal(encodeError(() => codec.writeBytes(new Writer(), 'ab' as unknown as Uint8Array, 'x'))?.code, 'TYPE');
});

t.test('padding fills on the right and is taken off again', async t => {
  const w = new Writer(1);
  codec.padTo(w, codec.writeAscii(w, 'ab', 'x'), 4, 0x20, 'x');
  t.equal(toHex(w.slice()), '61622020');
  t.equal(codec.unpadded(w.bytes, 0, 4, 0x20), 2);
  t.equal(codec.unpadded(hexBytes('20 20'), 0, 2, 0x20), 0);
  t.equal(encodeError(() => codec.padTo(w, codec.writeAscii(w, 'abcde', 'x'), 4, 0x20, 'x'))?.code, 'LENGTH');
  t.equal(encodeError(() => codec.padTo(w, codec.writeAscii(w, 'ab ', 'x'), 4, 0x20, 'x'))?.code, 'AMBIGUOUS');
  t.equal(encodeError(() => codec.padTo(w, codec.writeAscii(w, 'abc', 'x'), 4, undefined, 'x'))?.code, 'LENGTH');
});

t.test('undeclared bits are the only ones that $rest may set', async t => {
  t.equal(codec.spareBits(undefined, 0xc000, 'course'), 0);
  t.equal(codec.spareBits(0x4000, 0xc000, 'course'), 0x4000);
  t.equal(codec.spareBits(0x8000_0000, 0x8000_0000, 'x'), 0x8000_0000);
  for (const v of [1, 0x1_c000, -1, 0.5, Number.NaN, 2 ** 32, 2 ** 32 + 0x4000, '1']) {
    const e = encodeError(() => codec.spareBits(v as number, 0xc000, 'course'));
    t.equal(e?.field, 'course.$rest', String(v));
  }
});

t.test('names and numbers of an enumeration', async t => {
  const set = { red: 1, blue: 2 } as const;
  const names = codec.namesOf(set);
  t.equal(names[1], 'red');
  t.equal(names[3], undefined);
  t.equal(codec.numberOf(set, 'blue', 'x'), 2);
  for (const v of ['green', 'toString', '__proto__', 1, undefined])
    t.equal(encodeError(() => codec.numberOf(set, v as string, 'x'))?.code, 'ENUM', String(v));
  t.equal(codec.openNumberOf(set, 77, 0, 255, 'x'), 77);
  t.equal(codec.openNumberOf(set, 'red', 0, 255, 'x'), 1);
  t.equal(encodeError(() => codec.openNumberOf(set, 256, 0, 255, 'x'))?.code, 'RANGE');
});

t.test('a writer grows, keeps what it holds, opens gaps and hands out copies', async t => {
  const w = new Writer(1);
  t.equal(w.length, 0);
  for (let i = 0; i < 1000; i++) {
    const o = w.reserve(1);
    w.bytes[o] = i & 0xff;
  }
  t.equal(w.length, 1000);
  t.ok(w.slice().every((byte, i) => byte === (i & 0xff)));
  w.length = 4;
  w.shift(2, 3);
  t.equal(w.length, 7);
  t.equal(toHex(w.slice(5)), '0203');
  t.equal(toHex(w.slice().subarray(0, 2)), '0001');
  const copy = w.slice();
  w.bytes[0] = 99;
  t.equal(copy[0], 0, 'a slice is a copy');
  const empty = new Writer(0);
  empty.append(hexBytes('01 02'));
  t.equal(toHex(empty.slice()), '0102', 'a writer may begin with nothing');
  const long = new Uint8Array(100).fill(7);
  empty.append(long, 1, 99);
  t.equal(empty.length, 100);
});

t.test('a run is copied as it is, from and to buffers that are new or were seen before', async t => {
  const made = (size: number): Uint8Array => Uint8Array.from({ length: size }, (_, i) => (i * 31 + size) & 0xff);
  const buffers = Array.from({ length: 9 }, (_, i) => made(700 + i));
  // Views into the middle of memory that others have too.
  buffers.push(made(2000).subarray(33, 900), Buffer.from(made(800)).subarray(7));
  const one = fc.record({
    from: fc.nat(buffers.length - 1),
    to: fc.nat(buffers.length - 1),
    size: fc.oneof(fc.nat(70), fc.nat(600)),
    start: fc.nat(90),
    at: fc.nat(90),
  });
  fc.assert(
    fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), copies => {
      const targets = buffers.map(b => new Uint8Array(b.length + 60).subarray(60));
      for (const [i, target] of targets.entries()) target.set(buffers[i]!);
      for (const { from, to, size, start, at } of copies) {
        const want = [...targets[to]!];
        const source = buffers[from]!;
        for (let i = 0; i < size; i++) want[at + i] = source[start + i]!;
        const target = targets[to]!;
        codec.copy(source, start, start + size, target, new DataView(target.buffer, target.byteOffset), at);
        if (target.some((byte, i) => byte !== want[i])) return false;
      }
      return true;
    }),
    { numRuns: 300 },
  );
  for (const whole of [made(13), made(57), made(64), made(600)]) {
    const target = made(700);
    codec.copy(whole, 0, whole.length, target, new DataView(target.buffer), 50);
    t.equal(toHex(target.slice(50, 50 + whole.length)), toHex(whole));
    t.equal(toHex(target.slice(50 + whole.length)), toHex(made(700).slice(50 + whole.length)));
  }
});

t.test('a problem reads as one sentence', async t => {
  codec.fail('CHECK', 7, 'crc', 0x74f6, 0x74f5);
  t.equal(codec.problemText(), 'the checksum is wrong: got 29942 (0x74f6), want 29941 (0x74f5)');
  codec.fail('GARBAGE', 0, '');
  t.equal(codec.problemText(), 'the bytes belong to no frame');
  codec.fail('RANGE', 3, 'hp');
  codec.inside('seen[2]');
  t.equal(problem.field, 'seen[2].hp');
  const e = new codec.DecodeError({ ...problem }, 1);
  t.match(e, { code: 'RANGE', offset: 2, field: 'seen[2].hp' });
});
