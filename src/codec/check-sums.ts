/**
 * Checksums over `[start, end)`. Each CRC is named as in the common catalogues; its check value over the ASCII digits
 * 1 to 9 stands beside it and is what the tests hold it to.
 */

export type Checksum = (b: Uint8Array, start: number, end: number) => number;

/** XOR of all bytes. */
export function xor8(b: Uint8Array, start: number, end: number): number {
  let x = 0;
  for (let i = start; i < end; i++) x ^= b[i]!;
  return x;
}

/** Sum of all bytes, modulo 256. */
export function sum8(b: Uint8Array, start: number, end: number): number {
  let x = 0;
  for (let i = start; i < end; i++) x += b[i]!;
  return x & 0xff;
}

/** Sum of all bytes, modulo 65536. */
export function sum16(b: Uint8Array, start: number, end: number): number {
  let x = 0;
  for (let i = start; i < end; i++) x += b[i]!;
  return x & 0xffff;
}

/** 0x29b1 */
export const crc16CcittFalse = /* @__PURE__ */ forward16(0x1021, 0xffff, 0);
/** 0x31c3 */
export const crc16Xmodem = /* @__PURE__ */ forward16(0x1021, 0, 0);
/** 0x906e */
export const crc16X25 = /* @__PURE__ */ reflected(0x8408, 0xffff, 0xffff);
/** 0xbb3d */
export const crc16Arc = /* @__PURE__ */ reflected(0xa001, 0, 0);
/** 0x4b37 */
export const crc16Modbus = /* @__PURE__ */ reflected(0xa001, 0xffff, 0);
/** 0x2189 */
export const crc16Kermit = /* @__PURE__ */ reflected(0x8408, 0, 0);
/** 0xcbf43926 */
export const crc32 = /* @__PURE__ */ reflected(0xedb88320, 0xffffffff, 0xffffffff);

/** Lowest bit first; 16 or 32 bits wide. */
function reflected(polynomial: number, init: number, xorOut: number): Checksum {
  let table: Uint32Array | undefined;
  return (b, start, end) => {
    table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
      let x = byte;
      for (let bit = 0; bit < 8; bit++) x = (x >>> 1) ^ (x & 1 ? polynomial : 0);
      return x;
    });
    let crc = init;
    for (let i = start; i < end; i++) crc = table[(crc ^ b[i]!) & 0xff]! ^ (crc >>> 8);
    return (crc ^ xorOut) >>> 0;
  };
}

/** Highest bit first, 16 bits wide. */
function forward16(polynomial: number, init: number, xorOut: number): Checksum {
  let table: Uint16Array | undefined;
  return (b, start, end) => {
    table ??= Uint16Array.from({ length: 256 }, (_, byte) => {
      let x = byte << 8;
      for (let bit = 0; bit < 8; bit++) x = (x << 1) ^ (x & 0x8000 ? polynomial : 0);
      return x;
    });
    let crc = init;
    for (let i = start; i < end; i++) crc = (table[(crc >> 8) ^ b[i]!]! ^ (crc << 8)) & 0xffff;
    return crc ^ xorOut;
  };
}
