/** Fields and layout elements: one line of YAML each, with its attributes. */
import { rangeNamed } from '../schema/expression.js';
import { fieldKeyHabits, roleHabits } from '../schema/habits.js';
import { crcKeys, elementKeys, tlvItemKeys } from '../schema/keys.js';
import { type Entry, kindOf, Mapping, readBytes, readExpression, scalarText } from '../schema/mapping.js';
import { isMap, isScalar, isSeq, type Node, type Place } from '../schema/source.js';
import { checkAlgorithms, checkHint } from './check-algorithms.js';
import { checkAttributes, checkOneKind } from './check-attributes.js';
import { checkConstants, kindName } from './check-constants.js';
import { ID_VARINT } from './check-layout.js';
import { checkRest } from './check-rest.js';
import { checkScope, sizeExpressions } from './check-scope.js';
import { parseFraction } from './fraction.js';
import type {
  Auto,
  Bad,
  CheckAlgorithm,
  CheckType,
  EnumSet,
  Field,
  IntType,
  Lifespan,
  MagicType,
  Range,
  Struct,
  Type,
  Valid,
} from './model.js';
import { isName, pascal } from './names.js';
import { intValue, varintRange } from './numbers.js';
import { resolveBits } from './resolve-bits.js';
import { checkLazy } from './resolve-lazy.js';
import { charsetOf, intType, resolveCase, resolveType } from './resolve-type.js';
import type { Resolver } from './resolver.js';

/** Attributes that only what is written as characters has. */
const TEXT_ONLY = [
  'in',
  'csv',
  'short',
  'group',
  'repeat',
  'kv',
  'json',
  'id',
  'optional',
  'missing',
  'between',
] as const;

/**
 * The fields of a message or layout, with `inline` types opened in place.
 * @param owner name that inline enumerations are called after
 * @param enclosing elements of enclosing scopes that expressions may use
 */
export function resolveFields(
  r: Resolver,
  map: Mapping,
  owner: string,
  enclosing: readonly Field[],
): Field[] | undefined {
  const fields = readFields(r, map, owner);
  if (fields !== undefined) checkScope(r, fields, enclosing);
  return fields;
}

/** The fields of a type, and the names that its expressions take from where it is used. */
export function resolveStruct(r: Resolver, map: Mapping, name: string): Struct | undefined {
  const fields = readFields(r, map, name);
  if (fields === undefined) return undefined;
  for (const field of fields) {
    const text = `"${field.name}" of a type cannot take its value from a request, of which a message alone knows`;
    if (field.from !== undefined) r.source.error('UNSUPPORTED', field.place, text, 'in the message itself');
  }
  return { name, fields, outer: checkScope(r, fields, 'type') };
}

function readFields(r: Resolver, map: Mapping, owner: string): Field[] | undefined {
  const fields: Field[] = [];
  const seen = new Map<string, Entry>();
  let whole = true;
  for (const entry of map.entries()) {
    if (seen.has(entry.key)) continue;
    seen.set(entry.key, entry);
    const field = resolveField(r, entry, owner);
    if (field === undefined) whole = false;
    else for (const f of field) addField(r, fields, f, map.label);
  }
  if (!whole) return undefined;
  checkRest(r, fields);
  return fields;
}

/** By the name of a field or member, the field of a group that has it. */
interface Taken {
  readonly fields: Map<string, Field>;
  readonly members: Map<string, Field>;
}

const taken = new WeakMap<readonly Field[], Taken>();

export function addField(r: Resolver, fields: Field[], field: Field, label: string): void {
  const known = taken.get(fields) ?? { fields: new Map(), members: new Map() };
  taken.set(fields, known);
  const members = membersOf(field);
  const first = known.fields.get(field.name);
  const twice = first === undefined ? members.find(n => known.members.has(n)) : field.name;
  if (twice !== undefined) {
    const at = r.source.lineColumn((first ?? known.members.get(twice)!).place);
    const what = first === undefined ? `"${twice}"` : `field "${twice}"`;
    r.source.error('DUPLICATE_NAME', field.place, `${what} is declared twice in ${label}, first at ${at}`);
    return;
  }
  known.fields.set(field.name, field);
  for (const name of members) known.members.set(name, field);
  fields.push(field);
}

