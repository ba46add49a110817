/** JSON as a message's value: JSON has no bytes and no numbers beyond 2^53, so text stands for them. */

import { layoutInValue } from '../emit/names.js';
import type { Bit, Field, Message, Struct, Type } from '../model/model.js';
import { secretPaths } from '../model/secrets.js';
import { parseBytes } from '../schema/byte-literal.js';
import type { Expr } from '../schema/expression.js';
import { nearest } from '../schema/suggest.js';
import { Problem } from './problem.js';

/** Paths in a message's value. */
type Secrets = ReadonlySet<string>;

/** @throws Problem where a name is no field of the message, or a text does not stand for what the field holds. */
export function valueFromJson(json: unknown, message: Message): object {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new Problem(`The fields of "${message.name}" must be a JSON object`, `'{"name": "value"}'`, 2);
  }
  const { kept, given } = split(json, message);
  const around = layoutInValue(message.frame, message).map(f => called(f, message));
  const secrets = new Set(secretPaths(message));
  for (const key of Object.keys(given)) {
    if (around.some(f => f.name === key) || message.fields.some(f => f.name === key)) continue;
    if (message.frame.layout.some(f => f.name === key)) throw filledIn(`${message.name}.${key}`);
  }
  return { ...fromFields(given, [...around, ...message.fields], message.name, secrets), ...kept };
}

/** An id that is known by a mask has a name of its own in the value. */
function called(element: Field, { masked }: Message): Field {
  return element.role === 'id' && masked !== undefined ? { ...element, name: masked.name } : element;
}

/** What a decoder computes is left out; names that no field has stand in `unknown`, and stay as they are. */
function split(json: object, { frame, derived = [] }: Message): { kept: object; given: object } {
  const kind = frame.text?.body?.kind;
  const isKept = (name: string): boolean => name === 'unknown' && (kind === 'kv' || kind === 'json');
  const entries = Object.entries(json).filter(([name]) => !derived.some(d => d.name === name));
  return {
    kept: Object.fromEntries(entries.filter(([name]) => isKept(name))),
    given: Object.fromEntries(entries.filter(([name]) => !isKept(name))),
  };
}

function fromFields(json: object, fields: readonly Field[], path: string, secrets: Secrets): object {
  const known = new Map(fields.flatMap(members));
  for (const field of fields) if (Object.hasOwn(json, field.name)) checkGiven(field, json, path, secrets);
  return Object.fromEntries(
    Object.entries(json).map(([key, v]) => {
      const type = known.get(key);
      if (type === undefined && !key.startsWith('$')) {
        const near = nearest(key, known.keys());
        const hint = near === undefined ? `fields: ${[...known.keys()].join(', ')}` : `did you mean "${near}"?`;
        throw new Problem(`"${path}" has no field "${key}"`, hint, 2);
      }
      if (key === '$raw') return [key, rawTimes(v, path, secrets)];
      return [key, type === undefined ? v : fromType(v, type, `${path}.${key}`, secrets)];
    }),
  );
}

/** What an encoder writes by itself would be passed over in silence. */
function checkGiven(field: Field, json: object, path: string, secrets: Secrets): void {
  const { name, auto, constant, constantText } = field;
  const at = `${path}.${name}`;
  const fixed = constant ?? constantText;
  if (fixed !== undefined) {
    const given = (json as Record<string, unknown>)[name];
    const shown = isSecret(at, secrets) ? 'what is given' : JSON.stringify(given);
    if (given !== fixed)
      throw new Problem(`"${at}" is always ${JSON.stringify(fixed)}, not ${shown}`, 'leave it out', 2);
  } else if (auto !== undefined && !(auto.kind === 'expr' && isLearnt(auto.expr))) throw filledIn(at);
}

/** `auto: conn.x`: a value that is given counts. */
const isLearnt = (e: Expr): boolean => e.kind === 'name' && e.path[0] === 'conn';

function filledIn(at: string): Problem {
  return new Problem(`"${at}" is filled in by the encoder`, 'leave it out', 2);
}

