/**
 * Values of a message, made from the model: what fast-check needs to know of every type of the schema language. Written
 * from the language's description, not from the generator: that the two agree is what the tests are for.
 */
import fc from 'fast-check';
import { templateText } from '../../generator/emit/emit-template.js';
import { idsOf, sameIds } from '../../generator/model/ids.js';
import type {
  Bit,
  Charset,
  EnumSet,
  Field,
  IntType,
  Message,
  ProtocolModel,
  Size,
  Struct,
  TlvItem,
  Type,
} from '../../generator/model/model.js';
import { pascal } from '../../generator/model/names.js';
import { fixedSize } from '../../generator/model/sizes.js';
import { hexMost } from '../../generator/model/text-model.js';
import { type Expr, namesIn } from '../../generator/schema/expression.js';

export type Value = { [field: string]: unknown };

/** Elements around a message, which its expressions may name. */
interface Around {
  readonly fields: readonly Field[];
  readonly value: Value;
}

const NOTHING: Around = { fields: [], value: {} };

/** A field's value, and whether an optional field is left out. */
interface Drawn {
  readonly value: unknown;
  readonly absent: boolean;
}

/**
 * Everything that an encoder of `m` in a direction takes, and that must come back unchanged.
 * @param loose optional fields come and go as they like: an encoder may refuse, but not write what says something else
 */
export function messageArbitrary(model: ProtocolModel, m: Message, loose = false): fc.Arbitrary<Value> {
  const { layout, opaque } = m.frame;
  const drawn: Record<string, fc.Arbitrary<Drawn>> = {};
  /** Members that are no plain element of the layout. */
  const others: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of layout) {
    const ids = m.sameId ? sameIds(model.messages, m) : m.ids;
    const { auto } = field;
    if (auto?.kind === 'count' && m.fields.every(f => f.name !== auto.of)) {
      // Nothing is counted, but the number is there.
      others[field.name] = valueArbitrary(model, field);
    } else if (field.role === 'id') {
      const all = m.textIds ?? ids;
      if (m.masked !== undefined) {
        const { mask, name } = m.masked;
        others[name] = valueArbitrary(model, field).map(n => (Number(n) & ~mask) >>> 0);
      } else if (m.sameId || all.length > 1) drawn[field.name] = always(fc.constantFrom<number | string>(...all));
    } else if (!isHidden(field))
      drawn[field.name] = fc.record({ value: valueArbitrary(model, field), absent: fc.boolean() });
  }
  const holds = (around: Around, e: Expr): boolean =>
    namesIn(e).some(path => isComputed(layout, path)) || evaluate(model, layout, around.value, e) !== 0;
  // An id that is no member of the value may still be named.
  const id = layout.find(f => f.role === 'id');
  const known: Value = id !== undefined && m.ids.length === 1 ? { [id.name]: m.ids[0] } : {};
  return fc
    .record(drawn)
    .map(all => settle(model, layout, all))
    .map(members => ({ fields: layout, members, value: { ...members, ...known } }))
    .filter(around => opaque === undefined || !holds(around, opaque))
    .filter(around => m.when === undefined || holds(around, m.when))
    .chain(around =>
      fc
        .tuple(
          fieldsArbitrary(model, m.fields, loose, around),
          digitsOf(model, around),
          unknownArbitrary(m),
          fc.record(others),
        )
        .map(([fields, digits, unknown, more]) => ({ ...fields, ...around.members, ...digits, ...unknown, ...more })),
    )
    .map(value => withoutEmptyColumns(m, value))
    .filter(value => !isAnother(model, m, { ...value, ...known }) && keepsRules(model, m, { ...value, ...known }));
}

/** An id that another message has is that message's, where that says when it is meant, or names the id itself. */
function isAnother(model: ProtocolModel, m: Message, value: Value): boolean {
  const id = m.frame.layout.find(f => f.role === 'id');
  if (id === undefined) return false;
  const number =
    m.masked === undefined ? Number(value[id.name]) : (m.masked.equals | Number(value[m.masked.name])) >>> 0;
  const twins = model.messages.filter(
    x => x !== m && x.frame === m.frame && (x.dir === m.dir || x.dir === 'both' || m.dir === 'both'),
  );
  return twins.some(x => {
    if (!idsOf(x, model.messages).includes(number)) return false;
    // What only the encoder can find out, it refuses.
    if (x.when !== undefined && namesIn(x.when).some(path => isComputed(m.frame.layout, path))) return false;
    return x.when === undefined ? m.masked !== undefined : evaluate(model, m.frame.layout, value, x.when) !== 0;
  });
}

/** An empty column is one that is not there. */
function withoutEmptyColumns(m: Message, value: Value): Value {
  if (m.frame.text?.body?.kind !== 'csv') return value;
  const empty = m.fields.filter(f => f.optional === true && f.type.kind === 'rest' && value[f.name] === '');
  return Object.fromEntries(Object.entries(value).filter(([name]) => !empty.some(f => f.name === name)));
}

/** Rules about the request say nothing here. */
function keepsRules(model: ProtocolModel, m: Message, value: Value): boolean {
  const fields = [...m.frame.layout, ...m.fields];
  return m.rules.every(e => namesIn(e).some(path => path[0] === 'request') || evaluate(model, fields, value, e) !== 0);
}

const always = (value: fc.Arbitrary<unknown>): fc.Arbitrary<Drawn> => value.map(v => ({ value: v, absent: false }));

/** A bit or a size that the encoder finds in the frame: no value has it. */
function isComputed(layout: readonly Field[], [head, bit]: readonly string[]): boolean {
  const element = layout.find(f => f.name === head);
  const type = element?.type;
  if (element?.covers !== undefined) return true;
  return type?.kind === 'bits' && type.bits.some(b => b.name === bit && isFound(b));
}

