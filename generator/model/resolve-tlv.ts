/** Tagged types: `tag size value`, again and again, in any order. */

import { tlvKeys, tlvTypeKeys } from '../schema/keys.js';
import { kindOf, Mapping, readNames } from '../schema/mapping.js';
import { isMap, type Node, type Place } from '../schema/source.js';
import { nearest } from '../schema/suggest.js';
import { outerNames } from './check-scope.js';
import type { Field, IntType, Struct, Tlv, TlvItem } from './model.js';
import { isName } from './names.js';
import { resolveItem } from './resolve-fields.js';
import { intType } from './resolve-type.js';
import type { Resolver } from './resolver.js';

/** Members that a value has besides its items. */
const RESERVED = ['unknown', 'tail'];

/** @param typeName of the generated type: with parameters, another one for each use */
export function resolveTlv(r: Resolver, map: Mapping, name: string, typeName: string): Struct | undefined {
  const type = Mapping.known(r.source, map.node, `type ${name}`, tlvTypeKeys);
  const tlv = type === undefined ? undefined : Mapping.known(r.source, type.at('tlv'), `tlv of type ${name}`, tlvKeys);
  const of = type === undefined ? undefined : Mapping.of(r.source, type.at('of'), `of of type ${name}`, 'tag');
  if (tlv === undefined || of === undefined) return undefined;
  const tag = wordOf(r, tlv, 'tag');
  const size = wordOf(r, tlv, 'size');
  if (tlv.has('unknown')) tlv.choice('unknown', ['keep'] as const);
  const repeat = namesOf(r, tlv, 'repeat');
  const required = namesOf(r, tlv, 'require');
  if (tag === undefined || size === undefined) return undefined;
  const items: TlvItem[] = [];
  let whole = true;
  for (const entry of of.entries()) {
    const item = resolveTagged(r, entry.key, entry.value, entry.place, tag, typeName);
    if (item === undefined) {
      whole = false;
      continue;
    }
    if (items.some(i => i.tag === item.tag)) {
      r.source.error('DUPLICATE_NAME', entry.place, `tag ${entry.key} is declared twice`, 'one line for each tag');
      continue;
    }
    const twin = items.find(i => i.name === item.field.name);
    if (twin !== undefined || RESERVED.includes(item.field.name)) {
      const why = twin === undefined ? 'is a name of every tagged type' : 'is declared twice';
      r.source.error('DUPLICATE_NAME', entry.place, `item "${item.field.name}" ${why}`, 'choose another name');
      continue;
    }
    if (repeat.includes(item.field.name) && (item.field.enum !== undefined || hasParts(item.field.type))) {
      const what = item.field.enum === undefined ? 'a time of several numbers' : 'an enumeration';
      const text = `item "${item.field.name}": ${what} cannot be repeated in this version`;
      r.source.error('UNSUPPORTED', entry.place, text, 'fields: { value: ... } around it');
    }
    items.push({
      ...item,
      name: item.field.name,
      repeats: repeat.includes(item.field.name),
      required: required.includes(item.field.name),
    });
  }
  const names = items.map(i => i.name);
  for (const [key, wanted] of [
    ['repeat', repeat],
    ['require', required],
  ] as const) {
    for (const n of wanted.filter(x => whole && !names.includes(x))) {
      const near = nearest(n, names);
      r.source.error(
        'UNKNOWN_NAME',
        tlv.at(key),
        `${key}: no item "${n}"`,
        near === undefined ? names.join(', ') : `did you mean "${near}"?`,
      );
    }
  }
  if (!whole) return undefined;
  const form = formOf(tlv, tag, size);
  const keepsTail = tlv.has('tail') && tlv.choice('tail', ['keep'] as const) === 'keep';
  const fields = items.map(i => valueField(i));
  const outer = new Map(items.flatMap(i => outerNames(i.field.type)).map(o => [o.path.join('.'), o]));
  return { name: typeName, fields, tlv: { ...form, items, keepsTail }, outer: [...outer.values()] };
}

/** A calendar time, whose bytes are kept where they are no time. */
const hasParts = (type: Field['type']): boolean => type.kind === 'time' && type.form !== 'count';

/** The field that an item is in the value: a list where it may repeat. */
function valueField({ field, repeats, required }: TlvItem): Field {
  return repeats
    ? { ...field, type: { kind: 'list', item: field.type, size: { kind: 'rest' } }, optional: !required }
    : { ...field, optional: !required };
}

function wordOf(r: Resolver, map: Mapping, key: 'tag' | 'size'): IntType | undefined {
  const text = map.requiredText(key);
  if (text === undefined) return undefined;
  const type = intType(text, r.endian);
  if (type !== undefined && !type.signed && type.bytes <= 4) return type;
  r.source.error('BAD_TYPE', map.at(key), `the ${key} of an item cannot be ${text}`, 'u8, u16, u24 or u32');
  return undefined;
}

/** Which of the two stands in front, and what the size counts. */
function formOf(map: Mapping, tag: IntType, size: IntType): Pick<Tlv, 'tag' | 'size' | 'sizeFirst' | 'counted'> {
  const sizeFirst = map.has('first') && map.choice('first', ['tag', 'size'] as const) === 'size';
  const covers = map.has('covers') ? map.choice('covers', ['value', 'tag..value', 'size..value'] as const) : undefined;
  const head = sizeFirst ? ([size, tag] as const) : ([tag, size] as const);
  const from = head.indexOf(covers === 'tag..value' ? tag : size);
  const counted = covers === undefined || covers === 'value' ? [] : head.slice(from);
  return { tag, size, sizeFirst, counted: counted.reduce((n, { bytes }) => n + bytes, 0) };
}

function namesOf(r: Resolver, map: Mapping, key: string): string[] {
  return map.has(key) ? readNames(r.source, map.at(key), key) : [];
}

function resolveTagged(
  r: Resolver,
  key: string,
  value: Node | undefined,
  place: Place,
  tagType: IntType,
  owner: string,
): { tag: number; field: Field } | undefined {
  const tag = Number(key);
  if (!Number.isInteger(tag) || tag < 0 || tag >= 256 ** tagType.bytes) {
    r.source.error('ID_WIDTH', place, `tag ${key} does not fit u${tagType.bytes * 8}`);
    return undefined;
  }
  if (!isMap(value)) {
    r.source.error('SHAPE', place, `tag ${key} needs a map, got ${kindOf(value)}`, '{ name: temp, type: i16 }');
    return undefined;
  }
  const map = new Mapping(r.source, value, `tag ${key}`);
  const name = map.requiredText('name');
  if (name === undefined) return undefined;
  if (!isName(name)) {
    r.badName(map.placeOf('name'), name);
    return undefined;
  }
  const field = resolveItem(r, name, place, map, owner);
  return field === undefined ? undefined : { tag, field };
}
