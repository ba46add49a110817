/**
 * Fixed-size numbers at an offset. None of these looks at bounds: a decoder checks a whole run of fields at once.
 * Names are the schema's type names with their byte order; `put…` writes what the same name without `put` reads.
 */
import { EncodeError } from './problem.js';

const TWO_32 = 0x1_0000_0000;

export function u8(b: Uint8Array, o: number): number {
  return b[o]!;
}
export function i8(b: Uint8Array, o: number): number {
  return (b[o]! << 24) >> 24;
}
export function u16be(b: Uint8Array, o: number): number {
  return (b[o]! << 8) | b[o + 1]!;
}
export function u16le(b: Uint8Array, o: number): number {
  return b[o]! | (b[o + 1]! << 8);
}
export function i16be(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) >> 16) | b[o + 1]!;
}
export function i16le(b: Uint8Array, o: number): number {
  return b[o]! | ((b[o + 1]! << 24) >> 16);
}
export function u24be(b: Uint8Array, o: number): number {
  return (b[o]! << 16) | (b[o + 1]! << 8) | b[o + 2]!;
}
export function u24le(b: Uint8Array, o: number): number {
  return b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16);
}
export function i24be(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) >> 8) | (b[o + 1]! << 8) | b[o + 2]!;
}
export function i24le(b: Uint8Array, o: number): number {
  return b[o]! | (b[o + 1]! << 8) | ((b[o + 2]! << 24) >> 8);
}
export function u32be(b: Uint8Array, o: number): number {
  return ((b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!) >>> 0;
}
export function u32le(b: Uint8Array, o: number): number {
  return (b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16) | (b[o + 3]! << 24)) >>> 0;
}
export function i32be(b: Uint8Array, o: number): number {
  return (b[o]! << 24) | (b[o + 1]! << 16) | (b[o + 2]! << 8) | b[o + 3]!;
}
export function i32le(b: Uint8Array, o: number): number {
  return b[o]! | (b[o + 1]! << 8) | (b[o + 2]! << 16) | (b[o + 3]! << 24);
}
export function u40be(b: Uint8Array, o: number): number {
  return b[o]! * TWO_32 + u32be(b, o + 1);
}
export function u40le(b: Uint8Array, o: number): number {
  return u32le(b, o) + b[o + 4]! * TWO_32;
}
export function i40be(b: Uint8Array, o: number): number {
  return i8(b, o) * TWO_32 + u32be(b, o + 1);
}
export function i40le(b: Uint8Array, o: number): number {
  return u32le(b, o) + i8(b, o + 4) * TWO_32;
}
export function u48be(b: Uint8Array, o: number): number {
  return u16be(b, o) * TWO_32 + u32be(b, o + 2);
}
export function u48le(b: Uint8Array, o: number): number {
  return u32le(b, o) + u16le(b, o + 4) * TWO_32;
}
export function i48be(b: Uint8Array, o: number): number {
  return i16be(b, o) * TWO_32 + u32be(b, o + 2);
}
export function i48le(b: Uint8Array, o: number): number {
  return u32le(b, o) + i16le(b, o + 4) * TWO_32;
}

/** A number up to 2^53 - 1, a bigint above. */
export function u56be(b: Uint8Array, o: number): number | bigint {
  return joinUnsigned(u24be(b, o), u32be(b, o + 3));
}
export function u56le(b: Uint8Array, o: number): number | bigint {
  return joinUnsigned(u24le(b, o + 4), u32le(b, o));
}
/** A number between -(2^53 - 1) and 2^53 - 1, a bigint outside. */
export function i56be(b: Uint8Array, o: number): number | bigint {
  return joinSigned(i24be(b, o), u32be(b, o + 3));
}
export function i56le(b: Uint8Array, o: number): number | bigint {
  return joinSigned(i24le(b, o + 4), u32le(b, o));
}
/** A number up to 2^53 - 1, a bigint above. */
export function u64be(b: Uint8Array, o: number): number | bigint {
  return joinUnsigned(u32be(b, o), u32be(b, o + 4));
}
export function u64le(b: Uint8Array, o: number): number | bigint {
  return joinUnsigned(u32le(b, o + 4), u32le(b, o));
}
/** A number between -(2^53 - 1) and 2^53 - 1, a bigint outside. */
export function i64be(b: Uint8Array, o: number): number | bigint {
  return joinSigned(i32be(b, o), u32be(b, o + 4));
}
export function i64le(b: Uint8Array, o: number): number | bigint {
  return joinSigned(i32le(b, o + 4), u32le(b, o));
}

