/**
 * Where the elements of a frame stand, as code over its bytes `[start, stop)`. Elements of fixed size stand at constant
 * offsets; behind one of variable size a local says where the next begins. Nothing is emitted that nobody asks for.
 */
import type { EnumSet, Field, Frame, IntType, MagicType } from '../model/model.js';
import { freshName } from '../model/names.js';
import { fixedSize, sizeOf } from '../model/sizes.js';
import type { Expr } from '../schema/expression.js';
import { bitCode, maskTest, scaled } from './arithmetic.js';
import { byteHex, type Code } from './code.js';
import { type EmitContext, plus, readInt } from './context.js';
import type { Locals } from './locals.js';
import { type Printed, printCondition, printNumber, type Scope } from './print-expression.js';

/** The fewest bytes that these elements take together. */
export function minOf(fields: readonly Field[]): number {
  return fields.reduce((n, f) => n + (f.when === undefined ? sizeOf(f.type).min : 0), 0);
}

export const isFixed = (f: Field): boolean => f.when === undefined && fixedSize(f.type) !== undefined;

/** The bytes of a frame in generated code, and what its code is called by. */
export interface Where {
  readonly b: string;
  readonly start: string;
  readonly stop: string;
}

const PLAIN: Where = { b: 'b', start: 'start', stop: 'stop' };

export class FramePlaces implements Scope {
  readonly frame: Frame;
  readonly head: readonly Field[];
  readonly tail: readonly Field[];
  /** Bytes behind the body. */
  readonly tailSize: number;
  readonly #ctx: EmitContext;
  readonly #code: Code;
  readonly #locals: Locals;
  readonly #where: Where;
  readonly #places = new Map<Field, string>();
  readonly #words = new Map<Field, string>();
  #base: string;
  #off = 0;
  #next = 0;
  #variable: Field | undefined;

  constructor(ctx: EmitContext, frame: Frame, code: Code, locals: Locals, where: Where = PLAIN) {
    const body = frame.layout.findIndex(f => f.type.kind === 'body');
    this.#ctx = ctx;
    this.#code = code;
    this.#locals = locals;
    this.#where = where;
    this.#base = where.start;
    this.frame = frame;
    this.head = body < 0 ? [] : frame.layout.slice(0, body);
    this.tail = body < 0 ? [] : frame.layout.slice(body + 1);
    this.tailSize = minOf(this.tail);
  }

