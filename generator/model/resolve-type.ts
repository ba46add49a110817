/** Type expressions: `u16`, `str(u8)`, `Entity(varint)` against the schema's own types and defaults. */

import { parseBytes } from '../schema/byte-literal.js';
import type { Expr } from '../schema/expression.js';
import { meantType } from '../schema/habits.js';
import { kindOf, Mapping, readExpressionText, scalarText } from '../schema/mapping.js';
import type { Node } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { parseTypeText, type TypeText } from '../schema/type-text.js';
import { checkCalls } from './check-calls.js';
import { checkKinds } from './check-kinds.js';
import { namesBesideMembers } from './check-scope.js';
import type {
  CaseType,
  Charset,
  Endian,
  EnumSet,
  IntType,
  ListType,
  Size,
  SizedType,
  Type,
  VarintType,
} from './model.js';
import type { Resolver } from './resolver.js';

const INT = /^([ui])(8|16|24|32|40|48|56|64)(le|be)?$/;

const NAMES = [
  'u8',
  'u16',
  'u24',
  'u32',
  'u40',
  'u48',
  'u56',
  'u64',
  'i8',
  'i16',
  'i24',
  'i32',
  'i40',
  'i48',
  'i56',
  'i64',
  'f32',
  'f64',
  'bool',
  'varint',
  'svarint',
  'str',
  'bytes',
  'hex',
  'bcd',
  'cstr',
  'sized',
  'time',
  'word',
  'rest',
  'body',
];

/** Built-in names of the language that this version cannot generate code for. */
const LATER = new Set(['tlv']);

/** Types of what is written as characters, and what stands for them in bytes. */
const TEXT_ONLY: Readonly<Record<string, string>> = {
  char: 'str(1)',
  chars: 'str(8), or str(u8)',
  dec: 'f64, or an integer with scale:',
  dm: 'an integer with scale:',
  date: 'time(u32 s)',
};

export function intType(name: string, endian: Endian): IntType | undefined {
  const m = INT.exec(name);
  if (m === null) return undefined;
  const order = m[3] === undefined ? endian : m[3] === 'le' ? 'little' : 'big';
  return { kind: 'int', bytes: Number(m[2]) / 8, signed: m[1] === 'i', endian: order, bigint: false };
}

/** The type that `node` spells; reports and returns `undefined` when it is none. */
export function resolveType(r: Resolver, node: Node | undefined): Type | undefined {
  const text = scalarText(node);
  if (text === undefined) {
    r.source.error('SHAPE', node, `a type must be text, got ${kindOf(node)}`, 'u8, str(u8), or another type');
    return undefined;
  }
  return typeFromText(r, node!, text);
}