function joinUnsigned(high: number, low: number): number | bigint {
  return high < 0x20_0000 ? high * TWO_32 + low : (BigInt(high) << 32n) | BigInt(low);
}
function joinSigned(high: number, low: number): number | bigint {
  const near = high * TWO_32 + low;
  return Number.isSafeInteger(near) ? near : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}

const floats = new DataView(new ArrayBuffer(8));

export function f32be(b: Uint8Array, o: number): number {
  floats.setUint32(0, u32be(b, o));
  return floats.getFloat32(0);
}
export function f32le(b: Uint8Array, o: number): number {
  floats.setUint32(0, u32le(b, o));
  return floats.getFloat32(0);
}
export function f64be(b: Uint8Array, o: number): number {
  floats.setUint32(0, u32be(b, o));
  floats.setUint32(4, u32be(b, o + 4));
  return floats.getFloat64(0);
}
export function f64le(b: Uint8Array, o: number): number {
  floats.setUint32(0, u32le(b, o + 4));
  floats.setUint32(4, u32le(b, o));
  return floats.getFloat64(0);
}

export function putU8(b: Uint8Array, o: number, v: number): void {
  b[o] = v;
}
export function putU16be(b: Uint8Array, o: number, v: number): void {
  b[o] = v >> 8;
  b[o + 1] = v;
}
export function putU16le(b: Uint8Array, o: number, v: number): void {
  b[o] = v;
  b[o + 1] = v >> 8;
}
export function putU24be(b: Uint8Array, o: number, v: number): void {
  b[o] = v >> 16;
  b[o + 1] = v >> 8;
  b[o + 2] = v;
}
export function putU24le(b: Uint8Array, o: number, v: number): void {
  b[o] = v;
  b[o + 1] = v >> 8;
  b[o + 2] = v >> 16;
}
export function putU32be(b: Uint8Array, o: number, v: number): void {
  b[o] = v >>> 24;
  b[o + 1] = v >>> 16;
  b[o + 2] = v >>> 8;
  b[o + 3] = v;
}
export function putU32le(b: Uint8Array, o: number, v: number): void {
  b[o] = v;
  b[o + 1] = v >>> 8;
  b[o + 2] = v >>> 16;
  b[o + 3] = v >>> 24;
}
export function putU40be(b: Uint8Array, o: number, v: number): void {
  b[o] = Math.floor(v / TWO_32);
  putU32be(b, o + 1, v >>> 0);
}
export function putU40le(b: Uint8Array, o: number, v: number): void {
  putU32le(b, o, v >>> 0);
  b[o + 4] = Math.floor(v / TWO_32);
}
export function putU48be(b: Uint8Array, o: number, v: number): void {
  putU16be(b, o, Math.floor(v / TWO_32));
  putU32be(b, o + 2, v >>> 0);
}
export function putU48le(b: Uint8Array, o: number, v: number): void {
  putU32le(b, o, v >>> 0);
  putU16le(b, o + 4, Math.floor(v / TWO_32));
}
export function putU56be(b: Uint8Array, o: number, v: number | bigint): void {
  const wide = BigInt(v);
  putU24be(b, o, Number(BigInt.asUintN(24, wide >> 32n)));
  putU32be(b, o + 3, Number(BigInt.asUintN(32, wide)));
}
export function putU56le(b: Uint8Array, o: number, v: number | bigint): void {
  const wide = BigInt(v);
  putU32le(b, o, Number(BigInt.asUintN(32, wide)));
  putU24le(b, o + 4, Number(BigInt.asUintN(24, wide >> 32n)));
}
export function putU64be(b: Uint8Array, o: number, v: number | bigint): void {
  if (typeof v === 'number') {
    putU32be(b, o, Math.floor(v / TWO_32));
    putU32be(b, o + 4, v >>> 0);
    return;
  }
  putU32be(b, o, Number(BigInt.asUintN(32, v >> 32n)));
  putU32be(b, o + 4, Number(BigInt.asUintN(32, v)));
}
export function putU64le(b: Uint8Array, o: number, v: number | bigint): void {
  if (typeof v === 'number') {
    putU32le(b, o + 4, Math.floor(v / TWO_32));
    putU32le(b, o, v >>> 0);
    return;
  }
  putU32le(b, o + 4, Number(BigInt.asUintN(32, v >> 32n)));
  putU32le(b, o, Number(BigInt.asUintN(32, v)));
}
export function putF32be(b: Uint8Array, o: number, v: number): void {
  floats.setFloat32(0, v);
  putU32be(b, o, floats.getUint32(0));
}
export function putF32le(b: Uint8Array, o: number, v: number): void {
  floats.setFloat32(0, v);
  putU32le(b, o, floats.getUint32(0));
}
export function putF64be(b: Uint8Array, o: number, v: number): void {
  floats.setFloat64(0, v);
  putU32be(b, o, floats.getUint32(0));
  putU32be(b, o + 4, floats.getUint32(4));
}
export function putF64le(b: Uint8Array, o: number, v: number): void {
  floats.setFloat64(0, v);
  putU32le(b, o, floats.getUint32(4));
  putU32le(b, o + 4, floats.getUint32(0));
}

