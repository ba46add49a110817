/** Fields of text, and the elements around them. */
import { elementKeys } from '../schema/keys.js';
import { type Entry, kindOf, Mapping, scalarText } from '../schema/mapping.js';
import { isMap, isScalar, type Place } from '../schema/source.js';
import { checkOneKind } from './check-attributes.js';
import type { CheckType, Field, ListType, Type, Valid } from './model.js';
import { isName, pascal } from './names.js';
import { resolveWrittenBits } from './resolve-bits.js';
import { addField, checkType, enumOf, flagsType, interval, validOf } from './resolve-fields.js';
import { holdsLiteral } from './resolve-template.js';
import { resolveWritten } from './resolve-text-type.js';
import type { Resolver } from './resolver.js';
import { type HexNumberType, hexMost, hexText, isLettered, type WholeType, type WordSet } from './text-model.js';

/** Where a field stands: what else may be said about it depends on that. */
export type TextPlace = 'layout' | 'message' | 'group' | 'type';

const COMMON = ['type', 'doc', 'const', 'valid', 'in', 'enum', 'open', 'default', 'unit', 'secret', 'trim'];
const MASKS = ['flags', 'bits', 'fields', 'lsb'];
const READERS = ['since', 'until', 'deprecated', 'example'];
const ALLOWED: Readonly<Record<TextPlace, readonly string[]>> = {
  layout: [
    ...COMMON.filter(key => key !== 'enum' && key !== 'open' && key !== 'trim'),
    ...READERS,
    'role',
    'check',
    'over',
    'as',
    'bad',
    'missing',
    'csv',
    'short',
    'kv',
    'json',
    'id',
  ],
  message: [...COMMON, ...READERS, ...MASKS, 'optional', 'none', 'between', 'auto', 'group', 'repeat'],
  group: [...COMMON, ...READERS, ...MASKS, 'optional', 'none', 'between'],
  type: [...COMMON, ...READERS, ...MASKS],
};

function plainField(name: string, place: Place, type: Type): Field {
  return { name, place, type, bad: 'drop', trim: false, secret: false };
}

/** @param owner name that enumerations and groups in place are called after */
export function resolveTextFields(r: Resolver, map: Mapping, owner: string, place: TextPlace): Field[] | undefined {
  const fields: Field[] = [];
  const seen = new Set<string>();
  let whole = true;
  for (const entry of map.entries()) {
    if (seen.has(entry.key)) continue;
    seen.add(entry.key);
    const field = resolveTextField(r, entry, owner, place);
    if (field === undefined) whole = false;
    else addField(r, fields, field, map.label);
  }
  return whole ? fields : undefined;
}

/** What only frames of bytes have. */
const TEXT_ROLES = {
  serial: 'role: id; in text, a counter is a field like others',
  identity: 'role: id; in text, who the frame is about is a field like others',
};

function resolveTextField(r: Resolver, entry: Entry, owner: string, place: TextPlace): Field | undefined {
  const { key, value } = entry;
  if (!isName(key)) {
    r.badName(entry.place, key);
    return undefined;
  }
  if (isScalar(value)) {
    const type = resolveWritten(r, value);
    return type === undefined ? undefined : plainField(key, entry.place, type);
  }
  if (!isMap(value)) {
    r.source.error('SHAPE', value ?? entry.place, `field ${key} must be a type or a map, got ${kindOf(value)}`);
    return undefined;
  }
  const map = Mapping.known(r.source, value, `field ${key}`, elementKeys);
  if (map === undefined) return undefined;
  for (const { key: attribute, place: at } of map.entries()) {
    if (!Object.hasOwn(elementKeys, attribute) || ALLOWED[place].includes(attribute)) continue;
    const where = { layout: 'an element of text', message: 'a field of text', group: 'a group', type: 'a text type' };
    r.source.error('BAD_VALUE', at, `"${attribute}" has no meaning in ${where[place]}`);
  }
  const type = typeOf(r, map, owner, key, place);
  return type === undefined ? undefined : withAttributes(r, map, plainField(key, entry.place, type), owner);
}

