/** Fields of a message or type as calls to binary-parser, with formatters that make the values a codec would give. */
import type { Charset, EnumSet, Field, ListType, ProtocolModel, Size, Struct, Type } from '../model/model.js';
import { asksForRest, evaluator, type Names } from './evaluate.js';
import { addBits, addInt, addVarint, primitive } from './numbers.js';
import {
  AT,
  type Format,
  formatted,
  Inexpressible,
  Mismatch,
  type Options,
  Parser,
  type Scope,
  type Span,
  scratch,
} from './parser.js';

/** The argument would be the whole message's scope, `this` is that of the field. */
type Count = (this: Scope) => number;

const ITEM = scratch('item');

export class FieldBuilder implements Names {
  readonly #model: ProtocolModel;
  readonly #parser: Parser;
  readonly fields: readonly Field[];
  readonly span: Span;
  readonly #read = new Set<string>();

  constructor(model: ProtocolModel, parser: Parser, fields: readonly Field[], span: Span) {
    this.#model = model;
    this.#parser = parser;
    this.fields = fields;
    this.span = span;
  }

  get enums(): readonly EnumSet[] {
    return this.#model.enums;
  }

  /** Sizes, counts and masks that follow from other fields are no part of the value. */
  key(field: Field): string {
    const derived = field.auto !== undefined || field.constant !== undefined || field.covers !== undefined;
    return derived ? scratch(field.name) : field.name;
  }

  /** @throws Inexpressible */
  addAll(): void {
    for (const field of this.fields) {
      this.#add(field);
      this.#read.add(field.name);
    }
  }

