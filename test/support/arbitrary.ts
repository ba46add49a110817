/**
 * Values of a message, made from the model: what fast-check needs to know of every type of the schema language. Written
 * from the language's description, not from the generator: that the two agree is what the tests are for.
 */
import fc from 'fast-check';
import { templateText } from '../../generator/emit/emit-text.js';
import { sameIds } from '../../generator/model/check-conversation.js';
import type {
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
import type { Expr } from '../../generator/schema/expression.js';

export type Value = { [field: string]: unknown };

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
  const layout: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of m.frame.layout) {
    const ids = m.sameId ? sameIds(model.messages, m) : m.ids;
    if (field.role === 'id') {
      if (m.sameId || ids.length > 1) layout[field.name] = fc.constantFrom(...ids);
    } else if (!isHidden(field)) layout[field.name] = valueArbitrary(model, field);
  }
  return fc
    .tuple(fieldsArbitrary(model, m.fields, loose), fc.record(layout))
    .map(([fields, around]) => ({ ...fields, ...around }));
}

/** Elements that a value does not hold: written and checked by the codec alone. */
export function isHidden(field: Field): boolean {
  return (
    ['magic', 'check', 'case', 'body'].includes(field.type.kind) ||
    field.constant !== undefined ||
    field.auto !== undefined ||
    field.covers !== undefined
  );
}

export function fieldsArbitrary(model: ProtocolModel, fields: readonly Field[], loose = false): fc.Arbitrary<Value> {
  const drawn: Record<string, fc.Arbitrary<Drawn>> = {};
  for (const field of fields) {
    if (isHidden(field)) continue;
    drawn[field.name] = fc.record({ value: valueArbitrary(model, field, loose), absent: fc.boolean() });
  }
  return fc.record(drawn).map(all => inlined(fields, loose ? unsettled(fields, all) : settle(model, fields, all)));
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
function settle(model: ProtocolModel, fields: readonly Field[], all: { [name: string]: Drawn }): Value {
  const value: Value = {};
  const bitAbsent = new Map<string, boolean>();
  for (const field of fields) {
    const drawn = all[field.name];
    if (drawn === undefined) continue;
    const { when } = field;
    if (when === undefined || isMore(when)) value[field.name] = drawn.value;
    else if (presenceBit(fields, when) !== undefined) {
      const bit = presenceBit(fields, when)!;
      if (!bitAbsent.has(bit)) bitAbsent.set(bit, drawn.absent);
      if (bitAbsent.get(bit) === false) value[field.name] = drawn.value;
    } else if (evaluate(model, fields, value, when) !== 0) value[field.name] = drawn.value;
  }
  setSigns(fields, value);
  settleMore(fields, value, all);
  keepRawTimes(fields, value);
  return value;
}

function unsettled(fields: readonly Field[], all: { [name: string]: Drawn }): Value {
  const value: Value = {};
  for (const { name, when } of fields) {
    const drawn = all[name];
    if (drawn !== undefined && (when === undefined || !drawn.absent)) value[name] = drawn.value;
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
  return mask?.auto?.kind === 'present' ? when.path.join('.') : undefined;
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
    case 'bcd':
      return type.bytes;
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
      const n = type.charset === 'utf8' ? Buffer.byteLength(value as string) : (value as string).length;
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
    default:
      throw new Error(`no size of a ${type.kind}`);
  }
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
      if (field === undefined) {
        const set = model.enums.find(s => s.name === pascal(head!));
        return set?.members.find(m => m.name === part)?.value ?? Number.NaN;
      }
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
      return binary(e.op, of(e.left), of(e.right));
    default:
      throw new Error(`no ${e.kind} here`);
  }
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
    default:
      throw new Error(`no ${op} here`);
  }
}

function numberOf(set: EnumSet, name: string): number {
  return set.members.find(m => m.name === name)!.value;
}