/** A field, or the items of a tagged type that stand in the message themselves. */
export function valuesOf(field: Field): readonly Field[] {
  return field.inline === true && field.type.kind === 'tlv' ? field.type.struct.fields : [field];
}

/** Names that a field brings into the value: those of its type, where that is inlined. */
export function membersOf({ name, type, inline }: Field): string[] {
  if (inline !== true || type.kind !== 'tlv') return [name];
  const { fields, tlv } = type.struct;
  return [...fields.map(f => f.name), 'unknown', '$order', ...(tlv?.keepsTail === true ? ['tail'] : [])];
}

function resolveField(r: Resolver, entry: Entry, owner: string): Field[] | undefined {
  const { key, place, value } = entry;
  if (!isName(key)) {
    r.badName(place, key);
    return undefined;
  }
  if (isScalar(value) && value.value === null) {
    r.source.error('SHAPE', place, `field ${key} has no type`, key === 'body' ? 'body: body' : `${key}: u8`);
    return undefined;
  }
  if (isScalar(value)) {
    const type = resolveType(r, value);
    return type === undefined ? undefined : [{ name: key, place, type, bad: 'drop', trim: false, secret: false }];
  }
  if (!isMap(value)) {
    const hint = isSeq(value)
      ? 'a list of numbers is u8(4), one of types Point(u8)'
      : `${key}: u8, or ${key}: { type: u8, ... }`;
    r.source.error('SHAPE', value ?? place, `field ${key} must be a type or a map, got ${kindOf(value)}`, hint);
    return undefined;
  }
  const map = Mapping.known(r.source, value, `field ${key}`, elementKeys, { habits: fieldKeyHabits });
  if (map === undefined) return undefined;
  checkSupported(r, map);
  const isGroup = map.has('fields') && !map.has('bits') && !map.has('type');
  const type = isGroup ? groupType(r, map, `${owner}${pascal(key)}`) : typeOf(r, map);
  if (type === undefined) return undefined;
  const plain: Field = { name: key, place, type, bad: 'drop', trim: false, secret: false };
  return map.flag('inline') ? inlined(r, map, plain) : [withAttributes(r, map, plain, owner)];
}

/** `part: { if: attrs.split, fields: { total: u16, index: u16 } }`: a type that is used only here. */
export function groupType(r: Resolver, map: Mapping, name: string): Type | undefined {
  const fields = Mapping.of(r.source, map.at('fields'), map.label, 'field');
  const struct = fields === undefined ? undefined : resolveStruct(r, fields, name);
  return struct === undefined ? undefined : { kind: 'struct', struct: r.addGroup(struct) };
}

function checkSupported(r: Resolver, map: Mapping): void {
  for (const key of TEXT_ONLY)
    if (map.has(key)) r.source.error('BAD_VALUE', map.at(key), `"${key}" is for text, and this is for bytes`);
}

/** The value of a tagged item: a field whose name stands among its attributes. */
export function resolveItem(r: Resolver, name: string, place: Place, item: Mapping, owner: string): Field | undefined {
  const map = Mapping.known(r.source, item.node, item.label, { ...tlvItemKeys, ...elementKeys });
  if (map === undefined) return undefined;
  checkSupported(r, map);
  for (const key of [
    'if',
    'auto',
    'const',
    'magic',
    'check',
    'covers',
    'role',
    'inline',
    'lazy',
    'negative',
    'from',
    'default',
  ] as const) {
    if (map.has(key)) r.source.error('BAD_VALUE', map.at(key), `"${key}" has no meaning in a tagged item`);
  }
  const isGroup = map.has('fields') && !map.has('bits') && !map.has('type');
  const type = isGroup ? groupType(r, map, `${owner}${pascal(name)}`) : typeOf(r, map);
  if (type === undefined) return undefined;
  if (sizeExpressions(type).length > 0) {
    const what = `"${name}": an item says how long it is, and nothing else does`;
    r.source.error('UNSUPPORTED', map.at('type'), what, 'str(*), or fields: { size: ..., value: ... }');
  }
  const field = withAttributes(r, map, { name, place, type, bad: 'drop', trim: false, secret: false }, owner);
  if (field.bad === 'warn')
    r.source.error('UNSUPPORTED', map.at('bad'), 'bad: warn in a tagged item is not supported by this version');
  return field;
}

