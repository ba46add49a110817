/** Checksums over `[start, end)`. The CRCs of the usual catalogues stand in {@link crcs}; any other is made by {@link crc}. */

export type Checksum = (b: Uint8Array, start: number, end: number) => number;

/** XOR of all bytes; also called BCC. */
export function xor8(b: Uint8Array, start: number, end: number): number {
  let x = 0;
  for (let i = start; i < end; i++) x ^= b[i]!;
  return x;
}

/** Sum of all bytes, modulo 256. */
export function sum8(b: Uint8Array, start: number, end: number): number {
  return sum(b, start, end) & 0xff;
}

/** Sum of all bytes, modulo 65536. */
export function sum16(b: Uint8Array, start: number, end: number): number {
  return sum(b, start, end) & 0xffff;
}

/** The complement of the sum of all bytes: both add up to 255. As in XBee. */
export function sum8Inverted(b: Uint8Array, start: number, end: number): number {
  return ~sum(b, start, end) & 0xff;
}

/** What makes the sum of all bytes 0, modulo 256, as in Modbus ASCII. */
export function lrc(b: Uint8Array, start: number, end: number): number {
  return -sum(b, start, end) & 0xff;
}

function sum(b: Uint8Array, start: number, end: number): number {
  let x = 0;
  for (let i = start; i < end; i++) x += b[i]!;
  return x;
}

/** Fletcher's checksum modulo 255 (RFC 1146): the sum of the sums in the high byte, the sum of the bytes in the low one. */
export function fletcher16(b: Uint8Array, start: number, end: number): number {
  return twoSums(b, start, end, 0, 255, 256);
}

/** Fletcher's checksum modulo 256 (RFC 1145), as in UBX. Short inputs have the same one modulo 255. */
export function fletcher16Mod256(b: Uint8Array, start: number, end: number): number {
  return twoSums(b, start, end, 0, 256, 256);
}

/** Adler-32 (RFC 1950, 9). */
export function adler32(b: Uint8Array, start: number, end: number): number {
  return twoSums(b, start, end, 1, 65_521, 65_536);
}

function twoSums(b: Uint8Array, start: number, end: number, init: number, modulus: number, unit: number): number {
  let low = init;
  let high = 0;
  for (let i = start; i < end; i++) {
    low = (low + b[i]!) % modulus;
    high = (high + low) % modulus;
  }
  return high * unit + low;
}

/** A cyclic redundancy check in the terms of the usual catalogues. */
export interface CrcParameters {
  /** Bits, 3..32. */
  readonly width: number;
  /** Highest power first, without the leading one, never reflected. */
  readonly poly: number;
  /** What the register holds at first. */
  readonly init: number;
  /** Bytes go in lowest bit first. */
  readonly refin: boolean;
  /** The register comes out lowest bit first. */
  readonly refout: boolean;
  /** What the result is XORed with. */
  readonly xorout: number;
}

/** Bytes that one step of a CRC takes: the table has a part for each, so that their lookups do not wait for one another. */
const STRIDE = 8;

/** The checksum of these parameters. Its table of 8 KiB is built on first use. */
export function crc({ width, poly, init, refin, refout, xorout }: CrcParameters): Checksum {
  // Forwards the register stands at the left of 32 bits, backwards at the right: so one step fits all widths.
  const unused = 32 - width;
  const polynomial = refin ? reversed(poly, width) : poly << unused;
  const first = refin ? reversed(init, width) : init << unused;
  let table: Int32Array | undefined;
  if (refin) {
    return (b, start, end) => {
      table ??= tableOf(
        byte => {
          for (let bit = 0; bit < 8; bit++) byte = (byte >>> 1) ^ (byte & 1 ? polynomial : 0);
          return byte;
        },
        (entry, t) => t[entry & 0xff]! ^ (entry >>> 8),
      );
      const register = backwards(table, first, b, start, end);
      return ((refout ? register : reversed(register, width)) ^ xorout) >>> 0;
    };
  }
  return (b, start, end) => {
    table ??= tableOf(
      byte => {
        byte <<= 24;
        for (let bit = 0; bit < 8; bit++) byte = (byte << 1) ^ (byte < 0 ? polynomial : 0);
        return byte;
      },
      (entry, t) => t[entry >>> 24]! ^ (entry << 8),
    );
    const value = forwards(table, first, b, start, end) >>> unused;
    return ((refout ? reversed(value, width) : value) ^ xorout) >>> 0;
  };
}

