/** Two types of one field: what its bytes are, and what code sees of them. */
import type { BitsType, EnumSet, FlagSet, FlagsType, IntType, ListType, Size, Struct, Type } from '../model/model.js';
import { hexText } from '../model/text-model.js';
import { compareAttributes, compareFields } from './compare-fields.js';
import type { Findings, Place } from './findings.js';
import { showBitAuto, showExpr, showSize, showTemplate, showType } from './show.js';

/** Kinds of the same bytes, which differ only in code. */
const ALIKE: readonly (readonly string[])[] = [
  ['hex', 'bytes'],
  ['int', 'bits', 'flags'],
];

export function compareTypes(found: Findings, at: Place, old: Type, now: Type): void {
  if (old.kind !== now.kind) {
    compareKinds(found, at, old, now);
    return;
  }
  switch (old.kind) {
    case 'int':
      compareInts(found, at, old, now as IntType);
      return;
    case 'float':
      found.changed('TYPE_CHANGED', at, `f${old.bytes * 8}`, `f${(now as typeof old).bytes * 8}`);
      found.changed('ENDIAN_CHANGED', at, old.endian, (now as typeof old).endian);
      return;
    case 'varint':
      found.changed('TYPE_CHANGED', at, showType(old), showType(now));
      found.bound(at, old.max, (now as typeof old).max, n => `${n} bytes`);
      return;
    case 'hexint':
      found.changed('TYPE_CHANGED', at, hexText(old), hexText(now as typeof old));
      return;
    case 'bits':
      compareWords(found, at, old, now as typeof old);
      compareMembers(found, at, bitsOf(old), bitsOf(now as typeof old));
      compareBitAutos(found, at, old, now as typeof old);
      return;
    case 'flags':
      compareWords(found, at, old, now as typeof old);
      compareFlags(found, at, old.set, (now as typeof old).set);
      return;
    case 'text':
      found.changed('CHARSET_CHANGED', at, old.charset, (now as typeof old).charset);
      compareSizes(found, at, old.size, (now as typeof old).size);
      return;
    case 'hex':
    case 'bytes':
      compareSizes(found, at, old.size, (now as typeof old).size);
      return;
    case 'list':
      compareLists(found, at, old, now as typeof old);
      return;
    case 'sized':
      found.changed('SIZE_CHANGED', at, showType(old.prefix), showType((now as typeof old).prefix));
      compareTypes(found, at, old.type, (now as typeof old).type);
      return;
    case 'tlv':
      compareSizes(found, at, old.size, (now as typeof old).size);
      compareStructs(found, at, old.struct, (now as typeof old).struct);
      return;
    case 'struct':
      compareStructs(found, at, old.struct, (now as typeof old).struct);
      return;
    case 'clock':
    case 'date':
      found.changed('TYPE_CHANGED', at, showType(old), showType(now));
      return;
    case 'moment':
      found.changed('TYPE_CHANGED', at, showType(old), showType(now));
      found.changed('ZONE_CHANGED', at, ...zones(old, now as typeof old));
      return;
    case 'time':
      found.changed('TYPE_CHANGED', at, showType(old), showType(now));
      if (old.form === 'u8' || old.form === 'bcd') found.changed('ZONE_CHANGED', at, ...zones(old, now as typeof old));
      else if (old.form === 'count' && (now as typeof old).form === 'count')
        found.changed('ENDIAN_CHANGED', at, old.word.endian, (now as typeof old).word.endian);
      return;
    case 'magic':
      found.changed('MARKER_CHANGED', at, showType(old), showType(now));
      return;
    case 'check':
      found.changed('CHECKSUM_CHANGED', at, showType(old), showType(now));
      found.changed('ENDIAN_CHANGED', at, old.word.endian, (now as typeof old).word.endian);
      return;
    default:
      found.others('TYPE_CHANGED', at, old, now, new Set());
  }
}

function compareKinds(found: Findings, at: Place, old: Type, now: Type): void {
  const [was, is] = [writtenOf(old), writtenOf(now)];
  if (was !== undefined && is !== undefined && showType(was) === showType(is)) {
    found.add('VALUE_TYPE_CHANGED', at, showType(old), showType(now));
    return;
  }
  const alike = ALIKE.some(kinds => kinds.includes(old.kind) && kinds.includes(now.kind));
  const [a, b] = [wordOf(old), wordOf(now)];
  if (!alike || (a === undefined) !== (b === undefined)) found.add('TYPE_CHANGED', at, showType(old), showType(now));
  else {
    found.add('VALUE_TYPE_CHANGED', at, showType(old), showType(now));
    if (a !== undefined && b !== undefined) compareInts(found, at, a, b);
    else if ('size' in old && 'size' in now) compareSizes(found, at, old.size as Size, now.size as Size);
  }
}