function typeOf(r: Resolver, map: Mapping): Type | undefined {
  if (!checkOneKind(r, map)) return undefined;
  if (map.has('bits')) return resolveBits(r, map);
  if (map.has('magic')) return magicType(r, map);
  if (map.has('check')) return checkType(r, map);
  const node = map.at('type');
  if (node === undefined) {
    map.missing('type', 'type: u16, or bits:, magic:, check:');
    return undefined;
  }
  if (isMap(node)) return resolveCase(r, node);
  const type = resolveType(r, node);
  if (type === undefined) return undefined;
  if (map.has('flags')) return flagsType(r, map, type);
  // An id has bits, which are compared with masks: no more than an engine's own integers have.
  if (type.kind === 'varint' && !map.has('max') && map.text('role') === 'id') return { ...type, max: ID_VARINT };
  if (type.kind === 'varint' && map.has('max')) {
    const max = map.number('max') ?? type.max;
    if (Number.isInteger(max) && max >= 1 && max <= 7) return { ...type, max };
    r.source.error('BAD_VALUE', map.at('max'), `a varint cannot have ${max} bytes`, '1 to 7');
  }
  if (map.has('packed')) {
    map.choice('packed', ['lsb'] as const);
    if (type.kind === 'list' && type.item.kind === 'bool') return { ...type, packed: true };
    r.source.error('BAD_TYPE', map.at('packed'), 'packed is for a list of booleans', 'type: bool(8)');
  }
  if (map.has('encoding')) {
    const charset = charsetOf(r, map, 'encoding');
    if (type.kind === 'text') return charset === undefined ? type : { ...type, charset };
    r.source.error('BAD_TYPE', map.at('encoding'), 'encoding is for text', 'type: str(u8)');
  }
  if (!map.has('as')) return type;
  if (map.text('as') !== 'bigint')
    r.source.error('UNSUPPORTED', map.at('as'), `as: ${map.text('as')} is not supported by this version`);
  else if (type.kind === 'int' && type.bytes >= 7) return { ...type, bigint: true };
  else
    r.source.error(
      'BAD_VALUE',
      map.at('as'),
      'as: bigint is for u56, i56, u64 and i64',
      'every smaller number is a number',
    );
  return type;
}

function inlined(r: Resolver, map: Mapping, plain: Field): Field[] | undefined {
  const { type } = plain;
  if (map.has('lazy'))
    r.source.error('BAD_VALUE', map.at('lazy'), 'lazy: what is inlined is no member of its own', 'without "inline"');
  const secret = map.flag('secret');
  if (type.kind === 'struct' && !map.has('if'))
    return secret ? type.struct.fields.map(f => ({ ...f, secret })) : [...type.struct.fields];
  if (type.kind === 'tlv' && !map.has('if')) return [{ ...plain, inline: true, secret }];
  r.source.error('BAD_VALUE', map.at('inline'), 'inline is for a type of this schema, without "if"');
  return undefined;
}

function magicType(r: Resolver, map: Mapping): MagicType | undefined {
  const node = map.at('magic');
  if (isMap(node)) {
    const forms: { name: string; bytes: Uint8Array }[] = [];
    for (const { key, value } of new Mapping(r.source, node, `magic of ${map.label}`).entries()) {
      const b = value === undefined ? undefined : readBytes(r.source, value, key);
      if (b !== undefined) forms.push({ name: key, bytes: b });
    }
    if (forms.length === 0) return undefined;
    if (forms.some(f => f.bytes.length !== forms[0]!.bytes.length)) {
      r.source.error('UNSUPPORTED', node, 'alternative markers must have the same length');
      return undefined;
    }
    return { kind: 'magic', forms };
  }
  const b = map.bytes('magic');
  if (b === undefined) return undefined;
  if (b.length > 0) return { kind: 'magic', forms: [{ name: '', bytes: b }] };
  r.source.error('BAD_BYTES', node, 'a marker needs at least one byte');
  return undefined;
}

