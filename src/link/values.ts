/**
 * JSON-like values as bytes: null, booleans, numbers, strings, lists and objects, and besides bigint and bytes. Sessions,
 * arguments and answers of queries travel so. Nothing in it can become more than data: `__proto__` is refused.
 */
import type { Writer } from '../codec/index.js';
import { FramegateError } from '../protocol/index.js';
import { putBytes, putString, putU8, putU32, type Reader } from './bytes.js';
import { HALVED, isWhole } from './names.js';

export type Value =
  | null
  | undefined
  | boolean
  | number
  | string
  | bigint
  | Uint8Array
  | readonly Value[]
  | { readonly [key: string]: Value };

const tags = {
  null: 0,
  false: 1,
  true: 2,
  u32: 3,
  f64: 4,
  string: 5,
  bigint: 6,
  bytes: 7,
  list: 8,
  object: 9,
} as const;

const DEPTH = 32;
const real = new DataView(new ArrayBuffer(8));

/** @throws FramegateError `FG_VALUE` when the value is not JSON-like. */
export function putValue(w: Writer, value: unknown, depth = 0): void {
  if (depth > DEPTH) throw new FramegateError('FG_VALUE', `A value may not be nested more than ${DEPTH} deep`);
  switch (typeof value) {
    case 'undefined':
      putU8(w, tags.null);
      return;
    case 'boolean':
      putU8(w, value ? tags.true : tags.false);
      return;
    case 'number':
      putNumber(w, value);
      return;
    case 'string':
      putU8(w, tags.string);
      putText(w, value);
      return;
    case 'bigint':
      putU8(w, tags.bigint);
      putString(w, value.toString(36));
      return;
    case 'object':
      putObject(w, value, depth);
      return;
    default:
      throw new FramegateError('FG_VALUE', `A ${typeof value} cannot be kept or sent; use plain data`);
  }
}

/** What it says is not repeated: it may be a secret. */
function putText(w: Writer, text: string): void {
  if (!isWhole(text)) {
    throw new FramegateError('FG_VALUE', `A text of ${text.length} characters cannot be kept or sent, as it ${HALVED}`);
  }
  putString(w, text);
}

function putNumber(w: Writer, value: number): void {
  if (value >>> 0 === value && !Object.is(value, -0)) {
    putU8(w, tags.u32);
    putU32(w, value);
    return;
  }
  putU8(w, tags.f64);
  real.setFloat64(0, value);
  const at = w.reserve(8);
  for (let i = 0; i < 8; i++) w.bytes[at + i] = real.getUint8(i);
}

function putObject(w: Writer, value: object | null, depth: number): void {
  if (value === null) {
    putU8(w, tags.null);
    return;
  }
  if (value instanceof Uint8Array) {
    putU8(w, tags.bytes);
    putBytes(w, value);
    return;
  }
  if (Array.isArray(value)) {
    putU8(w, tags.list);
    putU32(w, value.length);
    for (const item of value) putValue(w, item, depth + 1);
    return;
  }
  const kind = Object.getPrototypeOf(value) as object | null;
  if (kind !== Object.prototype && kind !== null) {
    const name = (kind.constructor as { name?: string } | undefined)?.name ?? 'class';
    throw new FramegateError('FG_VALUE', `A ${name} cannot be kept or sent; use plain data`);
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  putU8(w, tags.object);
  putU32(w, entries.length);
  for (const [key, item] of entries) {
    if (key === '__proto__') throw new FramegateError('FG_VALUE', 'The key "__proto__" is refused');
    putText(w, key);
    putValue(w, item, depth + 1);
  }
}

/** About how many bytes a value takes on a link. */
export function weight(value: Value): number {
  if (typeof value === 'string') return 5 + value.length;
  if (typeof value !== 'object' || value === null) return 9;
  if (value instanceof Uint8Array) return 5 + value.length;
  let bytes = 5;
  if (Array.isArray(value)) for (const item of value) bytes += weight(item);
  else for (const [key, item] of Object.entries(value)) bytes += 4 + key.length + weight(item);
  return bytes;
}

export function readValue(r: Reader, depth = 0): Value {
  if (depth > DEPTH) throw new FramegateError('FG_LINK', 'A value is nested too deep');
  const tag = r.u8();
  switch (tag) {
    case tags.null:
      return null;
    case tags.false:
      return false;
    case tags.true:
      return true;
    case tags.u32:
      return r.u32();
    case tags.f64: {
      const at = r.take(8);
      for (let i = 0; i < 8; i++) real.setUint8(i, r.b[at + i]!);
      return real.getFloat64(0);
    }
    case tags.string:
      return r.string();
    case tags.bigint:
      return parseBigint(r.string());
    case tags.bytes:
      return r.bytes();
    case tags.list: {
      const count = counted(r);
      const list: Value[] = [];
      for (let i = 0; i < count; i++) list.push(readValue(r, depth + 1));
      return list;
    }
    case tags.object: {
      const count = counted(r);
      const object: { [key: string]: Value } = {};
      for (let i = 0; i < count; i++) {
        const key = r.string();
        if (key === '__proto__') throw new FramegateError('FG_LINK', 'A value has the key "__proto__"');
        object[key] = readValue(r, depth + 1);
      }
      return object;
    }
    default:
      throw new FramegateError('FG_LINK', `A value has the unknown tag ${tag}`);
  }
}

/** Each item takes a byte at least, so a count beyond the bytes is a lie. */
function counted(r: Reader): number {
  const count = r.u32();
  if (count > r.left) throw new FramegateError('FG_LINK', 'A list claims more items than it has bytes');
  return count;
}

function parseBigint(text: string): bigint {
  if (!/^-?[0-9a-z]{1,4096}$/.test(text)) throw new FramegateError('FG_LINK', 'A bigint is malformed');
  const negative = text.startsWith('-');
  let value = 0n;
  for (const digit of negative ? text.slice(1) : text) value = value * 36n + BigInt(Number.parseInt(digit, 36));
  return negative ? -value : value;
}
