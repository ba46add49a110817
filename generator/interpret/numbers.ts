/** Numbers of every width: binary-parser has 8, 16, 32 and 64 bits, the others are put together from parts. */
import type { Bit, BitsType, IntType, VarintType } from '../model/model.js';
import { type Format, formatted, Mismatch, Parser, type Scope, scratch } from './parser.js';

type Wide = 'uint16' | 'int16' | 'uint32' | 'int32' | 'uint64' | 'int64';
type Method = 'uint8' | 'int8' | `${Wide}${'be' | 'le'}`;

/** The method for an integer that the library knows; `undefined` for 3, 5, 6 and 7 bytes. */
export function primitive(type: IntType): Method | undefined {
  const sign = type.signed ? 'int' : 'uint';
  if (type.bytes === 1) return `${sign}8`;
  const end = type.endian === 'big' ? 'be' : 'le';
  if (type.bytes === 2) return `${sign}16${end}`;
  if (type.bytes === 4) return `${sign}32${end}`;
  return type.bytes === 8 ? `${sign}64${end}` : undefined;
}

/** Reads an integer into `name`. */
export function addInt(p: Parser, type: IntType, name: string, format?: Format): void {
  const method = primitive(type);
  if (type.bytes === 8 && !type.bigint) {
    p[method!](
      name,
      formatted(function (this: Scope, wide: bigint) {
        const near = Number(wide);
        const value = Number.isSafeInteger(near) ? near : wide;
        return format === undefined ? value : format.call(this, value as never);
      }),
    );
  } else if (method !== undefined) p[method](name, formatted(format));
  else if (type.bytes === 3 && type.endian === 'big') addThreeBytes(p, type.signed, name, format);
  else addParts(p, type, name, format);
}

/** In a parser of its own: bits of neighbours would run into one another. */
function addThreeBytes(p: Parser, signed: boolean, name: string, format: Format | undefined): void {
  const sign: Format | undefined = signed
    ? function (this: Scope, n: number) {
        const value = (n << 8) >> 8;
        return format === undefined ? value : format.call(this, value as never);
      }
    : format;
  p.nest({ type: new Parser().bit24(name, formatted(sign)) } as never);
}

/** The low part is always unsigned; the high part carries the sign. */
function addParts(p: Parser, type: IntType, name: string, format: Format | undefined): void {
  const lowBytes = type.bytes === 3 ? 2 : 4;
  const high: IntType = { ...type, bytes: type.bytes - lowBytes };
  const low: IntType = { ...type, bytes: lowBytes, signed: false };
  const first = type.endian === 'big' ? high : low;
  const second = type.endian === 'big' ? low : high;
  // The high part of seven bytes has parts of its own.
  const part = scratch(`${name}Part${type.bytes}`);
  const unit = 256 ** lowBytes;
  addInt(p, first, part);
  addInt(p, second, name, function (this: Scope, n: number) {
    const other = this[part] as number;
    const [upper, lower] = first === high ? [other, n] : [n, other];
    const value = type.bytes < 7 ? upper * unit + lower : wide(type, upper, lower);
    return format === undefined ? value : format.call(this, value as never);
  });
}

/** Seven bytes: more than a number holds exactly. */
function wide(type: IntType, upper: number, lower: number): number | bigint {
  const whole = BigInt(upper) * 0x1_0000_0000n + BigInt(lower);
  const near = Number(whole);
  return type.bigint || !Number.isSafeInteger(near) ? whole : near;
}

/** Seven bits a byte: all bytes that say that more follow, then the last one. */
export function addVarint(p: Parser, type: VarintType, name: string, format?: Format): void {
  const head = scratch(`${name}Head`);
  p.buffer(head, { readUntil: (byte: number) => byte < 0x80 });
  p.uint8(
    name,
    formatted(function (this: Scope, last: number) {
      const bytes = this[head] as Uint8Array;
      if (bytes.length >= type.max || (last === 0 && bytes.length > 0)) throw new Mismatch(`"${name}" is no varint`);
      let value = last;
      for (let i = bytes.length - 1; i >= 0; i--) value = value * 128 + (bytes[i]! & 0x7f);
      if (type.zigzag) value = value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      return format === undefined ? value : format.call(this, value as never);
    }),
  );
}

/** Reads a word as an object of its bits; undeclared ones, if any is set, stand in `$rest`. */
export function addBits(p: Parser, type: BitsType, name: string, format?: Format): void {
  const { word } = type;
  const bits = [...type.bits].sort((a, b) => b.shift - a.shift);
  const spare = bits.filter(b => b.spare);
  if (word.endian === 'little' && word.bytes > 1) {
    addInt(p, { ...word, signed: false }, name, function (this: Scope, n: number) {
      const value: Scope = {};
      for (const b of bits) value[keyOf(b)] = flagOrNumber(b, Math.floor(n / 2 ** b.shift) % 2 ** b.width);
      addRest(value, spare);
      return format === undefined ? value : format.call(this, value as never);
    });
    return;
  }
  const inner = new Parser();
  for (const b of bits) {
    const options = formatted(b.width === 1 && !b.spare ? (n: number) => n === 1 : undefined);
    inner[`bit${b.width}` as 'bit1'](keyOf(b), options);
  }
  const whole: Format | undefined =
    spare.length === 0
      ? format
      : function (this: Scope, value: Scope) {
          addRest(value, spare);
          return format === undefined ? value : format.call(this, value as never);
        };
  p.nest(name, { type: inner, ...formatted(whole) });
}

function keyOf(b: Bit): string {
  return b.spare ? scratch(`spare${b.shift}`) : b.name;
}

function flagOrNumber(b: Bit, n: number): number | boolean {
  return b.width === 1 && !b.spare ? n === 1 : n;
}

function addRest(value: Scope, spare: readonly Bit[]): void {
  let rest = 0;
  for (const b of spare) rest += (value[keyOf(b)] as number) * 2 ** b.shift;
  if (rest !== 0) value.$rest = rest;
}