export function checkType(r: Resolver, map: Mapping, isNumber = true): CheckType | undefined {
  const own = isMap(map.at('check'));
  const name = own ? undefined : map.text('check');
  const algorithm = own ? ownCrc(r, map) : checkAlgorithms.find(a => a.name === name);
  if (name !== undefined && algorithm === undefined) {
    r.source.error('UNKNOWN_NAME', map.at('check'), `unknown checksum "${name}"`, checkHint(name));
  }
  const over = rangeOf(r, map, 'over');
  if (!map.has('over')) map.missing('over', 'over: id..body names the elements that it covers');
  if (algorithm === undefined || over === undefined) return undefined;
  let word: IntType = { kind: 'int', bytes: algorithm.bytes, signed: false, endian: r.endian, bigint: false };
  if (isNumber && map.has('as')) {
    const as = intType(map.text('as') ?? '', r.endian);
    if (as === undefined || as.signed || as.bytes < algorithm.bytes || as.bytes > 4) {
      r.source.error(
        'UNSUPPORTED',
        map.at('as'),
        `the checksum cannot be written as "${map.text('as')}"`,
        'an unsigned number that is wide enough',
      );
    } else word = as;
  }
  return { kind: 'check', algorithm, word, over };
}

/** `check: { width: 16, poly: 0x1021, init: 0xffff, refin: true, refout: true, xorout: 0 }`. */
function ownCrc(r: Resolver, map: Mapping): CheckAlgorithm | undefined {
  const crc = Mapping.known(r.source, map.at('check'), `check of ${map.label}`, crcKeys);
  if (crc === undefined) return undefined;
  for (const key of ['width', 'poly']) if (!crc.has(key)) crc.missing(key, 'width: 16, poly: 0x1021');
  const width = intValue(r, crc, 'width', 3, 32);
  if (width === undefined) return undefined;
  const most = 2 ** width - 1;
  const number = (key: string): number => intValue(r, crc, key, 0, most) ?? 0;
  const parameters = {
    width,
    poly: number('poly'),
    init: number('init'),
    refin: crc.flag('refin'),
    refout: crc.flag('refout'),
    xorout: number('xorout'),
  };
  const field = map.label.slice(map.label.lastIndexOf(' ') + 1);
  const name = `crc${width} of ${field}`;
  return { name, function: `${field}Crc${width}`, bytes: Math.ceil(width / 8), parameters };
}

/** @param inText the number is written as characters */
export function flagsType(r: Resolver, map: Mapping, type: Type, inText = false): Type | undefined {
  const name = map.text('flags') ?? '';
  const set = r.flags.get(name);
  if (set === undefined) {
    r.unknownName(map.at('flags'), 'flag set', name, r.flags.keys());
    return undefined;
  }
  const { bytes } = set.word;
  if (type.kind === 'int' && !type.signed && type.bytes === bytes) return { kind: 'flags', word: type, set };
  if (type.kind === 'whole' || (type.kind === 'hexint' && type.digits === bytes * 2))
    return { kind: 'flags', word: set.word, set, spelled: type };
  const form = inText ? `hexint(${bytes * 2}) or int` : `u${bytes * 8}`;
  r.source.error('BAD_TYPE', map.at('type'), `flags ${name} take ${form}, got ${map.text('type')}`);
  return undefined;
}

/** `a..b`, or one element. */
export function rangeOf(r: Resolver, map: Mapping, key: string): Range | undefined {
  const text = map.text(key);
  if (text === undefined) return undefined;
  const m = /^\s*(\w+)\s*(?:\.\.\s*(\w+)\s*)?$/.exec(text);
  if (m !== null) return r.source.keepPlace({ from: m[1]!, to: m[2] ?? m[1]! }, map.at(key));
  const ends = /^\s*([A-Za-z]\w*)\s*(?:-|\.{3}|to|,|:)\s*([A-Za-z]\w*)\s*$/.exec(text);
  const hint = ends === null ? `${key}: size..serial` : `${key}: ${ends[1]}..${ends[2]}`;
  r.source.error('BAD_RANGE', map.at(key), `${key}: cannot read the range "${text}"`, hint);
  return undefined;
}