/** `table[256 * n + byte]`: what the register holds after `byte` and `n` zero bytes. */
function tableOf(one: (byte: number) => number, zero: (entry: number, t: Int32Array) => number): Int32Array {
  const t = new Int32Array(256 * STRIDE);
  for (let i = 0; i < 256; i++) t[i] = one(i);
  for (let i = 256; i < t.length; i++) t[i] = zero(t[i - 256]!, t);
  return t;
}

function backwards(t: Int32Array, register: number, b: Uint8Array, start: number, end: number): number {
  let i = start;
  for (const last = end - STRIDE; i <= last; i += STRIDE) {
    const x = register ^ (b[i]! | (b[i + 1]! << 8) | (b[i + 2]! << 16) | (b[i + 3]! << 24));
    register =
      t[1792 + (x & 0xff)]! ^
      t[1536 + ((x >>> 8) & 0xff)]! ^
      t[1280 + ((x >>> 16) & 0xff)]! ^
      t[1024 + (x >>> 24)]! ^
      t[768 + b[i + 4]!]! ^
      t[512 + b[i + 5]!]! ^
      t[256 + b[i + 6]!]! ^
      t[b[i + 7]!]!;
  }
  for (; i < end; i++) register = t[(register ^ b[i]!) & 0xff]! ^ (register >>> 8);
  return register;
}

function forwards(t: Int32Array, register: number, b: Uint8Array, start: number, end: number): number {
  let i = start;
  for (const last = end - STRIDE; i <= last; i += STRIDE) {
    const x = register ^ ((b[i]! << 24) | (b[i + 1]! << 16) | (b[i + 2]! << 8) | b[i + 3]!);
    register =
      t[1792 + (x >>> 24)]! ^
      t[1536 + ((x >>> 16) & 0xff)]! ^
      t[1280 + ((x >>> 8) & 0xff)]! ^
      t[1024 + (x & 0xff)]! ^
      t[768 + b[i + 4]!]! ^
      t[512 + b[i + 5]!]! ^
      t[256 + b[i + 6]!]! ^
      t[b[i + 7]!]!;
  }
  for (; i < end; i++) register = t[(register >>> 24) ^ b[i]!]! ^ (register << 8);
  return register;
}

/** The lowest `width` bits in the opposite order. */
function reversed(value: number, width: number): number {
  let out = 0;
  for (let bit = 0; bit < width; bit++) out |= ((value >>> bit) & 1) << (width - 1 - bit);
  return out;
}

/** `crc16/ccitt-false` */
export const crc16CcittFalse = /* @__PURE__ */ crc16(0x1021, 0xffff, false, 0);
/** `crc16/xmodem` */
export const crc16Xmodem = /* @__PURE__ */ crc16(0x1021, 0, false, 0);
/** `crc16/x25` */
export const crc16X25 = /* @__PURE__ */ crc16(0x1021, 0xffff, true, 0xffff);
/** `crc16/arc` */
export const crc16Arc = /* @__PURE__ */ crc16(0x8005, 0, true, 0);
/** `crc16/modbus` */
export const crc16Modbus = /* @__PURE__ */ crc16(0x8005, 0xffff, true, 0);
/** `crc16/kermit` */
export const crc16Kermit = /* @__PURE__ */ crc16(0x1021, 0, true, 0);
/** `crc32` */
export const crc32 = /* @__PURE__ */ crc({
  width: 32,
  poly: 0x04c1_1db7,
  init: 0xffff_ffff,
  refin: true,
  refout: true,
  xorout: 0xffff_ffff,
});

function crc16(poly: number, init: number, reflected: boolean, xorout: number): Checksum {
  return crc({ width: 16, poly, init, refin: reflected, refout: reflected, xorout });
}