const isFound = (bit: Bit): boolean => bit.auto?.kind === 'size' || bit.auto?.kind === 'given';

/** Digits whose number other elements tell. */
function digitsOf(model: ProtocolModel, around: Around): fc.Arbitrary<Value> {
  const digits: Record<string, fc.Arbitrary<string>> = {};
  for (const { name, type, trim } of around.fields) {
    if (type.kind !== 'bcd' || type.size.kind !== 'expr') continue;
    const count = evaluate(model, around.fields, around.value, type.size.expr);
    digits[name] = bcdArbitrary(count, trim);
  }
  return fc.record(digits);
}

/** What a body of names can hold besides its fields. */
function unknownArbitrary(m: Message): fc.Arbitrary<Value> {
  const kind = m.frame.text?.body?.kind;
  if (kind !== 'kv' && kind !== 'json') return fc.constant({});
  const name = fc.stringMatching(/^[A-Z]{1,3}$/);
  const text = fc.stringMatching(/^[a-z =:]{0,5}$/);
  const json = fc.jsonValue().map(v => JSON.parse(JSON.stringify(v)) as unknown);
  const members: fc.Arbitrary<Record<string, unknown>> =
    kind === 'kv'
      ? fc.dictionary(name, text, { minKeys: 1, maxKeys: 3 })
      : fc.dictionary(name, json, { minKeys: 1, maxKeys: 3 });
  return fc.option(members, { nil: undefined, freq: 2 }).map(unknown => (unknown === undefined ? {} : { unknown }));
}

/** Elements that a value does not hold: written and checked by the codec alone. */
export function isHidden(field: Field): boolean {
  if (field.type.kind === 'bits' && field.type.bits.every(b => b.auto !== undefined && b.auto.kind !== 'conn'))
    return true;
  return (
    ['magic', 'check', 'case', 'body'].includes(field.type.kind) ||
    field.constant !== undefined ||
    field.constantText !== undefined ||
    field.auto !== undefined ||
    field.covers !== undefined
  );
}

export function fieldsArbitrary(
  model: ProtocolModel,
  fields: readonly Field[],
  loose = false,
  around = NOTHING,
): fc.Arbitrary<Value> {
  return membersArbitrary(model, fields, loose, around).map(v => finish(model, v, around) as Value);
}

/** Members of a group, of which only what stands around it tells who is there. */
class Members {
  readonly fields: readonly Field[];
  readonly all: { [name: string]: Drawn };
  constructor(fields: readonly Field[], all: { [name: string]: Drawn }) {
    this.fields = fields;
    this.all = all;
  }
}

/** A value with its members settled, now that what stands around it is known. */
function finish(model: ProtocolModel, v: unknown, around: Around): unknown {
  if (v instanceof Members) return inlined(v.fields, settle(model, v.fields, v.all, around));
  if (Array.isArray(v)) return v.map(item => finish(model, item, around));
  if (typeof v !== 'object' || v === null || v.constructor !== Object) return v;
  return Object.fromEntries(Object.entries(v).map(([name, part]) => [name, finish(model, part, around)]));
}

function membersArbitrary(
  model: ProtocolModel,
  fields: readonly Field[],
  loose: boolean,
  around: Around,
): fc.Arbitrary<Value | Members> {
  const drawn: Record<string, fc.Arbitrary<Drawn>> = {};
  for (const field of fields) {
    if (isHidden(field)) continue;
    const told = toldSize(model, field, around);
    const { min = 0, max = Number.POSITIVE_INFINITY } =
      fields.find(f => f.auto?.kind === 'count' && f.auto.of === field.name)?.valid ?? {};
    const value = valueArbitrary(model, told, loose, false, around).filter(
      v => !Array.isArray(v) || (v.length >= min && v.length <= max),
    );
    const given = field.optional === true ? fc.option(value, { nil: undefined, freq: 3 }) : value;
    drawn[field.name] = fc.record({ value: given, absent: fc.boolean() });
  }
  return fc.record(drawn).map(all => (loose ? inlined(fields, unsettled(fields, all)) : new Members(fields, all)));
}

/** A size that elements around the message tell is a number. */
function toldSize(model: ProtocolModel, field: Field, around: Around): Field {
  const { type } = field;
  if (type.kind !== 'text' || type.size.kind !== 'expr') return field;
  const { expr } = type.size;
  if (!namesIn(expr).every(path => around.fields.some(f => f.name === path[0]))) return field;
  const count = evaluate(model, around.fields, around.value, expr);
  return { ...field, type: { ...type, size: { kind: 'fixed', count } } };
}

/** Members of an inlined type stand in the parent. */
function inlined(fields: readonly Field[], value: Value): Value {
  for (const { name, inline } of fields) {
    if (inline !== true || value[name] === undefined) continue;
    const { [name]: members, ...others } = value;
    value = { ...others, ...(members as Value) };
  }
  return value;
}

/** Leaves out what the conditions rule out, sets signs, and lets fields that share a presence bit come and go together. */
function settle(
  model: ProtocolModel,
  fields: readonly Field[],
  drawn: { [name: string]: Drawn },
  around = NOTHING,
): Value {
  const value: Value = {};
  const all: { [name: string]: Drawn } = {};
  const bitAbsent = new Map<string, boolean>();
  /** Names of the group itself come before those around it. */
  const scopeNow = (): Around => ({ fields: [...fields, ...around.fields], value: { ...around.value, ...value } });
  for (const field of fields) {
    const given = drawn[field.name];
    if (given === undefined) continue;
    const { when } = field;
    const own = closed(model, field, finish(model, given.value, scopeNow()));
    all[field.name] = { ...given, value: own };
    if (when === undefined || isMore(when)) value[field.name] = own;
    else if (presenceBit(fields, when) !== undefined) {
      const bit = presenceBit(fields, when)!;
      if (!bitAbsent.has(bit)) bitAbsent.set(bit, given.absent);
      if (bitAbsent.get(bit) === false) value[field.name] = own;
    } else {
      // A count of everything may tell that there is more than has been decoded: then the field counts itself.
      value[field.name] = own;
      const scope = scopeNow();
      if (evaluate(model, scope.fields, scope.value, when) === 0) delete value[field.name];
    }
  }
  for (const field of fields) {
    if (value[field.name] === undefined || field.pad !== undefined) continue;
    const scope = scopeNow();
    value[field.name] = ofItsSize(model, scope, field, value[field.name]);
  }
  setSigns(fields, value);
  settleMore(fields, value, all);
  keepRawTimes(fields, value);
  return value;
}