function withAttributes(r: Resolver, map: Mapping, plain: Field, owner: string): Field {
  const field: { -readonly [K in keyof Field]: Field[K] } = { ...plain, secret: map.flag('secret') };
  const doc = map.text('doc');
  if (doc !== undefined) field.doc = doc;
  const unit = map.text('unit');
  if (unit !== undefined) field.unit = unit;
  const when = map.expression('if');
  if (when !== undefined) field.when = when;
  const role = map.choice('role', ['id', 'serial', 'identity'] as const, roleHabits);
  if (role !== undefined) field.role = role;
  const from = fromOf(r, map);
  if (from !== undefined) field.from = from;
  const covers = rangeOf(r, map, 'covers');
  if (covers !== undefined) field.covers = covers;
  const auto = autoOf(r, map);
  if (auto !== undefined) field.auto = auto;
  if (map.has('const')) {
    const constant = map.number('const');
    if (constant !== undefined) field.constant = constant;
  }
  if (map.has('none')) {
    const none = map.number('none');
    if (plain.type.kind !== 'int' || plain.type.bytes > 6)
      r.source.error(
        'BAD_TYPE',
        map.at('none'),
        'only a whole number of up to 48 bits can have a value that means none',
      );
    else if (none !== undefined) {
      const { bytes, signed } = plain.type;
      const top = 2 ** (bytes * 8 - (signed ? 1 : 0)) - 1;
      const least = signed ? -top - 1 : 0;
      if (Number.isInteger(none) && none >= least && none <= top) field.none = none;
      else r.source.error('BAD_VALUE', map.at('none'), `none: ${none} is no number of this type`, `${least}..${top}`);
    }
  }
  const scale = scaleOf(r, map, plain.type);
  if (scale !== undefined) field.scale = scale;
  if (map.has('round')) {
    const round = map.choice('round', ['nearest', 'down', 'up'] as const);
    if (scale === undefined) r.source.error('BAD_VALUE', map.at('round'), 'round is for a scaled number', 'scale: 0.1');
    else if (round === 'down' || round === 'up') field.round = round;
  }
  if (map.flag('view')) {
    if (plain.type.kind === 'bytes') field.view = true;
    else r.source.error('BAD_TYPE', map.at('view'), 'only bytes can be a view', 'type: bytes(u16)');
  }
  const codec = codecOf(r, map, plain.type);
  if (codec !== undefined) field.codec = codec;
  Object.assign(field, lifespanOf(r, map));
  const example = map.text('example');
  if (example !== undefined) field.example = example;
  const negative = negativeOf(r, map);
  if (negative !== undefined) field.negative = negative;
  const set = enumOf(r, map, plain, owner);
  if (set !== undefined) field.enum = { set, open: map.flag('open') };
  const valid = validOf(r, map);
  if (valid !== undefined && validFits(r, map, valid, plain.type)) field.valid = valid;
  if (map.has('bad')) {
    const bad = badOf(map);
    if (bad !== undefined) field.bad = bad;
    const told = valid !== undefined || plain.type.kind === 'check' || auto !== undefined;
    if (!told) r.source.error('BAD_VALUE', map.at('bad'), 'bad is for what can be wrong: "valid", a check, or "auto"');
  }
  const fallback = map.at('default');
  if (isScalar(fallback) && fallback.value !== null) field.default = fallback.value as number | string | boolean;
  if (map.has('trim')) field.trim = map.choice('trim', ['left0'] as const) === 'left0';
  if (map.has('pad')) {
    const pad = map.bytes('pad');
    if (pad?.length === 1) field.pad = pad[0]!;
    else if (pad !== undefined) r.source.error('BAD_VALUE', map.at('pad'), 'pad is one byte', 'pad: "00"');
  }
  if (field.constant !== undefined && field.when !== undefined)
    r.source.error(
      'UNSUPPORTED',
      map.at('const'),
      'const with "if" is not supported by this version',
      'enum: { name: 1 }',
    );
  if (map.flag('lazy') && checkLazy(r, map, field)) field.lazy = true;
  checkAttributes(r, map, plain.type);
  checkLossyScale(r, map, field);
  checkConstants(r, map, field);
  checkNumbers(r, map, field);
  return field;
}

/** `codec: ext:./lz.ts`. */
function codecOf(r: Resolver, map: Mapping, type: Type): string | undefined {
  const text = map.text('codec');
  if (text === undefined) return undefined;
  const path = /^ext:(\.{1,2}\/\S+)$/.exec(text)?.[1];
  if (path === undefined)
    r.source.error('BAD_VALUE', map.at('codec'), `codec cannot be "${text}"`, 'codec: ext:./lz.ts');
  else if (type.kind !== 'bytes')
    r.source.error('BAD_TYPE', map.at('codec'), 'a codec of your own is for bytes', 'type: bytes(u16)');
  else return path;
  return undefined;
}