/** @param isArgument its name stands for itself: it has been put in the place of a parameter, and may be called like one */
function typeFromText(r: Resolver, node: Node, text: string, isArgument = false): Type | undefined {
  const parsed = parseTypeText(text);
  if (typeof parsed === 'string') {
    r.source.error('BAD_TYPE', node, `cannot read the type "${text}": ${parsed}`, meantType(text));
    return undefined;
  }
  const { name, lists } = parsed;
  const argument = isArgument ? undefined : r.argument(name);
  if (argument !== undefined)
    return typeFromText(r, node, `${argument}${text.slice(text.indexOf(name) + name.length)}`, true);
  const scalar = scalarType(r, name);
  if (scalar !== undefined) return lists.length === 0 ? scalar : list(r, node, text, scalar, lists);
  switch (name) {
    case 'str': {
      const size = oneSize(r, node, text, parsed);
      return size === undefined ? undefined : { kind: 'text', size, charset: r.charset };
    }
    case 'cstr':
      if (lists.length > 0) return noSize(r, node, text, 'cstr ends at its zero byte', 'str(u8), or cstr');
      return { kind: 'text', size: { kind: 'until', bytes: Uint8Array.of(0) }, charset: r.charset };
    case 'sized':
      return sized(r, node, text, lists);
    case 'bytes':
    case 'hex': {
      const size = oneSize(r, node, text, parsed);
      return size === undefined ? undefined : { kind: name, size };
    }
    case 'bcd': {
      const size = oneSize(r, node, text, parsed);
      if (size === undefined) return undefined;
      if (size.kind === 'fixed' || size.kind === 'expr') return { kind: 'bcd', size };
      r.source.error(
        'BAD_TYPE',
        node,
        `"${text}": digits need a number of bytes`,
        'bcd(4), or bcd(n) with n: { type: u8, auto: size(digits) }',
      );
      return undefined;
    }
    case 'time':
      return time(r, node, text, lists);
    case 'word':
    case 'rest':
    case 'body':
      return lists.length > 0 ? noSize(r, node, text, `${name} takes no size`, name) : { kind: name };
  }
  if (TEXT_ONLY[name] !== undefined) {
    const hint = lists.length === 0 ? TEXT_ONLY[name] : (meantType(text) ?? TEXT_ONLY[name]);
    r.source.error('BAD_TYPE', node, `"${text}" is for text, and this is for bytes`, hint);
    return undefined;
  }
  if (LATER.has(name)) {
    r.source.error('UNSUPPORTED', node, `the type "${name}" is not supported by this version`);
    return undefined;
  }
  const parameters = r.parametersOf(name);
  const given = parameters.length === 0 ? [] : (lists[0] ?? []).map(word => r.argument(word) ?? word);
  if (given.length !== parameters.length) {
    const want = `${name}(${parameters.join(' ')})`;
    r.source.error('BAD_TYPE', node, `"${text}": ${want} takes ${parameters.length} types, got ${given.length}`, want);
    return undefined;
  }
  const sizes = parameters.length === 0 ? lists : lists.slice(1);
  const struct = r.struct(name, node, given);
  if (struct?.text !== undefined) {
    r.source.error('BAD_TYPE', node, `type "${name}" is for text, and this is for bytes`);
    return undefined;
  }
  if (struct !== undefined) {
    if (struct.tlv !== undefined) {
      const size = oneSize(r, node, text, { name, lists: sizes });
      if (size?.kind === 'fixed' || (size?.kind === 'prefix' && size.type.kind !== 'int')) {
        const what = `the size of a tagged type in "${text}" is not supported by this version`;
        r.source.error('UNSUPPORTED', node, what, `${name}(u8), ${name}(u16) or ${name}(*)`);
        return undefined;
      }
      return size === undefined ? undefined : { kind: 'tlv', struct, size };
    }
    const type: Type = { kind: 'struct', struct };
    return sizes.length === 0 ? type : list(r, node, text, type, sizes);
  }
  if (!r.isDeclaredType(name)) {
    const near = meantType(text) ?? nearest(name, [...r.typeNames(), ...NAMES]);
    const known = `types: ${NAMES.join(' ')}${r.typeNames().length > 0 ? `, and ${r.typeNames().join(' ')}` : ''}`;
    r.source.error('UNKNOWN_TYPE', node, `unknown type "${name}"`, near ?? known);
  }
  return undefined;
}

function scalarType(r: Resolver, name: string): Type | undefined {
  const int = intType(name, r.endian);
  if (int !== undefined) return int;
  const float = /^f(32|64)(le|be)?$/.exec(name);
  if (float !== null) {
    const endian = float[2] === undefined ? r.endian : float[2] === 'le' ? 'little' : 'big';
    return { kind: 'float', bytes: float[1] === '32' ? 4 : 8, endian };
  }
  if (name === 'bool') return { kind: 'bool' };
  if (name === 'varint' || name === 'svarint') return { kind: 'varint', max: 5, zigzag: name === 'svarint' };
  return undefined;
}

function list(r: Resolver, node: Node, text: string, item: Type, lists: TypeText['lists']): ListType | undefined {
  if (lists.length > 1) {
    r.source.error(
      'BAD_TYPE',
      node,
      `"${text}" has too many brackets`,
      'a list has one size: u16(4), u16(u8) or u16(*)',
    );
    return undefined;
  }
  const [first, ...rest] = lists[0]!;
  if (first === 'until') {
    const last = readExpressionText(r.source, node, rest.join(' '));
    if (last !== undefined && !isTestOf(r, node, text, item, last)) return undefined;
    return last === undefined ? undefined : { kind: 'list', item, size: { kind: 'rest' }, last };
  }
  const size = sizeFrom(r, node, text, lists[0]!);
  return size === undefined ? undefined : { kind: 'list', item, size };
}