/** How a whole number of text is written, whatever code sees of it. */
function writtenOf(type: Type): Type | undefined {
  if (type.kind === 'bits' || type.kind === 'flags') return type.spelled;
  return type.kind === 'whole' || type.kind === 'hexint' ? type : undefined;
}

function wordOf(type: Type): IntType | undefined {
  if (type.kind === 'int') return type;
  return type.kind === 'bits' || type.kind === 'flags' ? type.word : undefined;
}

/** How the number of bits is written. */
function compareWords(found: Findings, at: Place, old: BitsType | FlagsType, now: BitsType | FlagsType): void {
  if (old.spelled === undefined || now.spelled === undefined) compareInts(found, at, old.word, now.word);
  else found.changed('TYPE_CHANGED', at, showType(old.spelled), showType(now.spelled));
}

function compareInts(found: Findings, at: Place, old: IntType, now: IntType): void {
  const name = (t: IntType): string => `${t.signed ? 'i' : 'u'}${t.bytes * 8}`;
  found.changed('TYPE_CHANGED', at, name(old), name(now));
  if (old.bytes > 1 && now.bytes > 1) found.changed('ENDIAN_CHANGED', at, old.endian, now.endian);
  if (old.bigint !== now.bigint) {
    const kind = (t: IntType): string => (t.bigint ? 'bigint' : 'number or bigint');
    found.add('VALUE_TYPE_CHANGED', at, kind(old), kind(now));
  }
}

function compareLists(found: Findings, at: Place, old: ListType, now: ListType): void {
  const packing = (t: ListType): string => (t.packed === true ? 'eight a byte' : 'one a byte');
  const last = (t: ListType): string | undefined => t.last && showExpr(t.last);
  compareSizes(found, at, old.size, now.size);
  found.changed('SIZE_CHANGED', at, last(old), last(now));
  found.changed('TYPE_CHANGED', at, packing(old), packing(now));
  if (old.repeat !== undefined && now.repeat !== undefined) {
    const often = ({ min, max }: NonNullable<ListType['repeat']>): string => `${min}..${max}`;
    const wider = now.repeat.min <= old.repeat.min && now.repeat.max >= old.repeat.max;
    found.changed(wider ? 'VALID_WIDENED' : 'VALID_NARROWED', at, often(old.repeat), often(now.repeat));
  }
  compareTypes(found, at, old.item, now.item);
}

function compareSizes(found: Findings, at: Place, old: Size, now: Size): void {
  found.changed('SIZE_CHANGED', at, showSize(old), showSize(now));
}

function zones(old: { readonly zone?: number }, now: { readonly zone?: number }): [string, string] {
  const show = (minutes = 0): string => `${minutes < 0 ? '-' : '+'}${Math.abs(minutes)} minutes`;
  return [show(old.zone), show(now.zone)];
}

interface Member {
  readonly name: string;
  /** The number, bit or run of bits that has this name. */
  readonly value: string;
}

/** Bits by where they stand; `spare` ones have no name. */
function bitsOf(type: BitsType): Member[] {
  return type.bits
    .filter(b => !b.spare)
    .map(b => ({
      name: b.name,
      value: b.width === 1 ? `bit ${b.shift}` : `bits ${b.shift} to ${b.shift + b.width - 1}`,
    }));
}

/** What encoders compute bits from, where they are still there. */
function compareBitAutos(found: Findings, at: Place, old: BitsType, now: BitsType): void {
  for (const { name, auto } of old.bits) {
    const same = now.bits.find(b => b.name === name);
    if (same === undefined) continue;
    const place = { ...at, field: at.field === undefined ? name : `${at.field}.${name}` };
    found.changed('AUTO_CHANGED', place, showBitAuto(auto), showBitAuto(same.auto));
  }
}