  #add(field: Field): void {
    const key = this.key(field);
    if (field.when === undefined) {
      this.#value(this.#parser, field, key);
      return;
    }
    const test = evaluator(field.when, this);
    const inner = new Parser();
    this.#value(inner, field, key);
    if (asksForRest(field.when)) this.#parser.saveOffset(AT);
    const tag = function (this: Scope): number {
      return test(this) ? 1 : 0;
    };
    this.#parser.choice({ tag, choices: { 0: new Parser(), 1: inner } } as never);
  }

  #value(p: Parser, field: Field, key: string): void {
    const { type } = field;
    switch (type.kind) {
      case 'int':
        addInt(p, type, key, this.#numberFormat(field));
        return;
      case 'varint':
        addVarint(p, type, key, this.#numberFormat(field));
        return;
      case 'float': {
        const method = `${type.bytes === 4 ? 'float' : 'double'}${type.endian === 'big' ? 'be' : 'le'}` as const;
        p[method](key, formatted(validated(field)));
        return;
      }
      case 'bool':
        p.uint8(key, formatted(toBoolean));
        return;
      case 'bits':
        addBits(p, type, key, this.#bitsFormat(field));
        return;
      case 'flags': {
        const declared = type.set.bits.map(b => ({ name: b.name, width: 1, shift: b.bit, spare: false }));
        const all = Array.from({ length: type.word.bytes * 8 }, (_, shift) => {
          return declared.find(b => b.shift === shift) ?? { name: '', width: 1, shift, spare: true };
        });
        addBits(p, { kind: 'bits', word: type.word, bits: all }, key, this.#bitsFormat(field));
        return;
      }
      case 'time':
        addTime(p, type, key);
        return;
      case 'bcd':
        p.string(key, {
          encoding: 'hex',
          length: this.#count(p, field, type.size),
          ...formatted(field.trim ? (text: string) => text.replace(/^0+(?=.)/, '') : undefined),
        });
        return;
      case 'text':
        p.buffer(key, { length: this.#count(p, field, type.size), ...formatted(textFormat(field, type.charset)) });
        return;
      case 'hex':
        p.string(key, { encoding: 'hex', length: this.#count(p, field, type.size) });
        return;
      case 'bytes':
        p.buffer(key, { length: this.#count(p, field, type.size), clone: true });
        return;
      case 'list':
        this.#list(p, field, type, key);
        return;
      case 'struct':
        p.nest(key, { type: this.#struct(type.struct) });
        return;
      default:
        throw new Inexpressible(`"${field.name}" is a ${type.kind}`);
    }
  }

  #struct(struct: Struct): Parser {
    const parser = new Parser();
    new FieldBuilder(this.#model, parser, struct.fields, this.span).addAll();
    return parser;
  }

  #list(p: Parser, field: Field, type: ListType, key: string): void {
    const { item, size } = type;
    if (type.packed === true) {
      this.#packed(p, field, size, key);
      return;
    }
    const name = item.kind === 'int' && item.bytes <= 4 ? primitive(item) : undefined;
    const most = this.#model.limits.list;
    const format = (items: Scope[]): unknown => {
      if (items.length > most) throw new Mismatch(`"${field.name}" has more than ${most} items`);
      return name === undefined && item.kind !== 'struct' ? items.map(i => i[ITEM]) : items;
    };
    const count = this.#count(p, field, size);
    const options: Options = { type: name ?? this.#item(field, item), ...formatted(format) };
    if (size.kind === 'rest') p.array(key, { ...options, lengthInBytes: count });
    else {
      const limited = function (this: Scope): number {
        const n = count.call(this);
        if (n > most) throw new Mismatch(`"${field.name}" has ${n} items, at most ${most} are allowed`);
        return n;
      };
      p.array(key, { ...options, length: limited });
    }
  }

  /** Booleans, eight a byte, the lowest bit first. */
  #packed(p: Parser, field: Field, size: Size, key: string): void {
    const count = this.#count(p, field, size);
    p.buffer(key, {
      length(this: Scope): number {
        return Math.ceil(count.call(this) / 8);
      },
      ...formatted(function (this: Scope, b: Uint8Array): boolean[] {
        return Array.from({ length: count.call(this) }, (_, i) => ((b[i >> 3]! >> (i & 7)) & 1) === 1);
      }),
    } as never);
  }

  #item(field: Field, type: Type): Parser {
    if (type.kind === 'struct') return this.#struct(type.struct);
    const parser = new Parser();
    const item: Field = { name: ITEM, place: field.place, type, bad: 'drop', trim: false, secret: false };
    new FieldBuilder(this.#model, parser, [item], this.span).addAll();
    return parser;
  }

  /** How many bytes or items follow. What tells is read first. */
  #count(p: Parser, field: Field, size: Size): Count {
    switch (size.kind) {
      case 'fixed':
        return () => size.count;
      case 'prefix': {
        const prefix = scratch(`${field.name}Size`);
        if (size.type.kind === 'varint') addVarint(p, size.type, prefix);
        else addInt(p, size.type, prefix);
        return this.#within(field, scope => scope[prefix] as number);
      }
      case 'rest':
        p.saveOffset(AT);
        return this.#within(field, scope => this.span.end - (scope[AT] as number));
      case 'expr': {
        const evaluate = evaluator(size.expr, this);
        return this.#within(field, scope => Number(evaluate(scope)));
      }
      case 'until':
        throw new Inexpressible(`"${field.name}" ends at a delimiter`);
    }
  }

  #within(field: Field, count: (scope: Scope) => number): Count {
    const most = field.type.kind === 'text' ? this.#model.limits.string : Number.POSITIVE_INFINITY;
    return function () {
      const n = count(this);
      if (n < 0 || n > most) throw new Mismatch(`"${field.name}" would take ${n} bytes`);
      return n;
    };
  }

  /** What becomes of a raw number; one of them may mean that there is no value. */
  #numberFormat(field: Field): Format | undefined {
    const { none, ...always } = field;
    const format = this.#valueFormat(always);
    if (none === undefined) return format;
    return function (this: Scope, n: number) {
      if (n === none) return undefined;
      return format === undefined ? n : format.call(this, n as never);
    };
  }

  #valueFormat(field: Field): Format | undefined {
    const { constant, negative } = field;
    if (constant !== undefined) {
      return (n: number) => {
        if (n !== constant) throw new Mismatch(`"${field.name}" is ${n}, want ${constant}`);
        return n;
      };
    }
    if (field.enum !== undefined) return enumFormat(field);
    const scaled = scaleFormat(field);
    const valid = validated(field);
    if (negative !== undefined) {
      // The bit may be read later: then whoever reads it finishes this value.
      if (!this.#read.has(negative.field)) return undefined;
      return function (this: Scope, n: number) {
        return finishSigned(field, this[negative.field] as Scope, n, scaled, valid);
      };
    }
    if (scaled === undefined) return valid;
    return valid === undefined ? scaled : (n: number) => valid(scaled(n));
  }

  /** Finishes the fields whose sign stands in these bits. */
  #bitsFormat(teller: Field): Format | undefined {
    const waiting = this.fields.filter(f => f.negative?.field === teller.name && this.#read.has(f.name));
    if (waiting.length === 0) return undefined;
    if (waiting.some(f => f.when !== undefined)) throw new Inexpressible('an optional field waits for its sign');
    const steps = waiting.map(f => ({ field: f, key: this.key(f), scaled: scaleFormat(f), valid: validated(f) }));
    return function (this: Scope, bits: Scope) {
      for (const { field, key, scaled, valid } of steps)
        this[key] = finishSigned(field, bits, this[key] as number, scaled, valid);
      return bits;
    };
  }
}

type Step = (n: number) => number;

function finishSigned(field: Field, bits: Scope, n: number, scaled: Step | undefined, valid: Step | undefined): number {
  const { bit, inverted } = field.negative!;
  const isNegative = (bits[bit] === true) !== inverted;
  const signed = isNegative ? 0 - n : n;
  const value = scaled === undefined ? signed : scaled(signed);
  return valid === undefined ? value : valid(value);
}

/** value = raw * scale + offset, dividing by an integer. */
function scaleFormat({ scale }: Field): Step | undefined {
  if (scale === undefined) return undefined;
  const { up, down, offset } = scale;
  return n => (n * down) / up + offset;
}

function validated({ name, valid, bad }: Field): Step | undefined {
  if (valid?.min === undefined || valid.max === undefined || bad === 'warn') return undefined;
  const { min, max } = valid;
  return n => {
    if (n < min || n > max) throw new Mismatch(`"${name}" is ${n}, outside ${min}..${max}`);
    return n;
  };
}

function enumFormat(field: Field): Format {
  const { set, open } = field.enum!;
  const names = new Map(set.members.map(m => [m.value, m.name]));
  return (n: number) => {
    const name = names.get(n);
    if (name === undefined && !open) throw new Mismatch(`"${field.name}" has no name for ${n}`);
    return name ?? n;
  };
}

function toBoolean(n: number): boolean {
  if (n > 1) throw new Mismatch(`${n} is neither true nor false`);
  return n === 1;
}

const decoders = {
  utf8: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  ascii: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  // Not what the Encoding Standard means by latin1, hence not its decoder.
  latin1: { decode: (b: Uint8Array): string => String.fromCharCode(...b) },
} as const;

function textFormat(field: Field, charset: Charset): Format {
  const { pad, valid } = field;
  if (charset === 'gbk') throw new Inexpressible(`"${field.name}" is gbk`);
  const decoder = decoders[charset];
  const form = valid?.match === undefined ? undefined : new RegExp(valid.match, 'u');
  return (b: Uint8Array) => {
    let end = b.length;
    while (pad !== undefined && end > 0 && b[end - 1] === pad) end--;
    if (charset === 'ascii' && b.some(byte => byte > 0x7f)) throw new Mismatch(`"${field.name}" is not ASCII`);
    const text = decoder.decode(end === b.length ? b : b.subarray(0, end));
    const { len } = valid ?? {};
    if (len !== undefined && (text.length < len.min || text.length > len.max))
      throw new Mismatch(`"${field.name}" has ${text.length} characters`);
    if (form !== undefined && !form.test(text)) throw new Mismatch(`"${field.name}" is not formed as it should be`);
    return text;
  };
}

/** Calendar times are checked by what `Date` makes of them: an impossible one comes back as another day. */
function addTime(p: Parser, type: Extract<Type, { kind: 'time' }>, key: string): void {
  if (type.form === 'count') {
    addInt(p, type.word, key, (n: number | bigint) => Number(n) * type.perUnit + type.epoch);
    return;
  }
  if (type.form === 'gps') throw new Inexpressible('a GPS time');
  const { zone } = type;
  const decimal = (byte: number): number =>
    byte >> 4 > 9 || (byte & 0x0f) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 0x0f);
  const part = (): Options => formatted(type.form === 'bcd' ? decimal : undefined);
  const names = { yy: 'year', MM: 'month', dd: 'day', HH: 'hour', mm: 'minute', ss: 'second' } as const;
  let parts = new Parser();
  for (const letters of type.order.match(/../g)!) parts = parts.uint8(names[letters as keyof typeof names], part());
  const format = (t: Record<'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', number>): number | undefined => {
    const at = Date.UTC(2000 + t.year, t.month - 1, t.day, t.hour, t.minute, t.second);
    const date = new Date(at);
    const real =
      date.getUTCMonth() === t.month - 1 &&
      date.getUTCDate() === t.day &&
      date.getUTCHours() === t.hour &&
      date.getUTCMinutes() === t.minute &&
      date.getUTCSeconds() === t.second;
    return real ? at - zone * 60_000 : undefined;
  };
  p.nest(key, { type: parts, ...formatted(format) });
}