/** Of a list up to an item, the last one says so, and no other does. */
function closed(model: ProtocolModel, { type }: Field, value: unknown): unknown {
  if (type.kind !== 'list' || type.last === undefined || type.item.kind !== 'struct') return value;
  const { fields } = type.item.struct;
  const until = type.last;
  const isLast = (item: Value): boolean => evaluate(model, fields, item, until) !== 0;
  const items = value as Value[];
  const [first] = items;
  if (first === undefined) return value;
  const name = namesIn(until)[0]![0]!;
  // Some number does it: those of one byte are tried.
  const last = Array.from({ length: 256 }, (_, n) => ({ ...first, [name]: n })).find(isLast);
  return last === undefined ? items : [...items.filter(item => !isLast(item)), last];
}

function unsettled(fields: readonly Field[], all: { [name: string]: Drawn }): Value {
  const value: Value = {};
  for (const { name, when, default: fallback } of fields) {
    const drawn = all[name];
    // What has a default is always there, where it may be.
    if (drawn !== undefined && (when === undefined || fallback !== undefined || !drawn.absent))
      value[name] = drawn.value;
  }
  setSigns(fields, value);
  keepRawTimes(fields, value);
  return value;
}

function isMore(when: Expr): boolean {
  return when.kind === 'call' && when.name === 'more';
}

function presenceBit(fields: readonly Field[], when: Expr): string | undefined {
  if (when.kind !== 'name' || when.path.length !== 2) return undefined;
  const mask = fields.find(f => f.name === when.path[0]);
  const bit = mask?.type.kind === 'bits' ? mask.type.bits.find(b => b.name === when.path[1]) : undefined;
  return mask?.auto?.kind === 'present' || bit?.auto?.kind === 'given' ? when.path.join('.') : undefined;
}

/** A run whose size earlier fields tell is cut, or filled up, to that size. */
function ofItsSize(model: ProtocolModel, around: Around, { type, trim }: Field, value: unknown): unknown {
  if (!('size' in type) || typeof type.size !== 'object' || type.size.kind !== 'expr') return value;
  const { expr } = type.size;
  if (namesIn(expr).some(path => isTold(around.fields, path))) return value;
  const n = evaluate(model, around.fields, around.value, expr);
  switch (type.kind) {
    case 'bytes':
      return Uint8Array.from({ length: n }, (_, i) => (value as Uint8Array)[i] ?? 0);
    case 'hex':
      return (value as string).padEnd(n * 2, '0').slice(0, n * 2);
    case 'bcd': {
      const digits = (value as string).padEnd(n * 2, '0').slice(0, n * 2);
      return trim ? digits.replace(/^0+(?=.)/, '') : digits;
    }
    case 'text':
      return (value as string)
        .replace(/[^ -~]/g, '?')
        .padEnd(n, 'x')
        .slice(0, n);
    case 'list': {
      const items = value as unknown[];
      const filler = type.item.kind === 'bool' ? false : 0;
      return Array.from({ length: n }, (_, i) => items[i % items.length] ?? filler);
    }
    default:
      return value;
  }
}

/** Whether an encoder computes this number, or only the request tells it. */
function isTold(fields: readonly Field[], [head, part]: readonly string[]): boolean {
  const field = fields.find(f => f.name === head);
  if (field === undefined) return head === 'request' || head === 'conn';
  if (field.type.kind === 'bits' && field.type.bits.some(b => b.name === part && b.auto !== undefined)) return true;
  return field.auto !== undefined;
}

function setSigns(fields: readonly Field[], value: Value): void {
  for (const { name, negative } of fields) {
    const v = value[name];
    if (negative === undefined || typeof v !== 'number' || v === 0) continue;
    (value[negative.field] as Value)[negative.bit] = negative.inverted ? v > 0 : v < 0;
  }
}

/** A field with `if: more(n)` is there exactly when n bytes or more are left, itself included. */
function settleMore(fields: readonly Field[], value: Value, all: { [name: string]: Drawn }): void {
  if (!fields.some(f => f.when !== undefined && isMore(f.when))) return;
  let behind = 0;
  for (const field of [...fields].reverse()) {
    const { when } = field;
    if (when?.kind === 'call' && when.name === 'more') {
      const n = when.args[0]?.kind === 'number' ? when.args[0].value : 0;
      const own = byteSize(field, all[field.name]!.value);
      const isGiven = behind >= n || (!all[field.name]!.absent && own + behind >= n);
      if (!isGiven) delete value[field.name];
    }
    if (value[field.name] !== undefined || isHidden(field)) behind += byteSize(field, value[field.name]);
  }
}

/** An impossible time is no value: its bytes stand in `$raw`. */
function keepRawTimes(fields: readonly Field[], value: Value): void {
  const raw: Value = {};
  for (const { name } of fields) {
    if (!(value[name] instanceof RawTime)) continue;
    raw[name] = (value[name] as RawTime).bytes;
    delete value[name];
  }
  if (Object.keys(raw).length > 0) value.$raw = raw;
}

