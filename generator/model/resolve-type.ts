/** Type expressions: `u16`, `str(u8)`, `Entity(varint)` against the schema's own types and defaults. */
import { kindOf, Mapping, readExpressionText, scalarText } from '../schema/mapping.js';

import type { Node } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { parseTypeText, type TypeText } from '../schema/type-text.js';
import type { Bit, BitsType, CaseType, Charset, Endian, IntType, ListType, Size, Type, VarintType } from './model.js';
import { isName } from './names.js';
import type { Resolver } from './resolver.js';

const INT = /^([ui])(8|16|24|32|40|48|64)(le|be)?$/;

/** Types of other languages that people write by habit. */
const HABITS: Readonly<Record<string, string>> = {
  uint8: 'u8',
  uint16: 'u16',
  uint32: 'u32',
  uint64: 'u64',
  int8: 'i8',
  int16: 'i16',
  int32: 'i32',
  int64: 'i64',
  byte: 'u8',
  ubyte: 'u8',
  ushort: 'u16',
  short: 'i16',
  int: 'i32',
  uint: 'u32',
  long: 'i64',
  ulong: 'u64',
  float: 'f32',
  double: 'f64',
  boolean: 'bool',
  string: 'str(u8)',
  text: 'str(u8)',
  buffer: 'bytes(u8)',
  uint16le: 'u16le',
  uint16be: 'u16be',
};

const NAMES = [
  'u8',
  'u16',
  'u24',
  'u32',
  'u40',
  'u48',
  'u64',
  'i8',
  'i16',
  'i24',
  'i32',
  'i40',
  'i48',
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
  'time',
  'word',
  'rest',
  'body',
];

/** Built-in names of the language that this version cannot generate code for. */
const LATER = new Set(['u56', 'i56', 'cstr', 'char', 'chars', 'dec', 'dm', 'date', 'sized', 'tlv']);

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
    r.source.error('SHAPE', node, `a type must be text, got ${kindOf(node)}`);
    return undefined;
  }
  return typeFromText(r, node!, text);
}

function typeFromText(r: Resolver, node: Node, text: string): Type | undefined {
  const parsed = parseTypeText(text);
  if (typeof parsed === 'string') {
    r.source.error('BAD_TYPE', node, `cannot read the type "${text}": ${parsed}`);
    return undefined;
  }
  const { name, lists } = parsed;
  const scalar = scalarType(r, name);
  if (scalar !== undefined) return lists.length === 0 ? scalar : list(r, node, text, scalar, lists);
  switch (name) {
    case 'str': {
      const size = oneSize(r, node, text, parsed);
      return size === undefined ? undefined : { kind: 'text', size, charset: r.charset };
    }
    case 'bytes':
    case 'hex': {
      const size = oneSize(r, node, text, parsed);
      return size === undefined ? undefined : { kind: name, size };
    }
    case 'bcd': {
      const size = oneSize(r, node, text, parsed);
      if (size === undefined) return undefined;
      if (size.kind === 'fixed') return { kind: 'bcd', bytes: size.count };
      r.source.error('UNSUPPORTED', node, `"${text}": only a fixed number of bytes is supported here`, 'bcd(8)');
      return undefined;
    }
    case 'time':
      return time(r, node, text, lists);
    case 'word':
    case 'rest':
      return { kind: name };
    case 'body':
      return { kind: 'body' };
  }
  if (LATER.has(name)) {
    r.source.error('UNSUPPORTED', node, `the type "${name}" is not supported by this version`);
    return undefined;
  }
  const struct = r.struct(name, node);
  if (struct !== undefined) {
    if (struct.tlv !== undefined) {
      const size = oneSize(r, node, text, parsed);
      if (size?.kind === 'fixed' || (size?.kind === 'prefix' && size.type.kind !== 'int')) {
        const what = `the size of a tagged type in "${text}" is not supported by this version`;
        r.source.error('UNSUPPORTED', node, what, `${name}(u8), ${name}(u16) or ${name}(*)`);
        return undefined;
      }
      return size === undefined ? undefined : { kind: 'tlv', struct, size };
    }
    const type: Type = { kind: 'struct', struct };
    return lists.length === 0 ? type : list(r, node, text, type, lists);
  }
  if (!r.isDeclaredType(name)) {
    const habit = HABITS[name.toLowerCase()];
    const near = habit ?? nearest(name, [...NAMES, ...r.typeNames()]);
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
    r.source.error('UNSUPPORTED', node, `"${text}": types with parameters are not supported by this version`);
    return undefined;
  }
  const size = sizeFrom(r, node, text, lists[0]!);
  return size === undefined ? undefined : { kind: 'list', item, size };
}