export function compareEnums(found: Findings, at: Place, old: EnumSet, now: EnumSet): void {
  found.changed('TYPE_RENAMED', at, old.name, now.name);
  if (!found.firstTime('enum', old.name, now.name)) return;
  const numbers = (set: EnumSet): Member[] => set.members.map(m => ({ name: m.name, value: String(m.value) }));
  compareMembers(found, { type: old.name }, numbers(old), numbers(now));
}

function compareFlags(found: Findings, at: Place, old: FlagSet, now: FlagSet): void {
  found.changed('TYPE_RENAMED', at, old.name, now.name);
  if (!found.firstTime('flags', old.name, now.name)) return;
  const bits = (set: FlagSet): Member[] => set.bits.map(b => ({ name: b.name, value: `bit ${b.bit}` }));
  compareMembers(found, { type: old.name }, bits(old), bits(now));
}

function compareMembers(found: Findings, at: Place, old: readonly Member[], now: readonly Member[]): void {
  const place = (name: string): Place => ({ ...at, field: at.field === undefined ? name : `${at.field}.${name}` });
  const renamed = new Set<string>();
  for (const { name, value } of old) {
    const same = now.find(m => m.name === name);
    const heir = now.find(m => m.value === value && !old.some(o => o.name === m.name));
    if (same !== undefined) found.changed('MEMBER_CHANGED', place(name), value, same.value);
    else if (heir === undefined) found.add('MEMBER_REMOVED', place(name), value);
    else {
      renamed.add(heir.name);
      found.add('MEMBER_RENAMED', place(name), name, heir.name);
    }
  }
  for (const { name, value } of now)
    if (!old.some(m => m.name === name) && !renamed.has(name)) found.add('MEMBER_ADDED', place(name), undefined, value);
}

function compareStructs(found: Findings, at: Place, old: Struct, now: Struct): void {
  found.changed('TYPE_RENAMED', at, old.name, now.name);
  if (!found.firstTime('type', old.name, now.name)) return;
  const place = { type: old.name };
  const line = (s: Struct): string | undefined => s.text && showTemplate(s.text, false);
  found.changed('TEMPLATE_CHANGED', place, line(old), line(now));
  if (old.tlv === undefined && now.tlv === undefined) compareFields(found, place, old.fields, now.fields, 'closed');
  else if (old.tlv === undefined || now.tlv === undefined)
    found.add(
      'TYPE_CHANGED',
      at,
      ...([old, now].map(s => (s.tlv === undefined ? 'fields' : 'tagged items')) as [string, string]),
    );
  else compareItems(found, place, old.tlv, now.tlv);
}

type Tlv = NonNullable<Struct['tlv']>;

function compareItems(found: Findings, place: Place, old: Tlv, now: Tlv): void {
  const form = ({ tag, size, sizeFirst, counted, keepsTail }: Tlv): string => {
    const words = sizeFirst ? `size ${showWord(size)}, tag ${showWord(tag)}` : `${showWord(tag)} ${showWord(size)}`;
    return `${words}${counted === 0 ? '' : `, size counts ${counted} more`}${keepsTail ? ', tail kept' : ''}`;
  };
  found.changed('ITEM_FORM_CHANGED', place, form(old), form(now));
  for (const a of old.items) {
    const at = { ...place, field: a.name };
    const b = now.items.find(i => i.name === a.name);
    const heir = now.items.find(i => i.tag === a.tag && !old.items.some(o => o.name === i.name));
    if (b === undefined) {
      if (heir === undefined) found.add('ITEM_REMOVED', at, showType(a.field.type));
      else found.add('FIELD_RENAMED', at, a.name, heir.name);
      continue;
    }
    found.changed('TAG_CHANGED', at, String(a.tag), String(b.tag));
    if (a.repeats !== b.repeats) found.add('ITEM_REPEATS_CHANGED', at, once(a.repeats), once(b.repeats));
    if (a.required !== b.required) found.add(b.required ? 'ITEM_REQUIRED' : 'ITEM_OPTIONAL', at);
    compareTypes(found, at, a.field.type, b.field.type);
    compareAttributes(found, at, a.field, b.field);
  }
  for (const b of now.items)
    if (!old.items.some(a => a.name === b.name || (a.tag === b.tag && !now.items.some(i => i.name === a.name))))
      found.add('ITEM_ADDED', { ...place, field: b.name }, undefined, showType(b.field.type));
}

const once = (repeats: boolean): string => (repeats ? 'a list' : 'one');
const showWord = (word: IntType): string => showType(word);