class RawTime {
  readonly bytes: Uint8Array;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Bytes on the wire; only for what can stand behind a `more(n)`. */
function byteSize(field: Field, value: unknown): number {
  return typeSize(field.type, value);
}

function typeSize(type: Type, value: unknown): number {
  switch (type.kind) {
    case 'int':
    case 'float':
      return type.bytes;
    case 'bcd':
      return fixedSize(type)!;
    case 'bool':
      return 1;
    case 'bits':
    case 'flags':
      return type.word.bytes;
    case 'time':
      return type.form === 'count' ? type.word.bytes : 6;
    case 'varint': {
      const n = Number(value);
      const raw = type.zigzag ? (n < 0 ? -n * 2 - 1 : n * 2) : n;
      return Math.max(1, Math.ceil(raw.toString(2).length / 7));
    }
    case 'bytes':
      return sizeWidth(type.size, (value as Uint8Array).length) + (value as Uint8Array).length;
    case 'hex':
      return sizeWidth(type.size, (value as string).length / 2) + (value as string).length / 2;
    case 'text': {
      const n = textSize(type.charset, value as string);
      return type.size.kind === 'fixed' ? type.size.count : sizeWidth(type.size, n) + n;
    }
    case 'struct':
      return type.struct.fields.reduce((n, f) => {
        const v = (value as Value)[f.name];
        return v === undefined && !isHidden(f) ? n : n + typeSize(f.type, v);
      }, 0);
    case 'list':
      return (value as unknown[]).reduce<number>(
        (n, item) => n + typeSize(type.item, item),
        sizeWidth(type.size, (value as unknown[]).length),
      );
    case 'sized': {
      const n = typeSize(type.type, value);
      return n + sizeWidth({ kind: 'prefix', type: type.prefix }, n);
    }
    case 'tlv':
      return tlvSize(type.struct, type.size, value as Value);
    default:
      throw new Error(`no size of a ${type.kind}`);
  }
}

/** The bytes of tagged items, each behind its tag and size. */
function tlvSize(struct: Struct, size: Size, value: Value): number {
  const { tag, size: word, items } = struct.tlv!;
  const head = tag.bytes + word.bytes;
  const declared = items.flatMap(({ name, field, repeats }) => {
    const v = value[name];
    return v === undefined ? [] : (repeats ? (v as unknown[]) : [v]).map(x => head + typeSize(field.type, x));
  });
  const others = ((value.unknown ?? []) as { data: Uint8Array }[]).map(({ data }) => head + data.length);
  const all = [...declared, ...others].reduce((n, bytes) => n + bytes, 0);
  return all + sizeWidth(size, all);
}

function textSize(charset: Charset, s: string): number {
  if (charset === 'utf8') return Buffer.byteLength(s);
  return charset === 'gbk' ? s.replace(/[^\0-\x7f]/g, 'xx').length : s.length;
}

function sizeWidth(size: Size, n: number): number {
  if (size.kind !== 'prefix') return 0;
  return size.type.kind === 'int' ? size.type.bytes : typeSize({ kind: 'varint', max: 5, zigzag: false }, n);
}

function evaluate(model: ProtocolModel, fields: readonly Field[], value: Value, e: Expr): number {
  const of = (x: Expr): number => evaluate(model, fields, value, x);
  switch (e.kind) {
    case 'number':
      return e.value;
    case 'name': {
      const [head, part] = e.path;
      const field = fields.find(f => f.name === head);
      if (field?.auto?.kind === 'expr') return of(field.auto.expr);
      if (field === undefined) {
        const set = model.enums.find(s => s.name === pascal(head!));
        return set?.members.find(m => m.name === part)?.value ?? Number.NaN;
      }
      const bit = field.type.kind === 'bits' ? field.type.bits.find(b => b.name === part) : undefined;
      if (bit?.auto?.kind === 'given') return Number(value[bit.auto.of] !== undefined);
      const v = part === undefined ? value[head!] : (value[head!] as Value | undefined)?.[part];
      if (field.enum !== undefined && typeof v === 'string') return numberOf(field.enum.set, v);
      return Number(v ?? 0);
    }
    case 'unary':
      return e.op === '!' ? Number(of(e.of) === 0) : e.op === '-' ? -of(e.of) : ~of(e.of);
    case 'choice':
      return of(e.test) !== 0 ? of(e.yes) : of(e.no);
    case 'call': {
      const [arg] = e.args;
      const v = arg?.kind === 'name' ? value[arg.path[0]!] : undefined;
      if (e.name === 'present') return Number(v !== undefined);
      if (e.name === 'count') return (v as unknown[] | undefined)?.length ?? 0;
      if (e.name === 'size') {
        const field = fields.find(f => arg?.kind === 'name' && f.name === arg.path[0]);
        return v === undefined || field === undefined ? 0 : byteSize(field, v);
      }
      throw new Error(`no ${e.name} here`);
    }
    case 'binary':
      if (e.left.kind === 'string' || e.right.kind === 'string') {
        const same = textOf(value, e.left) === textOf(value, e.right);
        return Number(same === (e.op === '=='));
      }
      return binary(
        e.op,
        memberOf(fields, e.left, e.right) ?? of(e.left),
        memberOf(fields, e.right, e.left) ?? of(e.right),
      );
    default:
      throw new Error(`no ${e.kind} here`);
  }
}

/** Text is only compared. */
function textOf(value: Value, e: Expr): unknown {
  if (e.kind === 'string') return e.value;
  return e.kind === 'name' ? value[e.path[0]!] : undefined;
}

/** A bare name that meets an enumeration is first its member. */
function memberOf(fields: readonly Field[], side: Expr, other: Expr): number | undefined {
  if (side.kind !== 'name' || side.path.length > 1 || other.kind !== 'name') return undefined;
  const field = fields.find(f => f.name === other.path[0]);
  return field?.enum?.set.members.find(m => m.name === side.path[0])?.value;
}

function binary(op: string, a: number, b: number): number {
  switch (op) {
    case '||':
      return Number(a !== 0 || b !== 0);
    case '&&':
      return Number(a !== 0 && b !== 0);
    case '==':
      return Number(a === b);
    case '!=':
      return Number(a !== b);
    case '<':
      return Number(a < b);
    case '<=':
      return Number(a <= b);
    case '>':
      return Number(a > b);
    case '>=':
      return Number(a >= b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return a << b;
    case '>>':
      return a >> b;
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return a / b;
    case '%':
      return a % b;
    default:
      throw new Error(`no ${op} here`);
  }
}

function numberOf(set: EnumSet, name: string): number {
  return set.members.find(m => m.name === name)!.value;
}

function valueArbitrary(
  model: ProtocolModel,
  field: Field,
  loose = false,
  isItem = false,
  around = NOTHING,
): fc.Arbitrary<unknown> {
  const { type, scale, valid } = field;
  if (field.none !== undefined && !isItem) {
    const { none, ...always } = field;
    const { up, down, offset } = scale ?? { up: 1, down: 1, offset: 0 };
    const given = valueArbitrary(model, always, loose).filter(
      v => Math.round(((Number(v) - offset) * up) / down) !== none,
    );
    return fc.option(given, { nil: undefined, freq: 4 });
  }
  const inRange = (v: unknown): boolean =>
    valid?.min === undefined || (Number(v) >= valid.min && Number(v) <= valid.max!);
  if (field.words !== undefined) return fc.constantFrom(...field.words.members.map(m => m.name));
  if (field.enum !== undefined) return enumArbitrary(field, numberOfEnum(type));
  if (type.kind === 'chars') return charactersArbitrary(field, type.count);
  if (type.kind === 'int') {
    const raw = field.negative === undefined ? intArbitrary(type) : magnitudeArbitrary(type);
    // Of a narrow range among many numbers, chance would hardly ever find one.
    if (scale === undefined && valid?.min !== undefined && type.bytes <= 6)
      return fc.integer({ min: valid.min, max: valid.max! }).filter(v => fits(type, field, v));
    if (scale === undefined) return raw.filter(inRange);
    const { up, down, offset } = scale;
    const top = Math.max(Math.abs(valid?.min ?? 0), Math.abs(valid?.max ?? 0));
    const useful = valid?.min === undefined ? raw : fc.oneof(raw, fc.nat(Math.floor((top * up) / down)));
    return useful
      .map(n => (Number(n) * down) / up + offset)
      .map(v => (Object.is(v, -0) ? 0 : v))
      .filter(v => inRange(v) && fits(type, field, v));
  }
  if (type.kind === 'text' || type.kind === 'word' || type.kind === 'rest') return textArbitrary(model, field, type);
  if (type.kind === 'bcd') return bcdArbitrary(fixedSize(type) ?? 0, field.trim);
  return typeArbitrary(model, type, loose, around).filter(v => typeof v !== 'number' || inRange(v));
}

function fits(type: IntType, field: Field, v: number): boolean {
  const { up, down, offset } = field.scale ?? { up: 1, down: 1, offset: 0 };
  const raw = Math.abs(Math.round(((v - offset) * up) / down));
  return raw <= 2 ** (type.bytes * 8 - (type.signed ? 1 : 0)) - 1;
}

function magnitudeArbitrary(type: IntType): fc.Arbitrary<number> {
  return fc
    .tuple(intArbitrary({ ...type, signed: false }), fc.boolean())
    .map(([n, minus]) => (minus && n !== 0 ? -Number(n) : Number(n)));
}

function enumArbitrary(field: Field, type: IntType): fc.Arbitrary<unknown> {
  const { set, open } = field.enum!;
  const names = fc.constantFrom(...set.members.map(m => m.name));
  if (!open) return names;
  return fc.oneof(
    names,
    intArbitrary(type).filter(n => !set.members.some(m => m.value === n)),
  );
}

const WHOLE: IntType = { kind: 'int', bytes: 6, signed: true, endian: 'big', bigint: false };

/** What numbers an enumeration can have. */
function numberOfEnum(type: Type): IntType {
  if (type.kind === 'hexint') return { ...WHOLE, signed: false, bytes: Math.max(1, Math.floor(type.digits / 2)) };
  if (type.kind === 'varint')
    return { ...WHOLE, signed: type.zigzag, bytes: Math.max(1, Math.floor((type.max * 7 - 1) / 8)) };
  return type.kind === 'whole' ? WHOLE : (type as IntType);
}

/** Characters that can stand in a column, and now and then some that cannot. */
function charactersArbitrary(
  { valid, among }: Pick<Field, 'valid' | 'among'>,
  count: number | 'rest',
): fc.Arbitrary<string> {
  const [low, high] =
    count === 'rest' ? [Math.max(1, valid?.len?.min ?? 1), Math.min(valid?.len?.max ?? 9, 9)] : [count, count];
  if (valid?.match !== undefined) {
    const form = new RegExp(valid.match, 'u');
    return fc
      .stringMatching(form)
      .map(s => (count === 'rest' && valid.len === undefined ? s : fitted(s, low, high)))
      .filter(s => form.test(s) && s.length >= low);
  }
  const plain = fc.constantFrom(...'abcXYZ019 .-_');
  const unit =
    among === undefined
      ? fc.oneof({ arbitrary: plain, weight: 60 }, fc.constantFrom(...',;*\r\n$=~'))
      : fc.constantFrom(...among);
  return fc.string({ unit, minLength: low, maxLength: high });
}

/** So many characters: the first ones, and again and again. */
function fitted(s: string, min: number, max: number): string {
  return s === '' ? s : s.repeat(Math.ceil(min / s.length)).slice(0, max);
}

/** Degrees that four decimals of a minute can say. */
/** Milliseconds of the smallest unit that a time of text has. */
function finest(form = 'HHmmss.sss'): number {
  return form.includes('.sss') ? 1 : form.includes('ss') ? 1000 : 60_000;
}

function minutesArbitrary(digits: number): fc.Arbitrary<number> {
  const most = 10 ** Math.min(digits === 0 ? 3 : digits, 3) - 1;
  return fc
    .tuple(fc.integer({ min: 0, max: most }), fc.integer({ min: 0, max: 599_999 }))
    .map(([degrees, parts]) => degrees + Number((parts / 10_000).toFixed(4)) / 60);
}

/** Numbers of the type, its ends more often than chance would have them; above 2^53 as bigint. */
function intArbitrary(type: IntType): fc.Arbitrary<number | bigint> {
  const bits = BigInt(type.bytes * 8);
  const min = type.signed ? -(2n ** (bits - 1n)) : 0n;
  const max = type.signed ? 2n ** (bits - 1n) - 1n : 2n ** bits - 1n;
  const edges = [min, min + 1n, 0n, 1n, max - 1n, max, max >> 1n].filter(v => v >= min && v <= max);
  const all = fc.oneof(fc.bigInt(min, max), fc.constantFrom(...edges));
  if (type.bigint) return all;
  return all.map(v => (Number.isSafeInteger(Number(v)) && BigInt(Number(v)) === v ? Number(v) : v));
}

function typeArbitrary(model: ProtocolModel, type: Type, loose = false, around = NOTHING): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'int':
      return intArbitrary(type);
    case 'varint': {
      const top = 128 ** type.max - 1;
      const range = type.zigzag ? { min: -(top + 1) / 2, max: (top - 1) / 2 } : { min: 0, max: top };
      return fc.oneof(
        fc.maxSafeInteger().map(n => wrap(n, range)),
        fc.constantFrom(range.min, range.max, 0, 1, ...widths(type.max, type.zigzag)),
      );
    }
    case 'float':
      return type.bytes === 4 ? fc.float() : fc.double();
    case 'bool':
      return fc.boolean();
    case 'bits': {
      const parts: Record<string, fc.Arbitrary<unknown>> = {};
      let spare = 0;
      for (const bit of type.bits) {
        if (isFound(bit)) continue;
        if (bit.spare) spare += (2 ** bit.width - 1) * 2 ** bit.shift;
        else if (bit.auto !== undefined && bit.auto.kind !== 'conn') continue;
        else parts[bit.name] = bit.width === 1 ? fc.boolean() : fc.integer({ min: 0, max: 2 ** bit.width - 1 });
      }
      return withRest(parts, spare);
    }
    case 'flags': {
      const declared = type.set.bits.reduce((n, { bit }) => n + 2 ** bit, 0);
      const parts = Object.fromEntries(type.set.bits.map(b => [b.name, fc.boolean()]));
      return withRest(parts, 2 ** (type.word.bytes * 8) - 1 - declared);
    }
    case 'bytes':
      return runLength(model, type.size, 300).chain(n => fc.uint8Array({ minLength: n, maxLength: n }));
    case 'hex':
      return runLength(model, type.size, 300)
        .chain(n => fc.uint8Array({ minLength: n, maxLength: n }))
        .map(b => Buffer.from(b).toString('hex'));
    case 'time':
      return timeArbitrary(type);
    case 'text':
      return textArbitrary(
        model,
        { name: 'item', place: type as never, type, bad: 'drop', trim: false, secret: false },
        type,
      );
    case 'bcd':
      return bcdArbitrary(fixedSize(type) ?? 10, false);
    case 'whole':
      return fc.oneof(fc.integer({ min: -99, max: 99 }), fc.maxSafeInteger()).map(n => (Object.is(n, -0) ? 0 : n));
    case 'hexint': {
      const most = hexMost(type);
      return fc.oneof(
        fc.nat(Math.min(most, 999)),
        fc.maxSafeInteger().map(n => wrap(n, { min: 0, max: most })),
      );
    }
    case 'decimal':
      return fc
        .oneof(
          fc.double({ noNaN: true, noDefaultInfinity: true }),
          fc.integer({ min: -9999, max: 9999 }).map(n => n / 100),
        )
        .map(n => (n === 0 ? 0 : n));
    case 'dm':
      return minutesArbitrary(type.digits);
    case 'degrees':
      return fc.tuple(minutesArbitrary(type.digits), fc.boolean()).map(([v, minus]) => (minus && v !== 0 ? -v : v));
    case 'clock':
      return fc.nat(86_399_999).map(ms => ms - (ms % finest(type.form)));
    case 'date':
      return fc.integer({ min: 3652, max: 40_176 }).map(days => days * 86_400_000);
    case 'moment':
      return fc
        .integer({ min: 315_619_200, max: 3_471_206_400 })
        .map(seconds => seconds * 1000 - ((seconds * 1000) % finest(type.form)));
    case 'list':
      if (type.between !== undefined)
        return fc.array(itemArbitrary(model, type.item, loose, around), { minLength: 1, maxLength: 5 });
      if (type.repeat !== undefined)
        return fc.array(itemArbitrary(model, type.item, loose, around), {
          minLength: type.repeat.min,
          maxLength: type.repeat.max,
        });
      return runLength(model, type.size, type.packed === true ? 40 : 6)
        .map(n => (type.last === undefined ? n : Math.max(1, n)))
        .chain(n => fc.array(itemArbitrary(model, type.item, loose, around), { minLength: n, maxLength: n }));
    case 'struct':
      return membersArbitrary(model, type.struct.fields, loose, around);
    case 'sized':
      return typeArbitrary(model, type.type, loose, around);
    case 'tlv':
      return taggedArbitrary(model, type.struct, type.size);
    default:
      throw new Error(`no values of a ${type.kind}`);
  }
}

