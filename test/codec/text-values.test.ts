/** Values written as text, times of GPS, packed booleans, masked ids: both ways. */
import fc from 'fast-check';
import t from 'tap';
import {
  bits,
  bitsSize,
  gpsTime,
  gpsTow,
  gpsWeek,
  masked,
  printClock,
  printDay,
  printDec,
  printDm,
  printInt,
  printMoment,
  problem,
  readClock,
  readDay,
  readDec,
  readDm,
  readInt,
  readMoment,
  unmasked,
  Writer,
  writeBits,
} from '../../src/codec/index.js';
import { toHex } from '../support/bytes.js';

type Read = (text: string, at: number, field: string) => number | undefined;

/** The problem of a text that is none, at its place. */
function refusal(read: Read, text: string): string {
  const v = read(text, 7, 'x');
  if (v !== undefined) return `${v}`;
  return problem.offset === 7 && problem.field === 'x' && problem.got === text ? problem.code : 'wrong place';
}

t.test('whole numbers', async t => {
  const known: [string, number][] = [
    ['0', 0],
    ['-0', 0],
    ['007', 7],
    ['+12', 12],
    ['-12', -12],
    ['9007199254740991', 9007199254740991],
  ];
  for (const [text, v] of known) t.equal(readInt(text, 0, 'x'), v, text);
  for (const text of ['', '-', '1.0', '1e3', ' 1', '1 ', '0x1', '١']) t.equal(refusal(readInt, text), 'DIGITS', text);
  t.equal(refusal(readInt, '9007199254740992'), 'RANGE');
  t.equal(printInt(-7, -7, 7, 'x'), '-7');
  t.throws(() => printInt(8, -7, 7, 'x'), { code: 'RANGE' });
  t.throws(() => printInt(1.5, -7, 7, 'x'), { code: 'TYPE' });
  t.equal(printInt(-0, -7, 7, 'x'), '0');
  fc.assert(fc.property(fc.maxSafeInteger(), v => readInt(printInt(v, v, v, 'x'), 0, 'x') === (v === 0 ? 0 : v)));
});

t.test('decimal numbers are printed in the fewest digits, without an exponent', async t => {
  const known: [text: string, v: number, shortest: string][] = [
    ['0.50', 0.5, '0.5'],
    ['.5', 0.5, '0.5'],
    ['5.', 5, '5'],
    ['+1.25', 1.25, '1.25'],
    ['-0.0', 0, '0'],
    ['0.00000012', 1.2e-7, '0.00000012'],
    ['-0.0000001', -1e-7, '-0.0000001'],
    ['1230000000000000000000', 1.23e21, '1230000000000000000000'],
    ['022.4', 22.4, '22.4'],
  ];
  for (const [text, v, shortest] of known) {
    t.equal(readDec(text, 0, 'x'), v, text);
    t.equal(printDec(v, 'x'), shortest, text);
  }
  for (const text of ['', '.', '-', '1e3', 'NaN', 'Infinity', '1,5', '1.2.3']) {
    t.equal(refusal(readDec, text), 'DIGITS', text);
  }
  t.equal(refusal(readDec, '9'.repeat(310)), 'RANGE');
  t.throws(() => printDec(Number.NaN, 'x'), { code: 'RANGE' });
  t.throws(() => printDec(Number.POSITIVE_INFINITY, 'x'), { code: 'RANGE' });
  t.throws(() => printDec('1' as never, 'x'), { code: 'TYPE' });
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), v => {
      const text = printDec(v, 'x');
      return /^-?\d+(\.\d+)?$/.test(text) && readDec(text, 0, 'x') === (v === 0 ? 0 : v);
    }),
    { numRuns: 1000 },
  );
});