/** Bits and flags have no others; what is spare stands in `$rest`. */
function fromBits(v: unknown, names: readonly string[], filled: readonly string[], path: string): unknown {
  if (!isPlain(v)) return v;
  for (const key of Object.keys(v)) {
    if (filled.includes(key)) throw filledIn(`${path}.${key}`);
    if (names.includes(key) || key === '$rest') continue;
    const near = nearest(key, names);
    const hint =
      near === undefined ? `bits: ${names.join(', ')}, and $rest for those without a name` : `did you mean "${near}"?`;
    throw new Problem(`"${path}" has no bit "${key}"`, hint, 2);
  }
  return v;
}

/** The bytes of times that are none, by the names of their fields. */
function rawTimes(v: unknown, path: string, secrets: Secrets): unknown {
  if (!isPlain(v)) return v;
  return Object.fromEntries(Object.entries(v).map(([key, x]) => [key, fromType(x, BYTES, `${path}.${key}`, secrets)]));
}

/** Bytes that are kept of undeclared items. */
const BYTES: Type = { kind: 'bytes', size: { kind: 'rest' } };

/** Names that a field brings into its value. */
function members(field: Field): [string, Type | undefined][] {
  if (field.inline !== true || field.type.kind !== 'tlv') return [[field.name, field.type]];
  return tagged(field.type.struct);
}

function tagged(struct: Struct): [string, Type | undefined][] {
  const items: [string, Type | undefined][] = struct.fields.map(f => [f.name, f.type]);
  return [...items, ['unknown', UNKNOWN_ITEMS], ['tail', BYTES]];
}

const UNKNOWN_ITEMS: Type = {
  kind: 'list',
  size: { kind: 'rest' },
  item: {
    kind: 'struct',
    struct: {
      name: 'unknown item',
      outer: [],
      fields: [
        {
          name: 'tag',
          place: { start: 0, end: 0 },
          type: { kind: 'varint', max: 5, zigzag: false },
          bad: 'drop',
          trim: false,
          secret: false,
        },
        { name: 'data', place: { start: 0, end: 0 }, type: BYTES, bad: 'drop', trim: false, secret: false },
      ],
    },
  },
};

function fromType(v: unknown, type: Type, path: string, secrets: Secrets): unknown {
  switch (type.kind) {
    case 'bytes': {
      if (typeof v !== 'string') return v;
      const bytes = parseBytes(v);
      if (typeof bytes !== 'string') return bytes;
      const said = isSecret(path, secrets)
        ? 'is not written as bytes; its value is secret'
        : `cannot be ${JSON.stringify(v)}: ${bytes}`;
      throw new Problem(`"${path}" ${said}`, 'hexadecimal digits: "00 ff"', 2);
    }
    case 'bits': {
      const isGiven = (b: Bit): boolean => b.auto === undefined || b.auto.kind === 'conn';
      const bits = type.bits.filter(b => !b.spare);
      const names = bits.filter(isGiven).map(b => b.name);
      return fromBits(
        v,
        names,
        bits.filter(b => !isGiven(b)).map(b => b.name),
        path,
      );
    }
    case 'flags':
      return fromBits(
        v,
        type.set.bits.map(b => b.name),
        [],
        path,
      );
    case 'int':
      return type.bytes >= 7 && typeof v === 'string' && /^-?\d+$/.test(v) ? BigInt(v) : v;
    case 'time':
    case 'moment':
      return typeof v === 'string' && !Number.isNaN(Date.parse(v)) ? Date.parse(v) : v;
    case 'list':
      return Array.isArray(v) ? v.map((item, i) => fromType(item, type.item, `${path}[${i}]`, secrets)) : v;
    case 'sized':
      return fromType(v, type.type, path, secrets);
    case 'struct':
      return isPlain(v) ? fromFields(v, type.struct.fields, path, secrets) : v;
    case 'tlv': {
      if (!isPlain(v)) return v;
      const known = new Map(tagged(type.struct));
      return Object.fromEntries(
        Object.entries(v).map(([key, x]) => {
          const inner = known.get(key);
          return [key, inner === undefined ? x : fromType(x, inner, `${path}.${key}`, secrets)];
        }),
      );
    }
    default:
      return v;
  }
}

/** @param path begins with the name of the message, and counts the items of lists */
function isSecret(path: string, secrets: Secrets): boolean {
  return secrets.has(path.slice(path.indexOf('.') + 1).replaceAll(/\[\d+\]/g, ''));
}

function isPlain(v: unknown): v is object {
  return typeof v === 'object' && v !== null && !Array.isArray(v);
}