/** The last number of so many bytes, and the first that takes one more. */
function widths(most: number, zigzag: boolean): number[] {
  const ends = Array.from({ length: most - 1 }, (_, i) => 128 ** (i + 1));
  return ends.flatMap(n => (zigzag ? [n / 2 - 1, n / 2, -n / 2, -n / 2 - 1] : [n - 1, n]));
}

/** Tagged items: some absent, some more than once, some that nobody declared, and in orders of their own. */
function taggedArbitrary(model: ProtocolModel, struct: Struct, size: Size): fc.Arbitrary<Value> {
  const { tag, size: word, counted, items } = struct.tlv!;
  const most = Math.min(256 ** word.bytes - 1 - counted, size.kind === 'prefix' ? 20 : 60);
  const parts = Object.fromEntries(items.map(item => [item.name, taggedItem(model, item, most)]));
  const unknown = fc.array(
    fc.record({
      tag: fc
        .oneof(fc.nat(300), fc.nat(256 ** tag.bytes - 1))
        .map(n => n % 256 ** tag.bytes)
        .filter(n => items.every(item => item.tag !== n)),
      data: fc.uint8Array({ maxLength: Math.min(most, 12) }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const drawn = fc.record({
    parts: fc.record(parts),
    unknown: fc.option(unknown, { nil: undefined, freq: 1 }),
    mixed: fc.boolean(),
    keys: fc.array(fc.nat(), { minLength: 16, maxLength: 16 }),
  });
  return drawn.map(({ parts, unknown, mixed, keys }) => {
    const value: Value = Object.fromEntries(Object.entries(parts).filter(([, v]) => v !== undefined));
    if (unknown !== undefined) value.unknown = unknown;
    const canonical: { tag: number; rank: number }[] = items.flatMap((item, rank) => {
      const v = value[item.name];
      const n = v === undefined ? 0 : item.repeats ? (v as unknown[]).length : 1;
      return new Array<{ tag: number; rank: number }>(n).fill({ tag: item.tag, rank });
    });
    for (const u of unknown ?? []) canonical.push({ tag: u.tag, rank: items.length });
    if (!mixed) return value;
    const order = canonical.map((item, i) => ({ item, key: keys[i % keys.length]! })).sort((a, b) => a.key - b.key);
    const isSame = order.every(({ item }, i) => i === 0 || order[i - 1]!.item.rank <= item.rank);
    if (isSame) return value;
    // Items of one tag come in the order of the list; undeclared ones keep the order of their list.
    const tags = order.map(o => o.item.tag);
    if (unknown !== undefined) {
      const inOrder = tags.filter(t => items.every(item => item.tag !== t));
      value.unknown = takeByTag(unknown, inOrder);
    }
    return { ...value, $order: tags };
  });
}

function takeByTag<T extends { readonly tag: number }>(list: readonly T[], tags: readonly number[]): T[] {
  const left = [...list];
  return tags.map(
    tag =>
      left.splice(
        left.findIndex(x => x.tag === tag),
        1,
      )[0]!,
  );
}

function taggedItem(model: ProtocolModel, { field, repeats, required }: TlvItem, most: number): fc.Arbitrary<unknown> {
  const whole = valueArbitrary(model, field, false, true).filter(v => {
    const { type } = field;
    if (type.kind === 'text') return Buffer.byteLength(v as string) <= most;
    if (type.kind === 'bytes') return (v as Uint8Array).length <= most;
    // The raw number that means none is no value.
    if (field.none === undefined) return true;
    const { up, down, offset } = field.scale ?? { up: 1, down: 1, offset: 0 };
    return Math.round(((Number(v) - offset) * up) / down) !== field.none;
  });
  const items = repeats ? fc.array(whole, { minLength: 1, maxLength: 4 }) : whole;
  return required ? items : fc.option(items, { nil: undefined, freq: 2 });
}

function itemArbitrary(model: ProtocolModel, type: Type, loose: boolean, around: Around): fc.Arbitrary<unknown> {
  if (type.kind === 'chars') return charactersArbitrary({}, type.count);
  return typeArbitrary(model, type, type.kind === 'struct' && loose, around);
}

function wrap(n: number, { min, max }: { min: number; max: number }): number {
  const span = max - min + 1;
  return min + (((n % span) + span) % span);
}

function withRest(parts: Record<string, fc.Arbitrary<unknown>>, spare: number): fc.Arbitrary<unknown> {
  const rest = fc.oneof(
    { arbitrary: fc.constant(0), weight: 3 },
    fc.nat(0xffff_ffff).map(n => (n & spare) >>> 0),
    fc.constant(spare),
  );
  return fc
    .record({ parts: fc.record(parts), rest })
    .map(x => (x.rest === 0 ? x.parts : { ...x.parts, $rest: x.rest }));
}

function runLength(model: ProtocolModel, size: Size, most: number): fc.Arbitrary<number> {
  if (size.kind === 'fixed') return fc.constant(size.count);
  const top = size.kind === 'prefix' && size.type.kind === 'int' ? 256 ** size.type.bytes - 1 : most;
  const bound = Math.min(top, most, size.kind === 'expr' ? 100 : most, model.limits.string);
  // Sizes that need one byte more are where mistakes are.
  const near = fc.integer({ min: Math.min(bound, 235), max: Math.min(bound, 260) });
  const few = fc.nat(Math.min(bound, 16));
  return fc.oneof(few, fc.nat(bound), near);
}

function timeArbitrary(type: Extract<Type, { kind: 'time' }>): fc.Arbitrary<unknown> {
  if (type.form === 'gps') {
    const week = fc.oneof(fc.nat(0xffff), fc.constantFrom(0, 0xffff));
    return fc.tuple(week, fc.nat(604_799_999)).map(([w, tow]) => Date.UTC(1980, 0, 6) - 18_000 + w * 604_800_000 + tow);
  }
  if (type.form === 'count') {
    const top = Math.min(
      256 ** type.word.bytes - 1,
      Math.floor((Number.MAX_SAFE_INTEGER - Math.max(0, type.epoch)) / type.perUnit),
    );
    return fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, top)).map(n => (n % (top + 1)) * type.perUnit + type.epoch);
  }
  const lastYear = type.form === 'u8' ? 2255 : 2099;
  const seconds = { min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(lastYear, 11, 30) / 1000 };
  const impossible = fc
    .tuple(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.constantFrom(0, 13, 14))
    .map(
      ([b, month]) => new RawTime(Uint8Array.from(b, (byte, i) => (i === type.order.indexOf('MM') / 2 ? month : byte))),
    );
  return fc.oneof(
    { arbitrary: fc.integer(seconds).map(s => s * 1000), weight: 4 },
    { arbitrary: impossible, weight: 1 },
  );
}

function bcdArbitrary(bytes: number, trim: boolean): fc.Arbitrary<string> {
  const digit = fc.constantFrom(...'0123456789abcdef');
  const full = fc.string({ unit: digit, minLength: bytes * 2, maxLength: bytes * 2 });
  return trim ? full.map(s => s.replace(/^0+(?=.)/, '')) : full;
}

function textArbitrary(
  model: ProtocolModel,
  field: Field,
  type: Extract<Type, { kind: 'text' | 'word' | 'rest' }>,
): fc.Arbitrary<string> {
  const { len, match } = field.valid ?? {};
  const isLine = type.kind !== 'text';
  const charset = isLine ? model.charset : type.charset;
  const size: Size = isLine ? { kind: 'rest' } : type.size;
  const letters =
    charset === 'utf8'
      ? 'binary'
      : charset === 'gbk'
        ? fc.constantFrom(...'az09 \n\0\x7f~}中文车沪号·')
        : fc.nat(charset === 'ascii' ? 0x7f : 0xff).map(c => String.fromCharCode(c));
  const most = size.kind === 'fixed' ? size.count : size.kind === 'prefix' && size.type.kind === 'int' ? 255 : 1000;
  const min = Math.max(len?.min ?? 0, type.kind === 'word' ? 1 : 0);
  const max = Math.min(len?.max ?? 60, 60);
  const source =
    match === undefined
      ? fc.oneof(
          fc.string({ unit: letters, minLength: min, maxLength: max }),
          fc.string({ unit: 'grapheme-ascii', minLength: min, maxLength: Math.min(max, 12) }),
        )
      : fc.stringMatching(new RegExp(match));
  const bytesOf = (s: string): number => textSize(charset, s);
  const lines = model.messages.flatMap(m => (m.template === undefined ? [] : [templateText(m.template)]));
  const imitation = fc.constantFrom(...lines.map(line => line.replace(/[{}]/g, '')), 'a\bb', '\x7f', '> ', ' ');
  const padded = field.pad === undefined ? undefined : String.fromCharCode(field.pad);
  const any = type.kind === 'rest' && match === undefined ? fc.oneof(source, imitation) : source;
  const breaks = type.kind === 'word' ? /[\r\n\0 ]/g : /[\r\n\0]/g;
  // As many bytes as there can be, in characters of two where there are such.
  const isOpen = match === undefined && len === undefined && !isLine && size.kind === 'prefix';
  const wide = charset === 'gbk' || charset === 'utf8' ? '中' : 'z';
  const longest = fc.constantFrom('', 'x').map(front => front + wide.repeat(most));
  const all = isOpen ? fc.oneof({ arbitrary: any, weight: 9 }, { arbitrary: longest, weight: 1 }) : any;
  return all
    .map(s => (isLine ? s.replace(breaks, '_') : s))
    .map(s =>
      size.kind === 'until'
        ? s.replaceAll(String.fromCharCode(...size.bytes), '_').replaceAll(String.fromCharCode(size.bytes[0]!), '_')
        : s,
    )
    .map(s => {
      let kept = s;
      while (bytesOf(kept) > Math.min(most, model.limits.string)) kept = [...kept].slice(0, -1).join('');
      if (size.kind === 'fixed' && padded === undefined) kept = kept.padEnd(kept.length + most - bytesOf(kept), 'x');
      while (padded !== undefined && kept.endsWith(padded)) kept = kept.slice(0, -1);
      return kept;
    })
    .filter(s => s.length >= min && s.length <= (len?.max ?? Number.POSITIVE_INFINITY))
    .filter(s => match === undefined || new RegExp(match, 'u').test(s));
}

/** The same value without what is not there; for comparing. */
export function plain(v: unknown): unknown {
  if (v instanceof Uint8Array) return Uint8Array.from(v);
  if (Array.isArray(v)) return v.map(plain);
  if (typeof v !== 'object' || v === null) return v;
  const entries = Object.entries(v).filter(([key, x]) => x !== undefined && key !== '$warn');
  return Object.fromEntries(entries.map(([key, x]) => [key, plain(x)]));
}

/** Whether {@link plain} makes the same of both. */
export function alike(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (a instanceof Uint8Array || b instanceof Uint8Array)
    return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((x, i) => alike(x, b[i]));
  const names = membersOf(a);
  return names.length === membersOf(b).length && names.every(name => alike(a[name as never], b[name as never]));
}

const membersOf = (v: object): string[] =>
  Object.keys(v).filter(name => name !== '$warn' && v[name as never] !== undefined);

/** Something was let through, perhaps deep inside. */
export function hasWarnings(v: unknown): boolean {
  if (typeof v !== 'object' || v === null || v instanceof Uint8Array) return false;
  return Object.entries(v).some(([key, part]) => (key === '$warn' ? part !== undefined : hasWarnings(part)));
}
