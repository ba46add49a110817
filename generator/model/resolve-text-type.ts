/** Types of what is written as characters, and types of the schema that have a template of their own. */
import { toldBy } from '../../src/codec/text-times.js';
import { MOST_HEX_DIGITS } from '../../src/codec/text-values.js';
import { textTypeKeys } from '../schema/keys.js';
import { kindOf, Mapping, scalarText } from '../schema/mapping.js';
import type { Node } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { parseTypeText } from '../schema/type-text.js';
import type { Struct, TemplatePart, Type } from './model.js';
import { pascal } from './names.js';
import { resolveTemplate } from './resolve-template.js';
import { resolveTextFields } from './resolve-text-fields.js';
import type { Resolver } from './resolver.js';
import type { DegreesType, HexNumberType, WrittenType } from './text-model.js';

const NAMES = ['word', 'rest', 'char', 'chars', 'int', 'dec', 'hexint', 'dm', 'time', 'date'];

/** What people mean who write types of bytes. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/^(?:[ui](?:8|16|24|32|40|48|56|64)(?:le|be)?|s?varint|integer|uint\d*|int\d+|byte|short|long)$/, 'int'],
  [/^(?:f(?:32|64)(?:le|be)?|float|double|number|decimal)$/, 'dec'],
  [/^hex$/, 'hexint(8) for a number in hexadecimal digits, chars(8) for the digits themselves'],
  [/^(?:str|string|text|cstr|bcd)$/, 'rest, word or chars(*)'],
];

/** The type that `node` spells; reports and returns `undefined` when it is none. */
export function resolveWritten(r: Resolver, node: Node | undefined): Type | undefined {
  const text = scalarText(node);
  if (text === undefined) {
    r.source.error('SHAPE', node, `a type must be text, got ${kindOf(node)}`);
    return undefined;
  }
  const parsed = parseTypeText(text);
  if (typeof parsed === 'string') {
    r.source.error('BAD_TYPE', node, `cannot read the type "${text}": ${parsed}`);
    return undefined;
  }
  const { name, lists } = parsed;
  const [argument, ...others] = lists[0] ?? [];
  const form = `${name}${lists.length === 0 ? '' : lists.length > 1 || others.length > 0 ? '(?)' : `(${argument ?? ''})`}`;
  const bad = (hint: string): undefined => {
    r.source.error('BAD_TYPE', node, `cannot read the type "${text}"`, hint);
    return undefined;
  };
  switch (name) {
    case 'word':
    case 'rest':
      return form === name ? { kind: name } : bad(name);
    case 'bool':
      return form === name ? { kind: 'bool' } : bad(name);
    case 'char':
      return form === name ? { kind: 'chars', count: 1 } : bad('char, or chars(2)');
    case 'chars': {
      if (form === 'chars(*)') return { kind: 'chars', count: 'rest' };
      const count = Number(/^chars\((\d+)\)$/.exec(form)?.[1] ?? 0);
      return count > 0 ? { kind: 'chars', count } : bad('chars(2) or chars(*)');
    }
    case 'int':
      return form === name ? { kind: 'whole' } : bad(name);
    case 'dec':
      return form === name ? { kind: 'decimal' } : bad(name);
    case 'hexint':
      return lists.length > 1 ? bad(HEX_FORMS) : (hexNumber(lists[0] ?? []) ?? bad(HEX_FORMS));
    case 'dm': {
      if (form === 'dm') return { kind: 'dm', digits: 0 };
      const digits = Number(/^dm\(([1-9])\)$/.exec(form)?.[1] ?? 0);
      return digits > 0 ? { kind: 'dm', digits } : bad('dm(2) for latitudes, dm(3) for longitudes, dm for any digits');
    }
    case 'time':
      if (form === 'time(yyyyMMddHHmmss)') return { kind: 'moment', yearDigits: 4, zone: r.zone };
      if (form === 'time(yyMMddHHmmss)') return { kind: 'moment', yearDigits: 2, zone: r.zone };
      if (form === 'time(hhmmss.sss)') return { kind: 'clock' };
      return otherTime(r, lists, 'time') ?? bad(TIME_FORMS);
    case 'date':
      if (form === 'date(ddMMyy)') return { kind: 'date' };
      return (
        otherTime(r, lists, 'date') ?? bad('date(ddMMyy), or another order of dd, MM and yy or yyyy: date(yyyy-MM-dd)')
      );
  }
  return schemaType(r, node!, name, form === name, text);
}

