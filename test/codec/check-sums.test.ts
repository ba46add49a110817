/** Checksums: against their published check values, against the definition of a CRC, and as the reference has them. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { checkAlgorithms } from '../../generator/model/check-algorithms.js';
import * as codec from '../../src/codec/index.js';
import { hexBytes } from '../support/bytes.js';

const { crc, crcs } = codec;

/** Functions by name, as generated code finds them. */
const functions = codec as unknown as Record<string, codec.Checksum>;

/** The check of a catalogue: over the digits 1 to 9, which stand between bytes that do not count. */
const digits = hexBytes("ff '123456789' ff");
const checkOf = (sum: codec.Checksum): number => sum(digits, 1, 10);

/** A CRC by its definition: polynomial division, a bit at a time. */
function byDefinition(p: codec.CrcParameters, b: Uint8Array): number {
  const top = 1n << BigInt(p.width - 1);
  const mask = (1n << BigInt(p.width)) - 1n;
  const turned = (v: bigint, width: number): bigint =>
    BigInt(`0b${v.toString(2).padStart(width, '0').split('').reverse().join('')}`);
  let register = BigInt(p.init);
  for (const byte of b) {
    const bits = p.refin ? turned(BigInt(byte), 8) : BigInt(byte);
    for (let bit = 7n; bit >= 0n; bit--) {
      const out = ((register & top) !== 0n) !== (((bits >> bit) & 1n) === 1n);
      register = ((register << 1n) & mask) ^ (out ? BigInt(p.poly) : 0n);
    }
  }
  return Number((p.refout ? turned(register, p.width) : register) ^ BigInt(p.xorout));
}

t.test('every checksum has its check value over the digits 1 to 9', async t => {
  const sums: Readonly<Record<string, number>> = {
    xor8: 0x31,
    bcc: 0x31,
    sum8: 0xdd,
    'sum8/inverted': 0x22,
    sum16: 0x01dd,
    lrc: 0x23,
    fletcher16: 0x1ede,
    'fletcher16/mod256': 0x15dd,
    adler32: 0x091e_01de,
  };
  for (const { name, function: f, parameters } of checkAlgorithms) {
    const sum = parameters === undefined ? functions[f]! : crc(parameters);
    const entry = crcs[name] ?? Object.values(crcs).find(c => c.aka.includes(name));
    t.equal(checkOf(sum), entry?.check ?? sums[name], name);
  }
});

t.test('every CRC of the catalogue is what its parameters define', async t => {
  for (const [name, entry] of Object.entries(crcs)) {
    t.equal(byDefinition(entry, digits.subarray(1, 10)), entry.check, name);
  }
});

t.test('of narrow ones and of those that turn one side only, the check values are right too', async t => {
  const others: [name: string, codec.CrcParameters, check: number][] = [
    ['3/gsm', { width: 3, poly: 0x3, init: 0, refin: false, refout: false, xorout: 0x7 }, 0x4],
    ['4/g-704', { width: 4, poly: 0x3, init: 0, refin: true, refout: true, xorout: 0 }, 0x7],
    ['5/usb', { width: 5, poly: 0x05, init: 0x1f, refin: true, refout: true, xorout: 0x1f }, 0x19],
    ['7/mmc', { width: 7, poly: 0x09, init: 0, refin: false, refout: false, xorout: 0 }, 0x75],
    ['10/atm', { width: 10, poly: 0x233, init: 0, refin: false, refout: false, xorout: 0 }, 0x199],
    ['12/umts', { width: 12, poly: 0x80f, init: 0, refin: false, refout: true, xorout: 0 }, 0xdaf],
    ['15/can', { width: 15, poly: 0x4599, init: 0, refin: false, refout: false, xorout: 0 }, 0x059e],
    ['21/can-fd', { width: 21, poly: 0x10_2899, init: 0, refin: false, refout: false, xorout: 0 }, 0x0e_d841],
  ];
  for (const [name, parameters, check] of others) t.equal(checkOf(crc(parameters)), check, name);
});

t.test('a CRC of any parameters is what they define', async () => {
  const parameters = fc.integer({ min: 3, max: 32 }).chain(width => {
    const word = fc.integer({ min: 0, max: 2 ** width - 1 });
    return fc.record({
      width: fc.constant(width),
      poly: word,
      init: word,
      refin: fc.boolean(),
      refout: fc.boolean(),
      xorout: word,
    });
  });
  fc.assert(
    fc.property(parameters, fc.uint8Array({ maxLength: 20 }), (p, b) => {
      return crc(p)(b, 0, b.length) === byDefinition(p, b);
    }),
  );
});

t.test('a checksum over nothing is its initial value, and sums wrap', async t => {
  const none = new Uint8Array();
  t.equal(codec.crc16X25(none, 0, 0), 0);
  t.equal(codec.crc16Modbus(none, 0, 0), 0xffff);
  t.equal(codec.crc16CcittFalse(none, 0, 0), 0xffff);
  t.equal(codec.crc32(none, 0, 0), 0);
  t.equal(codec.xor8(none, 0, 0), 0);
  t.equal(codec.lrc(none, 0, 0), 0);
  t.equal(codec.fletcher16(none, 0, 0), 0);
  t.equal(codec.adler32(none, 0, 0), 1);
  const full = new Uint8Array(300_000).fill(0xff);
  t.equal(codec.sum8(full, 0, 300), (300 * 255) & 0xff);
  t.equal(codec.sum16(full, 0, 300), (300 * 255) & 0xffff);
  t.equal((codec.sum8(full, 0, 301) + codec.lrc(full, 0, 301)) & 0xff, 0);
  t.equal(codec.fletcher16(full, 0, 300), 0, 'ff counts as 0');
  t.equal(codec.fletcher16Mod256(full, 0, 300), 0xa2d4);
  t.equal(codec.sum8(full, 0, 301) + codec.sum8Inverted(full, 0, 301), 255);
  let low = 1n;
  let high = 0n;
  for (const byte of full) {
    low += BigInt(byte);
    high += low;
  }
  t.equal(BigInt(codec.adler32(full, 0, full.length)), (high % 65_521n) * 65_536n + (low % 65_521n));
});

t.test('the reference has every checksum with its parameters', async t => {
  const page = readFileSync('docs/reference/schema.md', 'utf8');
  const hex = (v: number): string => `0x${v.toString(16)}`;
  for (const [name, c] of Object.entries(crcs)) {
    const names = [name, ...c.aka].map(n => `\`${n}\``).join(' ');
    const way = c.refin ? 'yes' : 'no';
    t.match(
      page,
      `| ${names} | ${hex(c.poly)} | ${hex(c.init)} | ${way} | ${hex(c.xorout)} | ${hex(c.check)} |\n`,
      name,
    );
  }
});