t.test('degrees and minutes', async t => {
  const known: [text: string, digits: number, v: number, printed: string][] = [
    ['4807.038', 2, 48.1173, '4807.0380'],
    ['01131.000', 3, 11 + 31 / 60, '01131.0000'],
    ['00000.0000', 3, 0, '00000.0000'],
    ['0000', 2, 0, '0000.0000'],
    ['17959.9999', 3, 179 + 59.9999 / 60, '17959.9999'],
    ['5321.6802', 2, 53.361_336_666_666_67, '5321.6802'],
    ['0000.00001', 2, 0.00001 / 60, '0000.00001'],
    ['2233.123456', 2, 22 + 33.123456 / 60, '2233.123456'],
  ];
  for (const [text, digits, v, printed] of known) {
    const got = readDm(text, digits, 0, 'x');
    t.ok(got !== undefined && Math.abs(got - v) < 1e-12, `${text}: ${got}`);
    t.equal(printDm(v, digits, 'x'), printed);
  }
  t.equal(printDm(1, 2, 'x'), '0100.0000');
  t.equal(printDm(0.99999999999, 2, 'x'), '0100.0000', 'minutes never come to 60');
  const dm: Read = (text, at, field) => readDm(text, 2, at, field);
  for (const text of ['', '48', '480', '-4807.0', '48.07', '04807.038', '4807,1', '4807.1 ']) {
    t.equal(refusal(dm, text), 'DIGITS', text);
  }
  t.equal(refusal(dm, '4860.0'), 'RANGE');
  for (const v of [-1, -1e-9, 100, 99.999_999_999_9, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => printDm(v, 2, 'x'), { code: 'RANGE' }, String(v));
  t.throws(() => printDm('1' as never, 2, 'x'), { code: 'TYPE' });
  fc.assert(
    fc.property(fc.double({ min: 0, max: 180, noNaN: true }), v => {
      const text = printDm(v, 3, 'x');
      const again = readDm(text, 3, 0, 'x');
      return again !== undefined && Math.abs(again - v) < 1e-8 && printDm(again, 3, 'x') === text;
    }),
    { numRuns: 1000 },
  );
});

t.test('times of day', async t => {
  const known: [text: string, v: number, printed: string][] = [
    ['000000', 0, '000000.000'],
    ['123519', 45_319_000, '123519.000'],
    ['092750.000', 34_070_000, '092750.000'],
    ['235959.9', 86_399_900, '235959.900'],
    ['235959.9999', 86_399_999, '235959.999'],
    ['000001.', 1000, '000001.000'],
  ];
  for (const [text, v, printed] of known) {
    t.equal(readClock(text, 0, 'x'), v, text);
    t.equal(printClock(v, 'x'), printed);
  }
  for (const text of ['', '12351', '1235199', '123519,5', '-12351', '12:35:19']) {
    t.equal(refusal(readClock, text), 'DIGITS', text);
  }
  for (const text of ['240000', '126000', '123560']) t.equal(refusal(readClock, text), 'RANGE', text);
  for (const v of [-1, 86_400_000]) t.throws(() => printClock(v, 'x'), { code: 'RANGE' });
  t.throws(() => printClock(0.5, 'x'), { code: 'TYPE' });
  fc.assert(fc.property(fc.nat(86_399_999), v => readClock(printClock(v, 'x'), 0, 'x') === v));
});

t.test('dates of two digits for the year are between 1980 and 2079', async t => {
  const known: [string, string][] = [
    ['230394', '1994-03-23'],
    ['010180', '1980-01-01'],
    ['311279', '2079-12-31'],
    ['290200', '2000-02-29'],
    ['280218', '2018-02-28'],
  ];
  for (const [text, date] of known) {
    t.equal(readDay(text, 0, 'x'), Date.parse(date), text);
    t.equal(printDay(Date.parse(date), 'x'), text);
  }
  for (const text of ['', '2303940', '23-3-9', '+10194']) t.equal(refusal(readDay, text), 'DIGITS', text);
  for (const text of ['000194', '320194', '010094', '011394', '290219', '310494']) {
    t.equal(refusal(readDay, text), 'RANGE', text);
  }
  for (const v of [Date.parse('1979-12-31'), Date.parse('2080-01-01'), 1, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => printDay(v, 'x'), { code: 'RANGE' }, String(v));
  t.throws(() => printDay('010180' as never, 'x'), { code: 'TYPE' });
  const first = Date.parse('1980-01-01') / 86_400_000;
  fc.assert(
    fc.property(fc.integer({ min: first, max: Date.parse('2079-12-31') / 86_400_000 }), days => {
      return readDay(printDay(days * 86_400_000, 'x'), 0, 'x') === days * 86_400_000;
    }),
  );
});

t.test('moments are read in their zone, with two or four digits of the year', async t => {
  const known: [text: string, digits: number, zone: number, iso: string][] = [
    ['20090214013254', 4, 0, '2009-02-14T01:32:54Z'],
    ['20090214013254', 4, 480, '2009-02-13T17:32:54Z'],
    ['20231231233000', 4, -60, '2024-01-01T00:30:00Z'],
    ['19691231235959', 4, 0, '1969-12-31T23:59:59Z'],
    ['00010101000000', 4, 0, '0001-01-01T00:00:00Z'],
    ['99991231235959', 4, 0, '9999-12-31T23:59:59Z'],
    ['800101000000', 2, 0, '1980-01-01T00:00:00Z'],
    ['791231235959', 2, 0, '2079-12-31T23:59:59Z'],
    ['240229120000', 2, 345, '2024-02-29T06:15:00Z'],
  ];
  for (const [text, digits, zone, iso] of known) {
    t.equal(readMoment(text, digits, zone, 0, 'x'), Date.parse(iso), text);
    t.equal(printMoment(Date.parse(iso), digits, zone, 'x'), text);
  }
  const read: Read = (text, at, field) => readMoment(text, 4, 0, at, field);
  for (const text of ['', '2009021401325', '200902140132540', '2009-02-14 01:3', '+0090214013254'])
    t.equal(refusal(read, text), 'DIGITS', text);
  for (const text of [
    '20090229000000',
    '20091301000000',
    '20090100000000',
    '20090101240000',
    '20090101006000',
    '20090101000060',
  ])
    t.equal(refusal(read, text), 'RANGE', text);
  const late = Date.parse('2079-12-31T20:00:00Z');
  t.throws(() => printMoment(late, 2, 480, 'x'), { code: 'RANGE' }, 'in its zone it is another year');
  for (const v of [1, Number.NaN, Number.POSITIVE_INFINITY, 8.64e15])
    t.throws(() => printMoment(v, 4, 0, 'x'), { code: 'RANGE' }, String(v));
  t.throws(() => printMoment('20090214013254' as never, 4, 0, 'x'), { code: 'TYPE' });
});

t.test('times of GPS are counted in weeks, and are ahead of UTC', async t => {
  t.equal(gpsTime(0, 18_000), Date.parse('1980-01-06T00:00:00Z'));
  t.equal(gpsTime(2086, 259_218_000), Date.parse('2020-01-01T00:00:00Z'));
  t.equal(gpsWeek(Date.parse('2020-01-01T00:00:00Z'), 'x'), 2086);
  t.equal(gpsTow(Date.parse('2020-01-01T00:00:00Z'), 'x'), 259_218_000);
  t.equal(gpsTime(1, 604_799_999), Date.parse('1980-01-19T23:59:41.999Z'));
  t.equal(gpsTime(1, 604_800_000), undefined, 'a week is over before');
  t.equal(gpsWeek(Date.parse('1980-01-05T23:59:42Z'), 'x'), 0);
  for (const v of [Date.parse('1980-01-05T23:59:41Z'), 1e12 + 0.5, Number.NaN])
    t.throws(() => gpsWeek(v, 'x'), { code: 'RANGE' }, String(v));
  t.throws(() => gpsTow(undefined as never, 'x'), { code: 'TYPE' });
  fc.assert(
    fc.property(fc.nat(65_535), fc.nat(604_799_999), (week, tow) => {
      const v = gpsTime(week, tow)!;
      return gpsWeek(v, 'x') === week && gpsTow(v, 'x') === tow;
    }),
  );
});

t.test('booleans are packed lowest bit first, with zeros in what is left over', async t => {
  t.same(bits(Uint8Array.of(0xff, 0xcd, 0x01), 1, 10), [
    true,
    false,
    true,
    true,
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
  t.same(bits(Uint8Array.of(), 0, 0), []);
  const w = new Writer(1);
  w.append(Uint8Array.of(0xff, 0xff));
  w.length = 0;
  t.equal(writeBits(w, [true, false, true, true, false, false, true, true, true], 'x'), 2);
  t.equal(toHex(w.slice()), 'cd01', 'whatever stood there before');
  t.equal(writeBits(w, [], 'x'), 0);
  t.throws(() => writeBits(w, 'no' as never, 'coils'), { code: 'TYPE', field: 'coils' });
  t.throws(() => writeBits(w, [true, 1 as never], 'coils'), { code: 'TYPE', field: 'coils[1]' });
  t.throws(() => writeBits(w, new Array<boolean>(1), 'coils'), { code: 'TYPE', field: 'coils[0]' });
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 40 }), list => {
      const w = new Writer(1);
      return (
        writeBits(w, list, 'x') === bitsSize(list.length) &&
        w.length === bitsSize(list.length) &&
        bits(w.bytes, 0, list.length).join() === list.join()
      );
    }),
  );
});

t.test('a masked id comes apart and together', async t => {
  t.equal(unmasked(0x83, 0x80), 0x03);
  t.equal(masked(0x03, 0x80, 0x80, 0xff, 'id'), 0x83);
  t.equal(unmasked(0xffff_ffff, 0x0f), 0xffff_fff0);
  t.equal(masked(0x7fff_fff0, 0x8000_000f, 0x8000_0001, 0xffff_ffff, 'id'), 0xffff_fff1);
  t.throws(() => masked(0x83, 0x80, 0x80, 0xff, 'id'), { code: 'RANGE', message: /mask 0x80/ });
  t.throws(() => masked(0x100, 0x80, 0x80, 0xff, 'id'), { code: 'RANGE' });
  t.throws(() => masked(undefined as never, 0x80, 0x80, 0xff, 'id'), { code: 'TYPE' });
});