/** What ends a list is told by fields of its items. */
function isTestOf(r: Resolver, node: Node, text: string, item: Type, last: Expr): boolean {
  if (item.kind !== 'struct') {
    r.source.error('UNSUPPORTED', node, `"${text}": only a list of a type can end at an item`, 'Item(until last == 1)');
    return false;
  }
  if (!checkCalls(r, node, 'until', last)) return false;
  const { fields } = item.struct;
  const names = fields.map(f => f.name);
  const setOf = (name: string): EnumSet | undefined => fields.find(f => f.name === name)?.enum?.set;
  for (const [name] of namesBesideMembers(last, setOf)) {
    if (names.includes(name!) || r.enums.has(name!)) continue;
    r.unknownName(node, `field of ${item.struct.name}`, name!, names);
    return false;
  }
  return checkKinds(r, node, 'until', last, name => fields.find(f => f.name === name));
}

function noSize(r: Resolver, node: Node, text: string, why: string, hint: string): undefined {
  r.source.error('BAD_TYPE', node, `"${text}": ${why}`, hint);
  return undefined;
}

function oneSize(r: Resolver, node: Node, text: string, parsed: TypeText): Size | undefined {
  if (parsed.lists.length === 1) return sizeFrom(r, node, text, parsed.lists[0]!);
  r.source.error(
    'BAD_TYPE',
    node,
    `"${text}" needs one size`,
    parsed.name === 'bcd'
      ? 'bcd(4): four bytes of two digits'
      : `${parsed.name}(8), ${parsed.name}(u8) or ${parsed.name}(*)`,
  );
  return undefined;
}

function sizeFrom(r: Resolver, node: Node, text: string, words: readonly string[]): Size | undefined {
  const [first] = words;
  if (first === 'until') {
    const bytes = parseBytes(
      words
        .slice(1)
        .join(' ')
        .replace(/^"(.*)"$/, '$1'),
    );
    if (typeof bytes !== 'string' && bytes.length > 0) return { kind: 'until', bytes };
    const what = typeof bytes === 'string' ? bytes : 'a delimiter needs at least one byte';
    r.source.error('BAD_BYTES', node, `"${text}": ${what}`, 'str(until "0d 0a")');
    return undefined;
  }
  if (words.length !== 1 || first === undefined) {
    const what = `"${text}": cannot read the size "${words.join(' ')}"`;
    r.source.error('BAD_TYPE', node, what, 'a number, a prefix type, * or an expression');
    return undefined;
  }
  const word = r.argument(first) ?? first;
  if (word === '*') return { kind: 'rest' };
  if (/^(?:\d+|0x[0-9a-fA-F]+)$/.test(word)) return { kind: 'fixed', count: Number(word) };
  const prefix = scalarType(r, word);
  if (prefix?.kind === 'int' || prefix?.kind === 'varint') {
    if ((prefix.kind === 'int' && (prefix.signed || prefix.bytes > 4)) || (prefix.kind === 'varint' && prefix.zigzag)) {
      r.source.error('BAD_TYPE', node, `"${text}": a size cannot be ${word}`, 'u8, u16, u24, u32 or varint');
      return undefined;
    }
    return { kind: 'prefix', type: prefix as IntType | VarintType };
  }
  const expr = readExpressionText(r.source, node, word);
  return expr === undefined ? undefined : { kind: 'expr', expr };
}