const VERSION = /^\d+\.\d+(?:\.\d+)?$/;

/** `since`, `until`, `deprecated` of a field or message. */
export function lifespanOf(r: Resolver, map: Mapping): Lifespan {
  const life: { -readonly [K in keyof Lifespan]: Lifespan[K] } = {};
  for (const key of ['since', 'until'] as const) {
    const version = map.text(key);
    if (version === undefined) continue;
    if (VERSION.test(version)) life[key] = version;
    else r.source.error('BAD_VALUE', map.at(key), `${key} of ${map.label} cannot be "${version}"`, 'a version: 1.2.0');
  }
  if (map.has('deprecated')) {
    const reason = map.text('deprecated');
    if (reason !== undefined && reason !== 'false')
      life.deprecated = reason === 'true' ? 'not to be used any more' : reason;
  }
  return life;
}

/** Numbers that a field is given once and for all must fit it. */
function checkNumbers(r: Resolver, map: Mapping, field: Field): void {
  const { type } = field;
  if (type.kind === 'varint') {
    const { min, max } = varintRange(type);
    const wide = field.enum?.set.members.find(m => m.value < min || m.value > max);
    if (wide !== undefined)
      r.source.error(
        'BAD_VALUE',
        map.at('enum'),
        `enum: "${wide.name}" cannot be ${wide.value}`,
        `it holds ${min}..${max}`,
      );
    return;
  }
  if (type.kind !== 'int' || type.bytes > 6) return;
  const bits = type.bytes * 8;
  const [min, max] = type.signed ? [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1] : [0, 2 ** bits - 1];
  const fits = (n: unknown): boolean => typeof n === 'number' && Number.isInteger(n) && n >= min && n <= max;
  const hint = `${type.signed ? 'i' : 'u'}${bits} holds ${min}..${max}`;
  if (field.constant !== undefined && !fits(field.constant))
    r.source.error('BAD_VALUE', map.at('const'), `const cannot be ${field.constant}`, hint);
  const wrong = field.enum?.set.members.find(m => !fits(m.value));
  if (wrong !== undefined)
    r.source.error('BAD_VALUE', map.at('enum'), `enum: "${wrong.name}" cannot be ${wrong.value}`, hint);
  if (field.default === undefined || field.scale !== undefined || field.enum !== undefined) return;
  if (!fits(field.default))
    r.source.error('BAD_VALUE', map.at('default'), `default cannot be ${JSON.stringify(field.default)}`, hint);
}

function autoOf(r: Resolver, map: Mapping): Auto | undefined {
  const node = map.at('auto');
  if (node === undefined) return undefined;
  // A map tells the bits of a number one by one: they stand in its type.
  if (isMap(node) && map.has('bits')) return undefined;
  if (scalarText(node) === 'present') return { kind: 'present' };
  const expr = isMap(node) ? undefined : readExpression(r.source, node);
  if (expr?.kind === 'call' && expr.args.length === 1) {
    const range = rangeNamed(expr.args[0]);
    const { source } = r;
    if (range !== undefined && expr.name === 'size') return { kind: 'size', range: source.keepPlace(range, node) };
    if (range !== undefined && expr.name === 'count')
      return source.keepPlace({ kind: 'count', of: range.from } as const, node);
  }
  if (expr !== undefined) return { kind: 'expr', expr };
  if (isMap(node))
    r.source.error(
      'UNSUPPORTED',
      node,
      `auto: cannot compute ${kindOf(node)}`,
      'auto: size(a..b), count(list) or present',
    );
  return undefined;
}

/** `from: request.serial`. */
function fromOf(r: Resolver, map: Mapping): readonly string[] | undefined {
  const expr = map.expression('from');
  if (expr === undefined) return undefined;
  if (expr.kind === 'name' && expr.path.length === 2 && expr.path[0] === 'request') return expr.path.slice(1);
  r.source.error('BAD_EXPRESSION', map.at('from'), 'from names an element of the request', 'from: request.serial');
  return undefined;
}

/** `drop`, `warn`, `close` or `reply(message value)`. */
function badOf(map: Mapping): Bad | undefined {
  const text = map.text('bad');
  if (text === undefined) return undefined;
  const m = /^reply\(\s*(\w+)(?:\s+([^()]*?))?\s*\)$/.exec(text);
  if (m !== null) {
    const [, message, value] = m;
    const number = Number(value);
    return {
      message: message!,
      value: value === undefined || value === '' ? undefined : Number.isNaN(number) ? value : number,
    };
  }
  return map.choice('bad', ['drop', 'warn', 'close'] as const);
}