function typeOf(r: Resolver, map: Mapping, owner: string, name: string, place: TextPlace): Type | undefined {
  if (place === 'layout' && map.has('check')) return checkOf(r, map);
  if (place === 'layout' && (map.has('csv') || map.has('kv') || map.has('json'))) return { kind: 'body' };
  if (place === 'message' && map.has('group')) return groupOf(r, map, owner, name);
  if (place !== 'layout' && (map.has('bits') || map.has('fields')) && !checkOneKind(r, map)) return undefined;
  if (place !== 'layout' && map.has('bits')) return resolveWrittenBits(r, map);
  if (map.has('type')) {
    const type = resolveWritten(r, map.at('type'));
    if (place === 'type' && type?.kind === 'bool')
      r.source.error('BAD_VALUE', map.at('type'), 'a bool cannot stand in a text type', 'enum: { on: "1", off: "0" }');
    return type === undefined || place === 'layout' || !map.has('flags') ? type : flagsOf(r, map, type);
  }
  // What has no meaning there has been said.
  if (map.has('bits')) return undefined;
  map.missing('type', place === 'layout' ? 'type: char, or check:, csv:, kv:, json:' : 'type: word, or group:');
  return undefined;
}

/** A number whose bits have names. */
function flagsOf(r: Resolver, map: Mapping, type: Type): Type | undefined {
  if (map.has('enum')) r.source.error('BAD_VALUE', map.at('enum'), 'a field has either "enum" or "flags"');
  return flagsType(r, map, type, true);
}

function checkOf(r: Resolver, map: Mapping): CheckType | undefined {
  const as = map.text('as');
  const check = checkType(r, map, false);
  if (check === undefined) return undefined;
  if (as === `hex${check.algorithm.bytes * 2}`) return { ...check, digits: true };
  const hint = `as: hex${check.algorithm.bytes * 2}`;
  r.source.error('BAD_VALUE', map.at('as') ?? map.node, 'a checksum in text is written in hexadecimal digits', hint);
  return undefined;
}

/** Columns that repeat together. */
function groupOf(r: Resolver, map: Mapping, owner: string, name: string): ListType | undefined {
  const members = Mapping.of(r.source, map.at('group'), `group ${name}`, 'field');
  const fields = members === undefined ? undefined : resolveTextFields(r, members, `${owner}${pascal(name)}`, 'group');
  if (!map.has('repeat')) map.missing('repeat', 'repeat: 0..4');
  const by = /^[A-Za-z]\w*$/.test(map.text('repeat') ?? '') ? map.text('repeat') : undefined;
  const repeat =
    by !== undefined
      ? { min: 0, max: r.limits.list, by }
      : map.has('repeat')
        ? interval(r, map.at('repeat')!)
        : undefined;
  if (fields === undefined || repeat === undefined) return undefined;
  if (fields.length === 0) {
    r.source.error('SHAPE', map.at('group'), `group ${name} has no fields`);
    return undefined;
  }
  if (!Number.isInteger(repeat.min) || !Number.isInteger(repeat.max) || repeat.min < 0 || repeat.max > r.limits.list) {
    const text = `repeat: ${map.text('repeat')} is no number of items up to ${r.limits.list}`;
    r.source.error('BAD_VALUE', map.at('repeat'), text, 'repeat: 0..4, and limits.list for more');
    return undefined;
  }
  const struct = r.addGroup({ name: `${owner}${pascal(name)}`, fields, outer: [] });
  return { kind: 'list', item: { kind: 'struct', struct }, size: { kind: 'rest' }, repeat };
}

function withAttributes(r: Resolver, map: Mapping, plain: Field, owner: string): Field {
  const field: Growing = { ...plain, secret: map.flag('secret') };
  const { type } = plain;
  const doc = map.text('doc');
  if (doc !== undefined) field.doc = doc;
  const unit = map.text('unit');
  if (unit !== undefined) field.unit = unit;
  const role = map.has('role') ? map.choice('role', ['id'] as const, TEXT_ROLES) : undefined;
  if (role !== undefined) field.role = role;
  if (map.flag('optional')) field.optional = true;
  if (map.has('missing')) field.missing = map.choice('missing', ['allow'] as const) === 'allow';
  if (map.has('bad')) field.bad = map.choice('bad', ['drop', 'warn'] as const) ?? 'drop';
  if (map.has('in')) amongOf(r, map, field);
  if (map.has('enum')) namesOf(r, map, field, owner);
  if (map.has('none')) noneOf(r, map, field);
  if (map.has('trim')) trimOf(r, map, field);
  if (map.has('between')) betweenOf(r, map, field);
  if (map.has('auto')) countOf(r, map, field);
  const valid = validOf(r, map);
  if (valid !== undefined && validFits(r, map, type, valid.min !== undefined) && validHolds(r, map, type, valid))
    field.valid = valid;
  constantOf(r, map, field);
  defaultOf(r, map, field);
  if (field.optional === true && field.default !== undefined) {
    const text = 'a field with a default is always written, so it cannot be optional';
    r.source.error('BAD_VALUE', map.at('default'), text, 'without "optional", or without "default"');
  }
  return field;
}