const TIME_FORMS = 'in text: time(hhmmss.sss), time(yyyyMMddHHmmss), or what stands there: time(yyyy-MM-dd HH:mm:ss)';

/** A form of its own: what stands in the brackets, spaces included. */
function otherTime(r: Resolver, lists: readonly (readonly string[])[], name: 'time' | 'date'): WrittenType | undefined {
  const form = (lists[0] ?? []).join(' ');
  const told = lists.length === 1 ? toldBy(form) : undefined;
  if (told === undefined || (told === 'date') !== (name === 'date')) return undefined;
  if (told === 'moment') return { kind: 'moment', yearDigits: form.includes('yyyy') ? 4 : 2, zone: r.zone, form };
  return { kind: told, form };
}

const HEX_FORMS = `hexint(8), up to hexint(${MOST_HEX_DIGITS}), hexint for as few digits as it takes, hexint(8 lower) for a to f`;

/** What stands in the brackets of `hexint`. */
function hexNumber(words: readonly string[]): HexNumberType | undefined {
  const lower = words.at(-1) === 'lower';
  const [count, ...more] = lower ? words.slice(0, -1) : words;
  if (count === undefined) return { kind: 'hexint', digits: 0, lower };
  const digits = /^\d+$/.test(count) && more.length === 0 ? Number(count) : 0;
  return digits >= 1 && digits <= MOST_HEX_DIGITS ? { kind: 'hexint', digits, lower } : undefined;
}

function schemaType(r: Resolver, node: Node, name: string, isPlain: boolean, text: string): Type | undefined {
  const habit = HABITS.find(([pattern]) => pattern.test(name))?.[1];
  if (!r.isDeclaredType(name)) {
    const known = `types: ${[...NAMES, ...r.typeNames()].join(' ')}`;
    if (habit !== undefined) r.source.error('BAD_TYPE', node, `"${text}" is for bytes, and this is text`, habit);
    else
      r.source.error(
        'UNKNOWN_TYPE',
        node,
        `unknown type "${name}"`,
        nearest(name, [...NAMES, ...r.typeNames()]) ?? known,
      );
    return undefined;
  }
  const struct = r.struct(name, node);
  if (struct === undefined) return undefined;
  if (struct.text === undefined)
    r.source.error(
      'BAD_TYPE',
      node,
      `type "${name}" has no "text", so it is for bytes`,
      `${name}: { text: "{a},{b}", fields: ... }`,
    );
  else if (!isPlain)
    r.source.error('BAD_TYPE', node, `cannot read the type "${text}"`, `${name}, or a group that repeats`);
  else return struct.degrees ?? { kind: 'struct', struct };
  return undefined;
}

/** `{ text: "{v},{h}", fields: ..., as: degrees }`. */
export function resolveTextType(r: Resolver, map: Mapping, name: string): Struct | undefined {
  const label = `type ${name}`;
  Mapping.known(r.source, map.node, label, textTypeKeys);
  const text = map.requiredText('text');
  if (!map.has('fields')) map.missing('fields', 'fields: { v: dec, unit: char }');
  const fieldsMap = map.has('fields') ? Mapping.of(r.source, map.at('fields'), label, 'field') : undefined;
  const fields = fieldsMap === undefined ? undefined : resolveTextFields(r, fieldsMap, pascal(name), 'type');
  if (text === undefined || fields === undefined) return undefined;
  const parts = resolveTemplate(r, map.at('text'), text, fields, label);
  const struct: Struct = { name: pascal(name), fields, text: parts, outer: [] };
  const as = map.has('as') ? map.choice('as', ['degrees'] as const) : undefined;
  if (as === undefined) return struct;
  const degrees = degreesOf(struct, parts);
  if (degrees !== undefined) return { ...struct, degrees };
  r.source.error(
    'BAD_TYPE',
    map.at('as'),
    'as: degrees needs a dm, a literal and one char of NS or EW',
    'text: "{v},{h}", fields: { v: dm(2), h: { type: char, in: NS } }',
  );
  return undefined;
}

function degreesOf(struct: Struct, parts: readonly TemplatePart[]): DegreesType | undefined {
  const [number, between, letter, ...more] = parts;
  if (number === undefined || between === undefined || letter === undefined || more.length > 0) return undefined;
  if (!('field' in number) || !('literal' in between) || !('field' in letter)) return undefined;
  const { type } = number.field;
  const { among } = letter.field;
  if (type.kind !== 'dm' || (among !== 'NS' && among !== 'EW')) return undefined;
  return { kind: 'degrees', struct, digits: type.digits, between: between.literal, plus: among[0]!, minus: among[1]! };
}