function valueArbitrary(model: ProtocolModel, field: Field, loose = false, isItem = false): fc.Arbitrary<unknown> {
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
  if (field.enum !== undefined) return enumArbitrary(field, type as IntType);
  if (type.kind === 'int') {
    const raw = field.negative === undefined ? intArbitrary(type) : magnitudeArbitrary(type);
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
  if (type.kind === 'bcd') return bcdArbitrary(type.bytes, field.trim);
  return typeArbitrary(model, type, loose).filter(v => typeof v !== 'number' || inRange(v));
}

function fits(type: IntType, field: Field, v: number): boolean {
  const { up, down, offset } = field.scale!;
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

function typeArbitrary(model: ProtocolModel, type: Type, loose = false): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'int':
      return intArbitrary(type);
    case 'varint': {
      const top = 128 ** type.max - 1;
      const range = type.zigzag ? { min: -(top + 1) / 2, max: (top - 1) / 2 } : { min: 0, max: top };
      return fc.oneof(
        fc.maxSafeInteger().map(n => wrap(n, range)),
        fc.constantFrom(range.min, range.max, 0, 1, 127, 128),
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
        if (bit.spare) spare += (2 ** bit.width - 1) * 2 ** bit.shift;
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
    case 'list':
      return runLength(model, type.size, 6).chain(n =>
        fc.array(itemArbitrary(model, type.item, loose), { minLength: n, maxLength: n }),
      );
    case 'struct':
      return fieldsArbitrary(model, type.struct.fields, loose);
    case 'tlv':
      return taggedArbitrary(model, type.struct, type.size);
    default:
      throw new Error(`no values of a ${type.kind}`);
  }
}

/** Tagged items: some absent, some more than once, some that nobody declared, and in orders of their own. */
function taggedArbitrary(model: ProtocolModel, struct: Struct, size: Size): fc.Arbitrary<Value> {
  const { tag, size: word, items } = struct.tlv!;
  const most = Math.min(256 ** word.bytes - 1, size.kind === 'prefix' ? 20 : 60);
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
    keys: fc.infiniteStream(fc.nat()),
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
    const order = canonical.map(item => ({ item, key: keys.next().value as number })).sort((a, b) => a.key - b.key);
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

function itemArbitrary(model: ProtocolModel, type: Type, loose: boolean): fc.Arbitrary<unknown> {
  return type.kind === 'struct' ? fieldsArbitrary(model, type.struct.fields, loose) : typeArbitrary(model, type);
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
  if (type.form === 'count') {
    const top = Math.min(256 ** type.word.bytes - 1, Math.floor(Number.MAX_SAFE_INTEGER / type.perUnit));
    return fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, top)).map(n => (n % (top + 1)) * type.perUnit);
  }
  const lastYear = type.form === 'u8' ? 2255 : 2099;
  const seconds = { min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(lastYear, 11, 30) / 1000 };
  const impossible = fc
    .tuple(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.constantFrom(0, 13, 14))
    .map(([b, month]) => new RawTime(Uint8Array.from(b, (byte, i) => (i === 1 ? month : byte))));
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
    charset === 'utf8' ? 'binary' : fc.nat(charset === 'ascii' ? 0x7f : 0xff).map(c => String.fromCharCode(c));
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
  const bytesOf = (s: string): number => (charset === 'utf8' ? Buffer.byteLength(s) : s.length);
  const lines = model.messages.flatMap(m => (m.template === undefined ? [] : [templateText(m.template)]));
  const imitation = fc.constantFrom(...lines.map(line => line.replace(/[{}]/g, '')), 'a\bb', '\x7f', '> ', ' ');
  const padded = field.pad === undefined ? undefined : String.fromCharCode(field.pad);
  const any = type.kind === 'rest' && match === undefined ? fc.oneof(source, imitation) : source;
  const breaks = type.kind === 'word' ? /[\r\n\0 ]/g : /[\r\n\0]/g;
  return any
    .map(s => (isLine ? s.replace(breaks, '_') : s))
    .map(s => {
      let kept = s;
      while (bytesOf(kept) > Math.min(most, model.limits.string)) kept = [...kept].slice(0, -1).join('');
      if (size.kind === 'fixed' && padded === undefined) kept = kept.padEnd(kept.length + most - bytesOf(kept), 'x');
      while (padded !== undefined && kept.endsWith(padded)) kept = kept.slice(0, -1);
      return kept;
    })
    .filter(s => s.length >= min && s.length <= (len?.max ?? Number.POSITIVE_INFINITY));
}

/** The same value without what is not there; for comparing. */
export function plain(v: unknown): unknown {
  if (v instanceof Uint8Array) return Uint8Array.from(v);
  if (Array.isArray(v)) return v.map(plain);
  if (typeof v !== 'object' || v === null) return v;
  const entries = Object.entries(v).filter(([key, x]) => x !== undefined && key !== '$warn');
  return Object.fromEntries(entries.map(([key, x]) => [key, plain(x)]));
}