  /** A name that is free in the function. */
  local(wanted: string): string {
    return freshName(wanted, this.#locals);
  }

  /** A local for what can be worked out at any time: it is left out where nobody asks for it. Answers with its name. */
  declare(wanted: string, code: string): string {
    const local = this.local(wanted);
    const line = `const ${local} = ${code};`;
    this.#ctx.worked.add(line);
    this.#code.line(line);
    return local;
  }

  /** Where an element begins. */
  place(field: Field): string {
    const behind = this.tail.indexOf(field);
    if (behind >= 0) return plus(this.#where.stop, -minOf(this.tail.slice(behind)));
    if (field.type.kind === 'body') return this.bodyStart();
    while (!this.#places.has(field)) this.#advance();
    return this.#places.get(field)!;
  }

  /** Where an element ends. */
  end(field: Field): string {
    const behind = this.tail.indexOf(field);
    if (behind >= 0) return plus(this.#where.stop, -minOf(this.tail.slice(behind + 1)));
    if (field.type.kind === 'body') return this.bodyStop();
    const next = this.head[this.head.indexOf(field) + 1];
    return next === undefined ? this.bodyStart() : this.place(next);
  }

  bodyStart(): string {
    while (this.#next < this.head.length) this.#advance();
    this.#passVariable();
    return plus(this.#base, this.#off);
  }

  bodyStop(): string {
    return plus(this.#where.stop, -this.tailSize);
  }

  /** Every element before the body has its place: for code that asks inside a block. */
  walk(): void {
    this.bodyStart();
  }

  /** What an element says, as a number. */
  number(field: Field): string {
    const { type } = field;
    if (type.kind === 'case') return this.#caseRead(field);
    if (type.kind === 'bits' || type.kind === 'flags') return this.word(field);
    if (type.kind === 'varint') return this.#varint(this.place(field), type.max);
    const word = type.kind === 'check' ? type.word : (type as IntType);
    return readInt(this.#ctx, word, this.place(field), this.#where.b);
  }

  /** A varint that is known to be whole: nearly all take one byte. Less than 0 where it is over-long. */
  #varint(at: string, max: number): string {
    const { b } = this.#where;
    return `(${b}[${at}]! < 0x80 ? ${b}[${at}]! : ${this.#ctx.use('sizeVarint')}(${b}, ${at}, ${plusCode(at, max)}, ${max}))`;
  }

  /** A local with the number whose bits are fields. */
  word(field: Field): string {
    const known = this.#words.get(field);
    if (known !== undefined) return known;
    const { type } = field;
    if (type.kind !== 'bits' && type.kind !== 'flags') throw new Error(`${field.name} has no bits`);
    const read = readInt(this.#ctx, type.word, this.place(field), this.#where.b);
    const code = field.when === undefined ? read : `(${printCondition(field.when, this)} ? ${read} : 0)`;
    const local = this.declare(`${field.name}Bits`, code);
    this.#words.set(field, local);
    return local;
  }

  name(path: readonly string[]): Printed | undefined {
    const field = this.frame.layout.find(f => f.name === path[0]);
    if (field === undefined) return undefined;
    const { type } = field;
    if (type.kind === 'bits') {
      const bit = type.bits.find(b => b.name === path[1]);
      if (bit === undefined) return path.length === 1 ? { code: this.word(field) } : undefined;
      return { code: `(${bitCode(this.word(field), bit, type.word.bytes * 8)})`, boolean: bit.width === 1 };
    }
    if (type.kind === 'flags') {
      const bit = type.set.bits.find(b => b.name === path[1]);
      return bit === undefined ? undefined : { code: `(${maskTest(this.word(field), 2 ** bit.bit)})`, boolean: true };
    }
    if (type.kind === 'struct') return this.#member(field, path);
    if (type.kind !== 'int' && type.kind !== 'bool' && type.kind !== 'case' && type.kind !== 'varint') return undefined;
    const read =
      type.kind === 'bool'
        ? `${this.#where.b}[${this.place(field)}] === 1`
        : this.#signed(field, scaled(this.number(field), field));
    if (field.when === undefined)
      return { code: type.kind === 'bool' ? `(${read})` : read, boolean: type.kind === 'bool' };
    return {
      code: `(${printCondition(field.when, this)} ? ${read} : ${type.kind === 'bool' ? 'false' : '0'})`,
      boolean: type.kind === 'bool',
    };
  }

  /** With the sign that stands elsewhere. */
  #signed({ negative }: Field, value: string): string {
    const sign = negative === undefined ? undefined : this.name([negative.field, negative.bit]);
    if (negative === undefined || sign === undefined) return value;
    const [least, most] = negative.inverted ? [value, `-${value}`] : [`-${value}`, value];
    return `(${sign.code} ? ${least} : ${most})`;
  }

  enumAt(path: readonly string[]): EnumSet | undefined {
    return path.length === 1 ? this.frame.layout.find(f => f.name === path[0])?.enum?.set : undefined;
  }

  call(name: string, args: readonly Expr[]): Printed | undefined {
    const [arg] = args;
    if (name !== 'present' || arg?.kind !== 'name') return undefined;
    const field = this.frame.layout.find(f => f.name === arg.path[0]);
    if (field === undefined) return undefined;
    return { code: field.when === undefined ? 'true' : `(${printCondition(field.when, this)})`, boolean: true };
  }

  /** A number inside a group: `part.index`. */
  #member(field: Field, path: readonly string[]): Printed | undefined {
    if (field.type.kind !== 'struct') return undefined;
    const { fields } = field.type.struct;
    const inner = fields.find(f => f.name === path[1]);
    if (inner?.type.kind !== 'int') return undefined;
    const at = plusCode(this.place(field), minOf(fields.slice(0, fields.indexOf(inner))));
    const read = readInt(this.#ctx, inner.type, at, this.#where.b);
    return { code: field.when === undefined ? read : `(${printCondition(field.when, this)} ? ${read} : 0)` };
  }

  #advance(): void {
    this.#passVariable();
    const field = this.head[this.#next++]!;
    this.#places.set(field, plus(this.#base, this.#off));
    if (isFixed(field)) this.#off += fixedSize(field.type)!;
    else this.#variable = field;
  }

  /** Says where the element of variable size that was met last ends, now that somebody asks for what is behind it. */
  #passVariable(): void {
    const field = this.#variable;
    if (field === undefined) return;
    this.#variable = undefined;
    const at = plus(this.#base, this.#off);
    this.#base = this.declare(`${field.name}End`, `${at} + ${this.#width(field, at)}`);
    this.#off = 0;
  }

  /** The bytes of an element of variable size that is known to be whole. */
  #width(field: Field, at: string): string {
    const wide = this.#unconditionalWidth(field, at);
    return field.when === undefined ? wide : `(${printCondition(field.when, this)} ? ${wide} : 0)`;
  }

  #unconditionalWidth(field: Field, at: string): string {
    const { type } = field;
    const { b } = this.#where;
    const size = fixedSize(type);
    if (size !== undefined) return String(size);
    if (type.kind === 'varint') return `(${b}[${at}]! < 0x80 ? 1 : ${this.#ctx.use('varintWidth')}(${b}, ${at}))`;
    if (type.kind === 'case') {
      const [first, ...others] = type.arms;
      const width = others.reduce(
        (no, arm) => `${this.formTest(type.on, arm.name)} ? ${arm.type.bytes} : ${no}`,
        String(first!.type.bytes),
      );
      return `(${width})`;
    }
    if ('size' in type && typeof type.size === 'object' && 'kind' in type.size) {
      if (type.size.kind === 'expr') return `(${printNumber(type.size.expr, this)})`;
      if (type.size.kind === 'prefix' && type.size.type.kind === 'int') {
        const { bytes } = type.size.type;
        return `${bytes} + ${readInt(this.#ctx, type.size.type, at, b)}`;
      }
    }
    throw new Error(`no width of ${type.kind}`);
  }

  /** Which form of a marker stands in the frame, as a condition for the second and later forms. */
  formTest(marker: string, form: string): string {
    const field = this.head.find(f => f.name === marker)!;
    return formTest(field.type as MagicType, form, this.place(field), this.#where.b);
  }

  #caseRead(field: Field): string {
    const { type } = field;
    if (type.kind !== 'case') throw new Error('no case');
    const at = this.place(field);
    const [first, ...others] = type.arms;
    const read = others.reduce(
      (no, arm) => `${this.formTest(type.on, arm.name)} ? ${readInt(this.#ctx, arm.type, at, this.#where.b)} : ${no}`,
      readInt(this.#ctx, first!.type, at, this.#where.b),
    );
    return `(${read})`;
  }
}

/** `b[o] === 0x78 && b[o + 1] === 0x78`. */
export function isMagic(bytes: Uint8Array, at: (i: number) => string): string {
  return [...bytes].map((byte, i) => `b[${at(i)}] === ${byteHex(byte)}`).join(' && ');
}

/** Whether the marker at `at` has this form and not one of the others. */
export function formTest(magic: MagicType, form: string, at: string, b = 'b'): string {
  const wanted = magic.forms.find(f => f.name === form)!.bytes;
  const others = magic.forms.filter(f => f.name !== form);
  const telling = [...wanted].findIndex((byte, i) => others.every(o => o.bytes[i] !== byte));
  const i = Math.max(0, telling);
  return `${b}[${plusCode(at, i)}] === ${byteHex(wanted[i]!)}`;
}

/** `stop - 6` and 2 more: `stop - 4`. */
export function plusCode(code: string, n: number): string {
  const m = /^([\w.]+) ([+-]) (\d+)$/.exec(code);
  if (m === null) return plus(code, n);
  return plus(m[1]!, (m[2] === '-' ? -1 : 1) * Number(m[3]) + n);
}

/** How far `to` is behind `from`: constants are taken together. */
export function distance(from: string, to: string): string {
  const parse = (code: string): [string, number] => {
    const m = /^([\w.]+) ([+-]) (\d+)$/.exec(code);
    return m === null ? [code, 0] : [m[1]!, (m[2] === '-' ? -1 : 1) * Number(m[3])];
  };
  const [a, m] = parse(from);
  const [b, n] = parse(to);
  return a === b ? String(n - m) : plus(`${b} - ${a}`, n - m);
}
