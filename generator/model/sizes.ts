/** The least and greatest number of bytes that a type can take: what bounds, limits and splitters are derived from. */
import type { Field, ProtocolModel, Type } from './model.js';

export interface Sizes {
  readonly min: number;
  /** Infinity where only `limits.frame` bounds it. */
  readonly max: number;
}

/** Bytes of the longest message: more than those of a frame, where messages come in parts. */
export function longestMessage({ limits, fragments }: ProtocolModel): number {
  return Math.max(limits.frame, fragments?.limits.bytes ?? 0);
}

const fixed = (n: number): Sizes => ({ min: n, max: n });

export function sizeOf(type: Type): Sizes {
  switch (type.kind) {
    case 'int':
    case 'float':
      return fixed(type.bytes);
    case 'bool':
      return fixed(1);
    case 'bits':
    case 'flags':
      return fixed(type.word.bytes);
    case 'varint':
      return { min: 1, max: type.max };
    case 'time':
      return fixed(type.form === 'count' ? type.word.bytes : 6); // GPS: a week of two bytes and four for its time
    case 'check':
      return fixed(type.word.bytes);
    case 'magic':
      return fixed(type.forms[0]!.bytes.length);
    case 'case': {
      const sizes = type.arms.map(arm => arm.type.bytes);
      return { min: Math.min(...sizes), max: Math.max(...sizes) };
    }
    case 'tlv':
      return runOf(type.size, 1, 1);
    case 'text':
    case 'hex':
    case 'bytes':
    case 'bcd':
      return runOf(type.size, 1, 1);
    case 'sized': {
      // Never fixed: its own size is looked at first, and may be wrong.
      return { min: sizeOf(type.prefix).min + sizeOf(type.type).min, max: Number.POSITIVE_INFINITY };
    }
    case 'list': {
      if (type.packed === true)
        return type.size.kind === 'fixed' ? fixed(Math.ceil(type.size.count / 8)) : runOf(type.size, 0, 1);
      const item = sizeOf(type.item);
      return runOf(type.size, item.min, item.max);
    }
    case 'struct':
      return sizeOfAll(type.struct.fields);
    default:
      return { min: 0, max: Number.POSITIVE_INFINITY };
  }
}

export function sizeOfAll(fields: readonly Field[]): Sizes {
  let min = 0;
  let max = 0;
  for (const field of fields) {
    const size = sizeOf(field.type);
    if (field.when === undefined) min += size.min;
    max += size.max;
  }
  return { min, max };
}

/** The number of bytes, where it is always the same. */
export function fixedSize(type: Type): number | undefined {
  const { min, max } = sizeOf(type);
  return min === max ? min : undefined;
}

function runOf(size: Extract<Type, { kind: 'text' }>['size'], itemMin: number, itemMax: number): Sizes {
  switch (size.kind) {
    case 'fixed':
      return { min: size.count * itemMin, max: size.count * itemMax };
    case 'prefix': {
      const prefix = sizeOf(size.type);
      return { min: prefix.min, max: Number.POSITIVE_INFINITY };
    }
    case 'until':
      return { min: size.bytes.length, max: Number.POSITIVE_INFINITY };
    default:
      return { min: 0, max: Number.POSITIVE_INFINITY };
  }
}