function oneSize(r: Resolver, node: Node, text: string, parsed: TypeText): Size | undefined {
  if (parsed.lists.length === 1) return sizeFrom(r, node, text, parsed.lists[0]!);
  r.source.error(
    'BAD_TYPE',
    node,
    `"${text}" needs one size`,
    `${parsed.name}(8), ${parsed.name}(u8) or ${parsed.name}(*)`,
  );
  return undefined;
}

function sizeFrom(r: Resolver, node: Node, text: string, words: readonly string[]): Size | undefined {
  const word = words[0];
  if (words.length !== 1 || word === undefined) {
    const hint = words[0] === 'until' ? undefined : 'a number, a prefix type, * or an expression';
    r.source.error(
      words[0] === 'until' ? 'UNSUPPORTED' : 'BAD_TYPE',
      node,
      `"${text}": cannot read the size "${words.join(' ')}"`,
      hint,
    );
    return undefined;
  }
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
  const [first, second] = words;
  if (lists.length === 1 && words.length === 2) {
    if (second === 'yyMMddHHmmss' && (first === 'u8' || first === 'bcd'))
      return { kind: 'time', form: first, zone: r.zone };
    const word = intType(first!, r.endian);
    if (word !== undefined && !word.signed && (second === 's' || second === 'ms')) {
      return { kind: 'time', form: 'count', word, perUnit: second === 's' ? 1000 : 1 };
    }
  }
  const hint = 'time(u32 s), time(u64 ms), time(u8 yyMMddHHmmss) or time(bcd yyMMddHHmmss)';
  r.source.error('BAD_TYPE', node, `cannot read the time "${text}"`, hint);
  return undefined;
}

/** `bits: u16` with `fields: { name: width }`. */
export function resolveBits(r: Resolver, map: Mapping): BitsType | undefined {
  const wordNode = map.at('bits');
  const word = intType(scalarText(wordNode) ?? '', r.endian);
  if (word === undefined || word.signed || word.bytes > 4) {
    r.source.error('BAD_TYPE', wordNode, `bits must be u8, u16, u24 or u32, got ${kindOf(wordNode)}`);
    return undefined;
  }
  if (!map.has('fields')) {
    map.missing('fields', `fields: { spare: ${word.bytes * 8} }`);
    return undefined;
  }
  const fields = Mapping.of(r.source, map.at('fields'), `bits of ${map.label}`);
  if (fields === undefined) return undefined;
  const lowFirst = map.flag('lsb');
  const total = word.bytes * 8;
  const bits: Bit[] = [];
  let used = 0;
  for (const { key, place, value } of fields.entries()) {
    const width = fields.number(key);
    if (width === undefined) continue;
    if (!Number.isInteger(width) || width < 1 || width > 32) {
      r.source.error('BAD_VALUE', value, `bit field "${key}" cannot be ${width} wide`, 'a whole number from 1');
      continue;
    }
    if (!isName(key)) r.badName(place, key);
    bits.push({ name: key, width, shift: lowFirst ? used : total - used - width, spare: key === 'spare' });
    used += width;
  }
  if (used !== total) {
    const hint = used < total ? `spare: ${total - used}` : `${used - total} too many`;
    r.source.error(
      'BITS_FILL',
      map.at('bits'),
      `bits: ${scalarText(wordNode)} needs ${total} bits, fields give ${used}`,
      hint,
    );
    return undefined;
  }
  return { kind: 'bits', word, bits };
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
  if (text === 'ascii' || text === 'utf8' || text === 'latin1') return text;
  if (text === 'gbk')
    r.source.error('UNSUPPORTED', map.at(key), 'the character set "gbk" is not supported by this version');
  else r.source.error('BAD_VALUE', map.at(key), `unknown character set "${text}"`, 'ascii, utf8 or latin1');
  return undefined;
}