function scaleOf(r: Resolver, map: Mapping, type: Type): Field['scale'] {
  if (!map.has('scale') && !map.has('offset')) return undefined;
  const scale = map.has('scale') ? parseFraction(map.text('scale') ?? '') : { up: 1, down: 1 };
  if (scale === undefined) {
    r.source.error(
      'BAD_VALUE',
      map.at('scale'),
      `scale cannot be ${map.text('scale')}`,
      'a positive number or fraction: 0.01, 1e-6, 1/1800000',
    );
    return undefined;
  }
  if (type.kind !== 'int' || type.bytes > 6) {
    r.source.error(
      'BAD_VALUE',
      map.at('scale') ?? map.at('offset'),
      'only a whole number of up to 48 bits can be scaled',
      type.kind === 'float' ? 'a float has its decimals already' : undefined,
    );
    return undefined;
  }
  return { up: scale.up, down: scale.down, offset: map.number('offset') ?? 0 };
}

function negativeOf(r: Resolver, map: Mapping): Field['negative'] {
  const expr = map.expression('negative');
  if (expr === undefined) return undefined;
  const inverted = expr.kind === 'unary' && expr.op === '!';
  const name = expr.kind === 'unary' && inverted ? expr.of : expr;
  if (name.kind === 'name' && name.path.length === 2)
    return r.source.keepPlace({ field: name.path[0]!, bit: name.path[1]!, inverted }, map.at('negative'));
  // The sign is often named without the number that it is a bit of.
  const hint = 'a bit of a number of bits: negative: course.west, or "!course.north"';
  r.source.error('BAD_EXPRESSION', map.at('negative'), 'negative names one bit, or its negation', hint);
  return undefined;
}

/** What to write for a list of numbers with names. */
const listOfNames = (name: string): string =>
  `a list of a type with that one field: types: { Item: { ${name}: { type: u8, enum: { ... } } } }`;

export function enumOf(r: Resolver, map: Mapping, field: Field, owner: string): EnumSet | undefined {
  const node = map.at('enum');
  if (node === undefined) return undefined;
  if (field.type.kind !== 'varint' && (field.type.kind !== 'int' || field.type.bytes > 6)) {
    const hint = field.type.kind === 'list' ? listOfNames(field.name) : undefined;
    r.source.error('BAD_TYPE', node, 'only a whole number can have an enumeration', hint);
    return undefined;
  }
  if (isMap(node)) {
    const members = enumMembers(r, new Mapping(r.source, node, `enum of ${map.label}`));
    return { name: `${owner}${pascal(field.name)}`, members };
  }
  if (isSeq(node)) {
    const names = node.items.map(i => scalarText(i as Node) ?? 'name');
    const hint = `{ ${names.map((n, i) => `${n}: ${i}`).join(', ')} }`;
    r.source.error('SHAPE', node, `enum of ${map.label} must say the number of each name, got a list`, hint);
    return undefined;
  }
  const name = map.text('enum');
  if (name === undefined) return undefined;
  const set = r.enums.get(name);
  if (set === undefined && r.enums.size === 0)
    r.source.error(
      'UNKNOWN_NAME',
      node,
      `unknown enumeration "${name}"`,
      `enums: { ${name}: { off: 0, on: 1 } } in the schema`,
    );
  else if (set === undefined) r.unknownName(node, 'enumeration', name, r.enums.keys());
  return set;
}

export function enumMembers(r: Resolver, map: Mapping): EnumSet['members'] {
  const members: { name: string; value: number }[] = [];
  for (const { key, place, value: node } of map.entries()) {
    if (/^(?:0x[\da-f]+|\d+)$/i.test(key)) {
      const name = scalarText(node);
      const hint = name !== undefined && isName(name) ? `${name}: ${key}` : `name: ${key}`;
      r.source.error('BAD_NAME', place, `${map.label}: "${key}" cannot be a name`, `the name comes first: ${hint}`);
      continue;
    }
    const value = map.number(key);
    if (value === undefined) continue;
    const twin = members.find(m => m.value === value);
    if (!Number.isSafeInteger(value))
      r.source.error('BAD_VALUE', place, `${map.label}: "${key}" cannot be ${value}`, 'a whole number');
    else if (twin !== undefined)
      r.source.error('DUPLICATE_NAME', place, `${map.label}: ${value} is taken by "${twin.name}"`);
    else members.push({ name: key, value });
  }
  return members;
}