/**
 * A whole number between `min` and `max`, as an encoder takes it.
 * @throws EncodeError `TYPE` or `RANGE`, naming `field`.
 */
export function integer(v: number, min: number, max: number, field: string): number {
  if (v >= min && v <= max && Number.isInteger(v)) return v;
  throw wrongNumber(v, min, max, field);
}

/** The same for fields of 56 and 64 bits, which take bigints as well. */
export function wideInteger(v: number | bigint, min: bigint, max: bigint, field: string): number | bigint {
  const whole = typeof v === 'bigint' || Number.isSafeInteger(v);
  if (whole && v >= min && v <= max) return v;
  throw wrongNumber(v, min, max, field);
}

/** Any number; refuses `undefined` and strings, which would be written as NaN. */
export function real(v: number, field: string): number {
  return typeof v === 'number' ? v : noNumber(v, field);
}

/** @throws EncodeError `TYPE`, always */
export function noNumber(v: unknown, field: string): never {
  throw new EncodeError('TYPE', field, `want a number, got ${described(v)}`);
}

/** 1 for true, 0 for false. */
export function bit(v: boolean, field: string): number {
  return v === true ? 1 : v === false ? 0 : noBit(v, field);
}

function noBit(v: unknown, field: string): never {
  throw new EncodeError('TYPE', field, `want true or false, got ${described(v)}`);
}

function wrongNumber(v: number | bigint, min: number | bigint, max: number | bigint, field: string): EncodeError {
  if (typeof v !== 'bigint' && (typeof v !== 'number' || Number.isNaN(v))) {
    return new EncodeError('TYPE', field, `want a whole number, got ${described(v)}`);
  }
  if (v < min || v > max) return new EncodeError('RANGE', field, `${v} is outside ${min}..${max}`);
  return new EncodeError('TYPE', field, `want a whole number, got ${v}`);
}

/** How an error names a value of the wrong type. */
export function described(v: unknown): string {
  if (v === undefined) return 'nothing';
  if (v === null) return 'null';
  if (typeof v === 'string') return `the text ${JSON.stringify(v.length > 40 ? `${v.slice(0, 40)}…` : v)}`;
  if (typeof v === 'object') return Array.isArray(v) ? 'a list' : 'an object';
  return String(v);
}