type Growing = { -readonly [K in keyof Field]: Field[K] };

/** What stands in a column for no value. */
function noneOf(r: Resolver, map: Mapping, field: Growing): void {
  const text = map.text('none');
  const twin = field.words?.members.find(m => m.word === text);
  if (text === undefined || text === '' || /[\r\n]/.test(text))
    r.source.error('BAD_VALUE', map.at('none'), 'none is the text that stands for no value', 'none: NA');
  else if (twin !== undefined)
    r.source.error('BAD_VALUE', map.at('none'), `none: "${text}" is "${twin.name}" of ${map.label} already`);
  else if (map.has('const') || map.has('default'))
    r.source.error('BAD_VALUE', map.at('none'), `none: ${map.label} has always a value`, 'leave "none" out');
  else if (field.type.kind === 'rest' || field.type.kind === 'list')
    r.source.error(
      'BAD_VALUE',
      map.at('none'),
      `none: ${map.label} is a ${field.type.kind}, of which any text may be a part`,
    );
  else {
    field.noneText = text;
    field.optional = true;
  }
}

function trimOf(r: Resolver, map: Mapping, field: Growing): void {
  if (map.choice('trim', ['spaces'] as const) === undefined) return;
  if (isWhole(field.type) || field.type.kind === 'decimal') field.spaced = true;
  else
    r.source.error(
      'BAD_VALUE',
      map.at('trim'),
      `trim: spaces is for numbers; in text, spaces are part of ${map.label}`,
    );
}

/** Several values in one column. */
function betweenOf(r: Resolver, map: Mapping, field: Growing): void {
  const text = map.text('between');
  const others = ['enum', 'const', 'default', 'valid', 'in', 'flags', 'bits', 'auto', 'trim'].filter(key =>
    map.has(key),
  );
  const item = field.type;
  if (others.length > 0)
    r.source.error(
      'BAD_VALUE',
      map.at('between'),
      `"${others[0]}" has no meaning for several values`,
      'a text type of one field, which has it',
    );
  else if (text?.length !== 1 || /[\w\r\n.+-]/.test(text))
    r.source.error('BAD_VALUE', map.at('between'), 'between is one character, and no part of a value', 'between: "|"');
  else if (item.kind === 'rest' || item.kind === 'list' || item.kind === 'bool')
    r.source.error(
      'BAD_VALUE',
      map.at('between'),
      `between: a ${item.kind} cannot come several times in one place`,
      'chars(*)',
    );
  else if (holdsLiteral(field, text))
    r.source.error(
      'BAD_VALUE',
      map.at('between'),
      `between: "${text}" stands in the type of ${map.label} too`,
      'between: "|"',
    );
  else field.type = { kind: 'list', item, size: { kind: 'rest' }, between: text };
}

/** A column that counts groups. */
function countOf(r: Resolver, map: Mapping, field: Growing): void {
  const of = /^\s*count\(\s*(\w+)\s*\)\s*$/.exec(map.text('auto') ?? '')?.[1];
  const hint = 'n: { type: int, auto: count(points) }, points: { group: ..., repeat: n }';
  if (of === undefined || !isWhole(field.type) || field.enum !== undefined)
    r.source.error('BAD_VALUE', map.at('auto'), 'in text, auto is the count of groups in whole numbers', hint);
  else field.auto = { kind: 'count', of };
}

function amongOf(r: Resolver, map: Mapping, field: { type: Type; among?: string }): void {
  const text = map.text('in');
  if (field.type.kind === 'chars' && text !== undefined && text !== '') field.among = text;
  else r.source.error('BAD_VALUE', map.at('in'), '"in" is the set of characters of a char or chars', 'in: NS');
}