/** A range is for numbers, a length and a form are for text. */
function validFits(r: Resolver, map: Mapping, valid: Valid, type: Type): boolean {
  const isText = type.kind === 'text' || type.kind === 'word' || type.kind === 'rest';
  const isNumber = type.kind === 'int' || type.kind === 'varint' || type.kind === 'float';
  if (valid.min !== undefined ? isNumber : isText) return true;
  const hint = isText
    ? 'valid: { len: 1..20, match: "^[a-z]+$" }'
    : isNumber
      ? 'valid: 1..20'
      : 'numbers and text have it';
  const what = valid.min !== undefined ? 'a range' : 'len and match';
  r.source.error(
    'BAD_VALUE',
    map.at('valid'),
    `valid: ${what} does not fit ${map.label}, which is ${kindName(type)}`,
    hint,
  );
  return false;
}

export function validOf(r: Resolver, map: Mapping): Valid | undefined {
  const node = map.at('valid');
  if (node === undefined) return undefined;
  if (!isMap(node)) {
    const range = interval(r, node);
    return range === undefined ? undefined : { min: range.min, max: range.max };
  }
  const valid = Mapping.known(r.source, node, `valid of ${map.label}`, { len: 'a..b', match: 'regular expression' });
  const len = valid?.has('len') === true ? interval(r, valid.at('len')!) : undefined;
  const match = valid?.text('match');
  if (match !== undefined) {
    try {
      new RegExp(match, 'u');
    } catch {
      r.source.error('BAD_VALUE', valid?.at('match'), `match: cannot read the regular expression ${match}`);
      return undefined;
    }
  }
  return { ...(len === undefined ? {} : { len }), ...(match === undefined ? {} : { match }) };
}

/** `1..20`, `-90..90`, `0x30..0x7f`. */
export function interval(r: Resolver, node: Node): { min: number; max: number } | undefined {
  const text = scalarText(node) ?? '';
  const m = /^\s*(0x[\da-f]+|-?[\d.]*\d)\s*\.\.\s*(0x[\da-f]+|-?[\d.]*\d)\s*$/i.exec(text);
  const min = Number(m?.[1]);
  const max = Number(m?.[2]);
  if (m !== null && min <= max) return { min, max };
  if (m !== null) {
    r.source.error('BAD_VALUE', node, `the range ${kindOf(node)} runs backwards`, `${m[2]}..${m[1]}`);
    return undefined;
  }
  const ends = isSeq(node)
    ? node.items.map(i => scalarText(i as Node))
    : /^\s*(-?[\d.]*\d)\s*(?:-|to|,|\.{3})\s*(-?[\d.]*\d)\s*$/.exec(text)?.slice(1);
  const hint = ends?.length === 2 ? `${ends[0]}..${ends[1]}` : 'least..greatest: 1..20';
  r.source.error('BAD_VALUE', node, `${kindOf(node)} is no range`, hint);
  return undefined;
}

function checkLossyScale(r: Resolver, map: Mapping, field: Field): void {
  const { type, scale, valid } = field;
  if (type.kind !== 'int' || valid?.min === undefined || valid.max === undefined) return;
  const bits = type.bytes * 8;
  const { up, down, offset } = scale ?? { up: 1, down: 1, offset: 0 };
  const top = ((type.signed ? 2 ** (bits - 1) : 2 ** bits) - 1) * (down / up) + offset;
  const bottom = (type.signed ? -(2 ** (bits - 1)) * (down / up) : field.negative === undefined ? 0 : -top) + offset;
  if (valid.min >= bottom && valid.max <= top) return;
  const what = scale === undefined ? '' : `scale ${map.text('scale') ?? 1} with `;
  const shown = (n: number): string => String(Number(n.toPrecision(6)));
  r.source.warning(
    'LOSSY_SCALE',
    map.at('valid'),
    `${what}valid ${map.text('valid')} does not fit ${map.text('type')} (${shown(bottom)}..${shown(top)})`,
  );
}