function time(r: Resolver, node: Node, text: string, lists: TypeText['lists']): Type | undefined {
  const words = lists[0] ?? [];
  const [first, second, third] = words;
  if (lists.length === 1 && words.length === 2 && (first === 'u8' || first === 'bcd') && isOrder(second!))
    return { kind: 'time', form: first, order: second!, zone: r.zone };
  if (lists.length === 1 && (words.length === 2 || words.length === 3)) {
    const word = intType(r.argument(first!) ?? first!, r.endian);
    const epoch = third === undefined ? 0 : dayOf(third);
    if (word !== undefined && !word.signed && (second === 's' || second === 'ms') && epoch !== undefined) {
      return { kind: 'time', form: 'count', word, perUnit: second === 's' ? 1000 : 1, epoch };
    }
  }
  if (lists.length === 1 && words.join(' ') === 'gps week tow') {
    const part = (bytes: number): IntType => ({ kind: 'int', bytes, signed: false, endian: r.endian, bigint: false });
    return { kind: 'time', form: 'gps', week: part(2), tow: part(4) };
  }
  const hint =
    'time(u32 s), time(u64 ms), time(u32 s 2010-01-01), time(u8 yyMMddHHmmss), time(bcd yyMMddHHmmss) or time(gps week tow)';
  r.source.error('BAD_TYPE', node, `cannot read the time "${text}"`, hint);
  return undefined;
}

/** Whether these are the six parts of a calendar time, in whatever order. */
const isOrder = (text: string): boolean => /^(?:(yy|MM|dd|HH|mm|ss)(?!.*\1)){6}$/.test(text);

/** Midnight of a day that a calendar has, in UTC. */
function dayOf(text: string): number | undefined {
  const at = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) : Number.NaN;
  return new Date(at).toJSON()?.startsWith(text) === true ? at : undefined;
}

/** `sized(u16 T)(n)`: n items, or one without `(n)`, each behind its own size. */
function sized(r: Resolver, node: Node, text: string, lists: TypeText['lists']): Type | undefined {
  const [prefixText, ...itemWords] = lists[0] ?? [];
  const prefix = prefixText === undefined ? undefined : scalarType(r, r.argument(prefixText) ?? prefixText);
  const good =
    prefix?.kind === 'varint' ? !prefix.zigzag : prefix?.kind === 'int' && !prefix.signed && prefix.bytes <= 4;
  if (!good || itemWords.length === 0 || lists.length > 2) {
    r.source.error('BAD_TYPE', node, `cannot read "${text}"`, 'sized(u16 Item)(count): each item behind its own size');
    return undefined;
  }
  const type = typeFromText(r, node, itemWords.join(' '));
  if (type === undefined) return undefined;
  if (type.kind !== 'struct' && type.kind !== 'tlv') {
    const what = `"${text}": only a type of this schema can stand behind its own size`;
    r.source.error('UNSUPPORTED', node, what, 'sized(u16 Item) with types: { Item: { value: u16 } }');
    return undefined;
  }
  const item: SizedType = { kind: 'sized', prefix: prefix as IntType | VarintType, type };
  return lists.length === 1 ? item : list(r, node, text, item, lists.slice(1));
}

/** `{ when: form, short: u8, long: u16 }`. */
export function resolveCase(r: Resolver, node: Node): CaseType | undefined {
  const map = Mapping.of(r.source, node, 'case type');
  const on = map?.requiredText('when');
  if (map === undefined || on === undefined) return undefined;
  const arms: { name: string; type: IntType }[] = [];
  for (const { key, value } of map.entries()) {
    if (key === 'when') continue;
    const type = resolveType(r, value);
    if (type === undefined) continue;
    if (type.kind !== 'int' || type.signed) {
      r.source.error('UNSUPPORTED', value, `case "${key}" must be an unsigned number`);
      continue;
    }
    arms.push({ name: key, type });
  }
  return arms.length === 0 ? undefined : { kind: 'case', on, arms };
}

export function charsetOf(r: Resolver, map: Mapping, key: string): Charset | undefined {
  const text = map.text(key);
  if (text === undefined) return undefined;
  if (text === 'ascii' || text === 'utf8' || text === 'latin1' || text === 'gbk') return text;
  r.source.error('BAD_VALUE', map.at(key), `unknown character set "${text}"`, 'ascii, utf8, latin1 or gbk');
  return undefined;
}