/** Names for words, or for whole numbers. */
function namesOf(r: Resolver, map: Mapping, field: Growing, owner: string): void {
  const node = map.at('enum');
  if (isWhole(field.type)) {
    const set = enumOf(
      r,
      map,
      { ...field, type: { kind: 'int', bytes: 6, signed: true, endian: 'big', bigint: false } },
      owner,
    );
    if (set === undefined) return;
    field.enum = { set, open: map.flag('open') };
    const wide = set.members.find(m => !holds(field.type, m.value));
    if (wide === undefined) return;
    const text = `"${wide.name}" (${wide.value}) of ${set.name} does not fit ${spelling(field.type)}`;
    r.source.error('BAD_VALUE', node, text, WIDTHS);
    return;
  }
  if (!isLettered(field.type) || !isMap(node)) {
    const text = isMap(node) ? 'only text and whole numbers can have an enumeration' : 'names for text stand in place';
    r.source.error('BAD_TYPE', node, text, 'enum: { valid: A, void: V }');
    return;
  }
  if (map.flag('open')) r.source.error('BAD_VALUE', map.at('open'), '"open" is for enumerations of numbers');
  const members: { name: string; word: string }[] = [];
  for (const { key, place, value } of new Mapping(r.source, node, `enum of ${map.label}`).entries()) {
    const word = scalarText(value);
    const twin = members.find(m => m.word === word);
    if (word === undefined)
      r.source.error('SHAPE', value ?? place, `enum of ${map.label}: "${key}" must be text, got ${kindOf(value)}`);
    else if (twin !== undefined)
      r.source.error('DUPLICATE_NAME', place, `enum of ${map.label}: ${word} is taken by "${twin.name}"`);
    else if (field.type.kind === 'word' && (word === '' || word.includes(' ')))
      r.source.error(
        'BAD_VALUE',
        value ?? place,
        `enum of ${map.label}: "${word}" is no word`,
        'chars(*) can have spaces',
      );
    else if (field.type.kind === 'chars' && field.type.count !== 'rest' && word.length !== field.type.count) {
      const { count } = field.type;
      const text = `enum of ${map.label}: the text of "${key}" is ${word.length} long, and the field ${count}`;
      r.source.error('BAD_VALUE', value ?? place, text, 'chars(*) is as long as its text');
    } else members.push({ name: key, word });
  }
  const words: WordSet = { name: `${owner}${pascal(field.name)}`, members };
  field.words = words;
}

/** Whole numbers, in either kind of digits. */
function isWhole(type: Type): type is WholeType | HexNumberType {
  return type.kind === 'whole' || type.kind === 'hexint';
}

/** Whether the digits can say a number. */
function holds(type: Type, v: number): boolean {
  return Number.isSafeInteger(v) && (type.kind !== 'hexint' || (v >= 0 && v <= hexMost(type)));
}

const spelling = (type: Type): string => (type.kind === 'hexint' ? hexText(type) : 'int');
const WIDTHS = 'two digits for each byte: hexint(4) is 0 to 0xffff';

function isNumber(type: Type): boolean {
  return isWhole(type) || type.kind === 'decimal' || type.kind === 'dm' || type.kind === 'degrees';
}

function validFits(r: Resolver, map: Mapping, type: Type, isRange: boolean): boolean {
  const what = isLettered(type) ? 'text' : isNumber(type) ? 'a number' : 'neither number nor text';
  if (isRange ? what === 'a number' : what === 'text') return true;
  const hint = what === 'text' ? 'valid: { len: 1..20, match: "^[a-z]+$" }' : 'valid: 1..20';
  const form = isRange ? 'a range' : 'len and match';
  const text = `valid: ${form} does not fit ${map.label}, which is ${what}`;
  r.source.error('BAD_VALUE', map.at('valid'), text, what.startsWith('neither') ? 'numbers and text have it' : hint);
  return false;
}

/** No value outside of what the digits can say, nor a number of characters that the type never has. */
function validHolds(r: Resolver, map: Mapping, type: Type, { min, max, len }: Valid): boolean {
  const { length } = type.kind === 'chars' && type.count !== 'rest' ? { length: type.count } : {};
  if (type.kind === 'hexint' && min !== undefined && max !== undefined && !(holds(type, min) && holds(type, max))) {
    const text = `valid: ${min}..${max} is more than ${hexText(type)} can say`;
    r.source.error('BAD_VALUE', map.at('valid'), text, `0..0x${hexMost(type).toString(16)}`);
    return false;
  }
  if (length === undefined || len === undefined || (length >= len.min && length <= len.max)) return true;
  const text = `valid: ${map.label} always has ${length} characters, not ${len.min}..${len.max}`;
  r.source.error('BAD_VALUE', map.at('valid'), text, 'chars(*) has as many as there are');
  return false;
}

/** Whether a text can stand where its field does. */
function canBe({ type, among, valid }: Field, text: string): boolean {
  const { len, match } = valid ?? {};
  if (type.kind !== 'rest' && text === '') return false;
  if (type.kind === 'word' && text.includes(' ')) return false;
  if (type.kind === 'chars' && type.count !== 'rest' && text.length !== type.count) return false;
  if (among !== undefined && [...text].some(c => !among.includes(c))) return false;
  if (len !== undefined && (text.length < len.min || text.length > len.max)) return false;
  return match === undefined || new RegExp(match, 'u').test(text);
}

/** What a text must be like. */
function formOf({ type, valid, among }: Field): string {
  if (valid !== undefined || among !== undefined) return 'what "valid" and "in" let through';
  if (type.kind === 'word') return 'one word';
  return type.kind === 'chars' && type.count !== 'rest' ? 'as many characters as the type has' : 'some text';
}

function constantOf(r: Resolver, map: Mapping, field: Growing): void {
  if (!map.has('const')) return;
  const { type } = field;
  if (isLettered(type)) {
    const text = map.text('const');
    if (text !== undefined && text !== '' && canBe(field, text)) field.constantText = text;
    else r.source.error('BAD_VALUE', map.at('const'), `const cannot be "${text}"`, formOf(field));
  } else if (isWhole(type)) {
    const constant = map.number('const');
    const { min = constant, max = constant } = field.valid ?? {};
    if (constant !== undefined && holds(type, constant) && constant >= min! && constant <= max!)
      field.constant = constant;
    else if (constant !== undefined) {
      const all = type.kind === 'whole' ? 'a whole number' : `a whole number from 0 to 0x${hexMost(type).toString(16)}`;
      const what = field.valid?.min === undefined ? all : `${min}..${max}`;
      r.source.error('BAD_VALUE', map.at('const'), `const cannot be ${constant}`, what);
    }
  } else r.source.error('BAD_VALUE', map.at('const'), 'only text and whole numbers can be constant');
}

function defaultOf(r: Resolver, map: Mapping, field: Growing): void {
  const node = map.at('default');
  if (node === undefined) return;
  if (field.type.kind === 'flags' || field.type.kind === 'bits') {
    r.source.error('BAD_VALUE', node, '"default" has no meaning for bits: those that are not given are 0');
    return;
  }
  if (field.type.kind === 'struct' && field.type.struct.degrees === undefined) {
    r.source.error(
      'BAD_VALUE',
      node,
      `"default" has no meaning for "${field.type.struct.name}", which has fields of its own`,
    );
    return;
  }
  const wantsNumber = !isLettered(field.type) && field.type.kind !== 'bool' && field.enum === undefined;
  const value = isScalar(node)
    ? wantsNumber || field.type.kind === 'bool'
      ? node.value
      : scalarText(node)
    : undefined;
  const named = field.words?.members.map(m => m.name) ?? field.enum?.set.members.map(m => m.name);
  const fits =
    typeof value === (wantsNumber ? 'number' : field.type.kind === 'bool' ? 'boolean' : 'string') &&
    (!wantsNumber || canBeNumber(field, Number(value))) &&
    (named === undefined ? !isLettered(field.type) || canBe(field, String(value)) : named.includes(String(value)));
  const hint = named?.join(', ') ?? (isLettered(field.type) ? formOf(field) : undefined);
  if (fits) field.default = value as number | string | boolean;
  else r.source.error('BAD_VALUE', node, `default cannot be ${kindOf(node)}`, hint);
}

function canBeNumber({ type, valid }: Field, v: number): boolean {
  if (isWhole(type) && !holds(type, v)) return false;
  return valid?.min === undefined || (v >= valid.min && v <= valid.max!);
}
