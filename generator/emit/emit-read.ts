/**
 * Decoding of a group of fields, as straight-line code: one bounds check for each run of fields of fixed size, one local
 * per field, one object literal at the end. `o` is where the next run begins, `end` where the group must end.
 */

import { outerNames, sizeExpressions } from '../model/check-scope.js';
import type { EnumSet, Field, IntType, ListType, Size, SizedType, Struct, Type } from '../model/model.js';
import { freshName, pascal } from '../model/names.js';
import { fixedSize, sizeOf } from '../model/sizes.js';
import { type Expr, namesIn } from '../schema/expression.js';
import { bitCode, maskCode, maskTest, scaled, spareMask } from './arithmetic.js';
import { type Code, quoted } from './code.js';
import { consequence, type EmitContext, plus, readInt } from './context.js';
import { trace, traceBegin, traceEnd, traceLate } from './emit-trace.js';
import { plusCode } from './frame-places.js';
import { moduleName } from './modules.js';
import { type Printed, printCondition, printNumber, type Scope } from './print-expression.js';
import { canWarn, fieldType, hasRaw, isHidden, typeText } from './ts-types.js';

export class FieldReader implements Scope {
  readonly #ctx: EmitContext;
  readonly #code: Code;
  readonly #locals: Set<string>;
  readonly #names = new Map<string, Printed>();
  /** Locals of fields that may be absent. */
  readonly #optional = new Map<string, string>();
  readonly #late: (() => void)[] = [];
  /** Locals: where a range begins, where a stated size stands, the bytes of a time. */
  readonly #starts = new Map<string, string>();
  readonly #places = new Map<string, string>();
  #fields: readonly Field[] = [];
  /** Bytes of the current run that stand before the next field. */
  #off = 0;
  /** Keys and values of the literal. */
  readonly values: { key: string; code: string }[] = [];
  readonly #rawTimes = new Map<string, string>();
  /** What stands around the group: the layout of its frame. */
  readonly #outer: Scope | undefined;
  /** Where the current run begins. */
  #base = 'o';
  /** Words of bits that have been read already. */
  readonly #words = new Map<Field, string>();
  /** The frame has been checked: its elements are read, not verified again. */
  #trusted = false;

  constructor(ctx: EmitContext, code: Code, locals: Iterable<string>, outer?: Scope) {
    this.#outer = outer;
    this.#ctx = ctx;
    this.#code = code;
    this.#locals = new Set([
      ...ctx.reserved,
      ...locals,
      ...['b', 'o', 'end', 'start', 'stop', 'i', 'n', 'warn', 'conn', 'request'],
    ]);
  }

  /** Makes an element that was read elsewhere known to expressions. */
  declare(name: string, printed: Printed): void {
    this.#names.set(name, printed);
  }

  /**
   * Reads a group.
   * @param warns the frame can leave a warning too: `warn` is declared already
   */
  read(fields: readonly Field[], warns = false): void {
    this.#fields = fields;
    this.#prime(fields);
    if (canWarn(fields) && !warns) this.#code.line('let warn: string[] | undefined;');
    let i = 0;
    while (i < fields.length) {
      const longest = runFrom(fields, i);
      // One by one where each says that it is read: those before the end of the bytes must be told.
      const run = this.#ctx.traced === undefined ? longest : longest.slice(0, 1);
      if (run.length > 0) {
        this.#readRun(run, fields);
        i += run.length;
      } else this.#readOne(fields[i]!, fields, fields[i++]!);
    }
    this.#flush();
    for (const late of this.#late) late();
    if (canWarn(fields) || warns) this.values.push({ key: '$warn', code: 'warn' });
    if (this.#rawTimes.size > 0) {
      const all = [...this.#rawTimes];
      const test = all.map(([, raw]) => `${raw} === undefined`).join(' && ');
      const parts = all.map(([name, raw]) => `${name}: ${raw}`).join(', ');
      this.values.push({ key: '$raw', code: `${test} ? undefined : { ${parts} }` });
    }
  }

  /** The literal of all values. */
  literal(head: string, tail: string): void {
    const items = this.values.map(({ key, code }) => (key === code ? key : `${key}: ${code}`));
    this.#code.wrapped(`${head}{`, items, `}${tail}`);
  }

  /** An element of a checked frame that stands at `place`. */
  readElement(field: Field, place: string, word?: string): void {
    this.#trusted = true;
    this.#base = place;
    if (word !== undefined) this.#words.set(field, word);
    if (field.when === undefined) {
      if (fixedSize(field.type) === undefined) this.#sizedElement(field, 'const');
      else this.#fixed(field, 'const');
    } else {
      const local = this.#local(field.name);
      this.#code.line(`let ${local}: ${fieldType(field, this.#ctx.names)} | undefined;`);
      this.#code.block(`if (${printCondition(field.when, this)})`, () => {
        if (fixedSize(field.type) === undefined) this.#sizedElement(field, 'assign', local);
        else this.#fixed(field, 'assign', local);
      });
      this.values.push({ key: field.name, code: local });
    }
    this.#trusted = false;
    this.#base = 'o';
  }

  /** Text or digits of a layout whose size an expression tells. */
  #sizedElement(field: Field, how: 'const' | 'assign', local?: string): void {
    const { type } = field;
    if (!('size' in type) || typeof type.size !== 'object' || !('kind' in type.size)) throw new Error('no size');
    const at = this.#at();
    const { size } = type;
    if (size.kind === 'expr') this.#run(field, how, at, `${at} + (${printNumber(size.expr, this)})`, local);
    else if (size.kind === 'prefix' && size.type.kind === 'int') {
      const from = plusCode(at, size.type.bytes);
      this.#run(field, how, from, `${from} + ${readInt(this.#ctx, size.type, at)}`, local);
    } else throw new Error(`no element of ${type.kind}`);
  }

  /** Names of the layout are read before anything that could stand inside a block. */
  #prime(fields: readonly Field[]): void {
    for (const field of fields) {
      for (const path of [...expressionsOf(field).flatMap(namesIn), ...outerNames(field.type).map(o => o.path)])
        if (!fields.some(f => f.name === path[0])) this.#outer?.name(path);
    }
  }

  name(path: readonly string[]): Printed | undefined {
    const found = this.#names.get(path.join('.'));
    if (found !== undefined) return found;
    const around = this.#outer?.name(path) ?? connectionName(this.#ctx, path);
    if (around !== undefined) return around;
    const set = this.#ctx.model.enums.find(e => e.name === pascal(path[0]!));
    const member = set?.members.find(m => m.name === path[1]);
    return member === undefined ? undefined : { code: String(member.value) };
  }

  enumAt(path: readonly string[]): EnumSet | undefined {
    if (path.length !== 1) return undefined;
    return this.#fields.find(f => f.name === path[0])?.enum?.set ?? this.#outer?.enumAt?.(path);
  }

  call(name: string, args: readonly Expr[], print: (e: Expr) => string): Printed | undefined {
    const [arg] = args;
    if (arg === undefined) return undefined;
    if (name === 'more') return { code: `(${plus('end - o', -this.#off)} >= ${print(arg)})`, boolean: true };
    if (arg.kind !== 'name') return undefined;
    const local = this.#optional.get(arg.path.join('.')) ?? this.name(arg.path)?.code;
    if (name === 'present') return { code: `(${local} !== undefined)`, boolean: true };
    if (name === 'count') return { code: `(${local}?.length ?? 0)` };
    return undefined;
  }

  #local(wanted: string): string {
    return freshName(wanted, this.#locals);
  }

  #flush(): void {
    if (this.#off > 0) this.#code.line(`o += ${this.#off};`);
    this.#off = 0;
  }

  #at(): string {
    return plusCode(this.#base, this.#off);
  }

  /** Fields of fixed size that are always there: one bounds check for all. */
  #readRun(run: readonly Field[], all: readonly Field[]): void {
    this.#flush();
    const ends: string[] = [];
    let size = 0;
    for (const field of run) {
      size += fixedSize(field.type)!;
      ends.push(quoted(field.name), String(size));
    }
    traceBegin(this.#ctx, this.#code, run[0]!, 'o');
    if (size > 0)
      this.#code.line(`if (end - o < ${size}) return ${this.#ctx.use('truncated')}(o, end, [${ends.join(', ')}]);`);
    for (const field of run) {
      this.#markStart(field, all);
      this.#fixed(field, 'const');
      this.#off += fixedSize(field.type)!;
      this.#traceEnd(field);
      this.#verifyAutos(field, all);
    }
  }

  /** Says what has been read of a field, and what it holds. */
  #traceEnd(field: Field, local?: string): void {
    const last = this.values.at(-1);
    const value = local ?? (last?.key === field.name ? last.code : this.#names.get(field.name)?.code);
    traceEnd(this.#ctx, this.#code, field, this.#at(), field.negative === undefined ? value : undefined);
  }

  /** A field of variable size, or one that may be absent. */
  #readOne(field: Field, all: readonly Field[], of: Field): void {
    this.#flush();
    this.#markStart(field, all);
    if (field.when === undefined) {
      traceBegin(this.#ctx, this.#code, field, 'o');
      this.#variable(field, 'const');
      this.#traceEnd(field);
    } else this.#conditional(field);
    this.#verifyAutos(of, all);
  }

  #conditional(field: Field): void {
    const condition = printCondition(field.when!, this);
    const local = isHidden(field) ? undefined : this.#local(field.name);
    if (local !== undefined) this.#code.line(`let ${local}: ${fieldType(field, this.#ctx.names)} | undefined;`);
    if (hasRaw(field)) this.#code.line(`let ${this.#rawLocal(field)}: Uint8Array | undefined;`);
    this.#code.block(`if (${condition})`, () => {
      traceBegin(this.#ctx, this.#code, field, 'o');
      const size = field.type.kind === 'list' ? undefined : fixedSize(field.type);
      if (size === undefined) this.#variable(field, 'assign', local);
      else {
        if (!provesRoom(field.when!, size))
          this.#code.line(
            `if (end - o < ${size}) return ${this.#ctx.use('fail')}('TRUNCATED', end, ${quoted(field.name)});`,
          );
        this.#fixed(field, 'assign', local);
        this.#off = size;
        this.#flush();
      }
      this.#traceEnd(field, local);
    });
    if (local === undefined) return;
    this.values.push({ key: field.name, code: local });
    this.#declareOptional(field, local);
  }

  /** What a field that may be absent stands for in later expressions: nothing counts as 0. */
  #declareOptional(field: Field, local: string): void {
    const { type } = field;
    this.#optional.set(field.name, local);
    const parts = type.kind === 'bits' ? type.bits : type.kind === 'flags' ? type.set.bits : [];
    for (const part of parts) {
      const isBit = !('width' in part) || part.width === 1;
      const code = isBit ? `(${local}?.${part.name} === true)` : `(${local}?.${part.name} ?? 0)`;
      this.#names.set(`${field.name}.${part.name}`, { code, boolean: isBit });
    }
    if (field.enum !== undefined) {
      const set = this.#ctx.names.type(field.enum.set);
      const number = field.enum.open
        ? `(typeof ${local} === 'number' ? ${local} : ${set}[${local}])`
        : `${set}[${local}]`;
      this.#names.set(field.name, { code: `(${local} === undefined ? -1 : ${number})` });
    } else if (type.kind === 'bool') this.#names.set(field.name, { code: `(${local} === true)`, boolean: true });
    else if (type.kind === 'int' || type.kind === 'varint' || type.kind === 'float' || type.kind === 'time')
      this.#names.set(field.name, { code: `(${local} ?? 0)` });
    else this.#names.set(field.name, { code: local });
  }

  /** Declares or assigns the value of a field and makes it known. */
  #settle(field: Field, how: 'const' | 'assign', code: string, local?: string): void {
    if (how === 'assign') {
      if (local !== undefined && local !== code) this.#code.line(`${local} = ${code};`);
      return;
    }
    const isLocal = this.#locals.has(code) && code.replace(/\d+$/, '') === field.name;
    const name = isLocal ? code : this.#local(field.name);
    if (name !== code) this.#code.line(`const ${name} = ${code};`);
    if (!this.#names.has(field.name)) this.#names.set(field.name, { code: name, boolean: field.type.kind === 'bool' });
    if (!isHidden(field)) this.values.push({ key: field.name, code: name });
  }

  #fail(code: string, field: Field, got?: string, want?: string): string {
    if (this.#trusted) return '';
    const parts = [
      quoted(code),
      this.#at(),
      quoted(field.name),
      ...(got === undefined ? [] : [got]),
      ...(want === undefined ? [] : [want]),
    ];
    return `return ${this.#ctx.use('fail')}(${parts.join(', ')});`;
  }

  #fixed(field: Field, how: 'const' | 'assign', local?: string): void {
    const { type } = field;
    const at = this.#at();
    switch (type.kind) {
      case 'int':
        this.#int(field, type, how, local);
        return;
      case 'bits': {
        const word = this.#word(field, type.word, at);
        for (const bit of type.bits) {
          const code = bitCode(word, bit, type.word.bytes * 8);
          this.#names.set(`${field.name}.${bit.name}`, { code: `(${code})`, boolean: bit.width === 1 });
        }
        const spare = spareMask(type.bits);
        if (field.auto !== undefined) {
          this.#names.set(field.name, { code: word });
          if (spare !== 0)
            this.#code.line(`if ((${word} & 0x${spare.toString(16)}) !== 0) ${this.#fail('RANGE', field, word)}`);
          return;
        }
        const parts = type.bits
          .filter(b => !b.spare && (b.auto === undefined || b.auto.kind === 'conn'))
          .map(b => `${b.name}: ${bitCode(word, b, type.word.bytes * 8)}`);
        if (spare !== 0) parts.push(`$rest: ${maskCode(word, spare)} || undefined`);
        this.#settle(field, how, `{ ${parts.join(', ')} }`, local);
        return;
      }
      case 'flags': {
        const word = this.#word(field, type.word, at);
        const bits = type.set.bits;
        for (const { name, bit } of bits)
          this.#names.set(`${field.name}.${name}`, { code: `(${maskTest(word, 2 ** bit)})`, boolean: true });
        const parts = bits.map(({ name, bit }) => `${name}: ${maskTest(word, 2 ** bit)}`);
        const declared = bits.reduce((n, { bit }) => n + 2 ** bit, 0);
        const spare = 2 ** (type.word.bytes * 8) - 1 - declared;
        if (spare !== 0) parts.push(`$rest: ${maskCode(word, spare)} || undefined`);
        this.#settle(field, how, `{ ${parts.join(', ')} }`, local);
        return;
      }
      case 'bool': {
        if (!this.#trusted)
          this.#code.line(`if (b[${at}]! > 1) ${this.#fail('RANGE', field, `b[${at}]!`, "'0 or 1'")}`);
        this.#settle(field, how, `b[${at}] === 1`, local);
        return;
      }
      case 'float': {
        const name = `f${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
        this.#settle(field, how, `${this.#ctx.use(name)}(b, ${at})`, local);
        this.#checkValid(field, local ?? this.#names.get(field.name)!.code);
        return;
      }
      case 'time':
        this.#time(field, how, local);
        return;
      case 'bcd': {
        this.#run(field, how, at, plusCode(at, fixedSize(type)!), local);
        return;
      }
      case 'text':
      case 'hex':
      case 'bytes':
        this.#run(field, how, at, plusCode(at, fixedSize(type)!), local);
        return;
      case 'struct': {
        const inline = this.#inline(type.struct, this.#base, this.#off);
        if (inline !== undefined) this.#settle(field, how, inline, local);
        else this.#struct(field, type.struct, how, at, local);
        return;
      }
      case 'sized': {
        const item = this.#sized(field, type, field.name, quoted(field.name));
        this.#settle(field, how, item, local);
        return;
      }
      default:
        throw new Error(`no reader for a fixed ${type.kind}`);
    }
  }

  /** The number whose bits are fields, in a local. */
  #word(field: Field, type: IntType, at: string): string {
    const known = this.#words.get(field);
    if (known !== undefined) return known;
    const word = this.#local(`${field.name}Bits`);
    this.#code.line(`const ${word} = ${readInt(this.#ctx, type, at)};`);
    return word;
  }

  #int(field: Field, type: IntType, how: 'const' | 'assign', local?: string): void {
    const read = readInt(this.#ctx, type, this.#at());
    if (field.constant !== undefined) {
      if (this.#trusted) return;
      this.#code.line(`if (${read} !== ${field.constant}) ${this.#fail('CONST', field, read, String(field.constant))}`);
      return;
    }
    if (field.negative !== undefined) {
      this.#signed(field, read);
      return;
    }
    if (field.none !== undefined) {
      const raw = this.#local(`${field.name}Number`);
      this.#code.line(`const ${raw} = ${read};`);
      this.#settle(field, how, `${raw} === ${field.none} ? undefined : ${scaled(raw, field)}`, local);
      const name = how === 'assign' ? local! : this.#names.get(field.name)!.code;
      this.#checkValid(field, name);
      return;
    }
    if (field.enum !== undefined) {
      const raw = this.#local(`${field.name}Number`);
      const named = how === 'assign' ? local! : this.#local(field.name);
      const table = this.#ctx.nameTable(field.enum.set);
      this.#code.line(`const ${raw} = ${read};`);
      this.#names.set(field.name, { code: raw });
      const code = field.enum.open ? `${table}[${raw}] ?? ${raw}` : `${table}[${raw}]`;
      this.#code.line(how === 'assign' ? `${named} = ${code};` : `const ${named} = ${code};`);
      if (!field.enum.open)
        this.#code.line(
          `if (${named} === undefined) ${this.#fail('ENUM', field, raw) || `return ${this.#ctx.use('fail')}('ENUM', ${this.#at()}, ${quoted(field.name)}, ${raw});`}`,
        );
      if (how === 'const') this.values.push({ key: field.name, code: named });
      return;
    }
    this.#settle(field, how, scaled(read, field), local);
    const name = how === 'assign' ? local : this.#names.get(field.name)!.code;
    if (name !== undefined) this.#checkValid(field, name);
    if (field.auto === undefined || how !== 'const' || this.#isSizeOfList(field)) return;
    this.#places.set(field.name, this.#local(`${field.name}At`));
    this.#code.line(`const ${this.#places.get(field.name)} = ${this.#at()};`);
  }

  /** The sign stands in a bit that is decoded later: the value is made when that is known. */
  #signed(field: Field, read: string): void {
    const raw = this.#local(`${field.name}Size`);
    const at = this.#local(`${field.name}At`);
    const name = this.#local(field.name);
    this.#code.line(`const ${raw} = ${read};`);
    if (field.valid !== undefined && field.bad === 'drop') this.#code.line(`const ${at} = ${this.#at()};`);
    this.values.push({ key: field.name, code: name });
    const { field: teller, bit, inverted } = field.negative!;
    this.#late.push(() => {
      const sign = this.#names.get(`${teller}.${bit}`)!.code;
      const positive = inverted ? sign : `!${sign}`;
      this.#code.line(`const ${name} = ${scaled(`(${positive} ? ${raw} : 0 - ${raw})`, field)};`);
      traceLate(this.#ctx, this.#code, field, name);
      this.#checkValid(field, name, at);
    });
  }

  #time(field: Field, how: 'const' | 'assign', local?: string): void {
    const type = field.type as Extract<Type, { kind: 'time' }>;
    if (type.form === 'count') {
      const read = readInt(this.#ctx, type.word, this.#at());
      const wide = type.word.bytes === 8;
      const number = wide ? `Number(${read})` : read;
      const at = this.#at();
      this.#settle(field, how, type.perUnit === 1 ? number : `${number} * ${type.perUnit}`, local);
      if (!wide) return;
      // A number that is no longer exact could not be written back.
      const name = how === 'assign' ? local! : this.#names.get(field.name)!.code;
      const failed = `${this.#ctx.use('fail')}('RANGE', ${at}, ${quoted(field.name)}, ${name})`;
      this.#code.line(`if (${name} > ${Number.MAX_SAFE_INTEGER}) return ${failed};`);
      return;
    }
    if (type.form === 'gps') {
      const tow = readInt(this.#ctx, type.tow, plusCode(this.#at(), 2));
      this.#settle(
        field,
        how,
        `${this.#ctx.use('gpsTime')}(${readInt(this.#ctx, type.week, this.#at())}, ${tow})`,
        local,
      );
      const name = how === 'assign' ? local! : this.#names.get(field.name)!.code;
      this.#code.line(`if (${name} === undefined) ${this.#fail('RANGE', field, tow)}`);
      return;
    }
    const read = this.#ctx.use(type.form === 'u8' ? 'timeU8' : 'timeBcd');
    const at = this.#at();
    this.#settle(field, how, `${read}(b, ${at}, ${type.zone})`, local);
    const raw = how === 'assign' ? this.#rawTimes.get(field.name)! : this.#rawLocal(field);
    const name = how === 'assign' ? local! : this.#names.get(field.name)!.code;
    const kept = `${this.#ctx.use('bytes')}(b, ${at}, ${plusCode(at, 6)})`;
    this.#code.line(`${how === 'assign' ? '' : 'const '}${raw} = ${name} === undefined ? ${kept} : undefined;`);
    this.#code.line(
      `if (${raw} !== undefined && !${this.#ctx.use('allZero')}(${raw})) warn = ${this.#ctx.use('warned')}(warn, ${quoted(`${field.name}: no such time`)});`,
    );
  }

  #rawLocal(field: Field): string {
    const raw = this.#local(`${field.name}Raw`);
    this.#rawTimes.set(field.name, raw);
    return raw;
  }

  /** Text, digits or bytes in `[at, stop)`. */
  #run(field: Field, how: 'const' | 'assign', at: string, stop: string, local?: string): void {
    const { type } = field;
    if (type.kind === 'bcd') {
      this.#settle(field, how, `${this.#ctx.use(field.trim ? 'bcdTrimmed' : 'bcd')}(b, ${at}, ${stop})`, local);
      return;
    }
    if (field.codec !== undefined) {
      const codec = moduleName(field.codec, 'codec');
      this.#settle(
        field,
        how,
        `${this.#ctx.use('decodeOwn')}(${codec}, b, ${at}, ${stop}, ${quoted(field.name)})`,
        local,
      );
      const name = how === 'assign' ? local! : this.#names.get(field.name)!.code;
      this.#code.line(`if (${name} === undefined) return undefined;`);
      return;
    }
    if (field.view === true) {
      this.#settle(field, how, `b.subarray(${at}, ${stop})`, local);
      return;
    }
    if (type.kind === 'bytes' || type.kind === 'hex') {
      this.#settle(field, how, `${this.#ctx.use(type.kind)}(b, ${at}, ${stop})`, local);
      return;
    }
    if (type.kind !== 'text') throw new Error(`no run of ${type.kind}`);
    const padded = field.pad === undefined ? stop : `${this.#ctx.use('unpadded')}(b, ${at}, ${stop}, ${field.pad})`;
    if (type.charset === 'latin1') this.#settle(field, how, `${this.#ctx.use('latin1')}(b, ${at}, ${padded})`, local);
    else {
      this.#settle(field, how, `${this.#ctx.use(type.charset)}(b, ${at}, ${padded}, ${quoted(field.name)})`, local);
      const name = how === 'assign' ? local! : this.#names.get(field.name)!.code;
      this.#code.line(`if (${name} === undefined) return undefined;`);
    }
    if (!this.#trusted) this.#checkValid(field, how === 'assign' ? local! : this.#names.get(field.name)!.code);
  }

  #variable(field: Field, how: 'const' | 'assign', local?: string): void {
    const { type } = field;
    const name = quoted(field.name);
    switch (type.kind) {
      case 'varint': {
        const plain = how === 'const' && !type.zigzag && field.scale === undefined;
        const n = this.#varint(field, type.max, plain ? field.name : `${field.name}Number`);
        this.#settle(field, how, scaled(type.zigzag ? `${this.#ctx.use('unzigzag')}(${n})` : n, field), local);
        this.#checkValid(field, how === 'assign' ? local! : this.#names.get(field.name)!.code);
        return;
      }
      case 'sized': {
        const item = this.#sized(field, type, field.name, name);
        this.#settle(field, how, item, local);
        return;
      }
      case 'text':
      case 'hex':
      case 'bcd':
      case 'bytes': {
        if (type.size.kind === 'until') {
          this.#until(field, type.size.bytes, how, local);
          return;
        }
        if (type.size.kind === 'rest') {
          this.#checkLimit(field, 'end - o', type.kind === 'text');
          this.#run(field, how, 'o', 'end', local);
          this.#code.line('o = end;');
          return;
        }
        const size = this.#size(field, type.size);
        this.#checkLimit(field, size, type.kind === 'text');
        if (type.size.kind === 'expr') {
          this.#code.line(
            `if (${size} < 0 || ${size} > end - o) return ${this.#ctx.use('fail')}('SIZE', o, ${name}, ${size}, end - o);`,
          );
        } else
          this.#code.line(
            `if (${size} > end - o) return ${this.#ctx.use('fail')}('TRUNCATED', end, ${name}, end - o, ${size});`,
          );
        this.#run(field, how, 'o', `o + ${size}`, local);
        this.#code.line(`o += ${size};`);
        return;
      }
      case 'list':
        this.#list(field, type, how, local);
        return;
      case 'tlv':
        this.#tlv(field, type, how, local);
        return;
      case 'struct':
        this.#struct(field, type.struct, how, 'o', local);
        this.#code.line(`o = ${this.#ctx.use('cursor')}.at;`);
        return;
      default:
        this.#code.line(
          `if (end - o < ${fixedSize(type)}) return ${this.#ctx.use('fail')}('TRUNCATED', end, ${name});`,
        );
        this.#fixed(field, how, local);
        this.#off = fixedSize(type)!;
        this.#flush();
    }
  }

  /** Reads a varint at `o` into a local, moves `o` behind it. */
  #varint(field: Field, max: number, wanted: string): string {
    const n = this.#local(wanted);
    this.#code.line(`const ${n} = ${this.#ctx.use('varint')}(b, o, end, ${max}, ${quoted(field.name)});`);
    this.#code.line(`if (${n} < 0) return undefined;`);
    this.#code.line(`o = ${this.#ctx.use('cursor')}.at;`);
    return n;
  }

  /** How many bytes or items follow, as a local or expression. */
  #size(field: Field, size: Size): string {
    if (size.kind === 'fixed') return String(size.count);
    const isList = field.type.kind === 'list';
    if (size.kind === 'expr') {
      const asks = namesIn(size.expr).some(path => path[0] === 'request');
      const told = printNumber(size.expr, this);
      // Without the request there is as much as there are bytes.
      const packed = field.type.kind === 'list' && field.type.packed === true;
      const item = field.type.kind === 'list' ? sizeOf(field.type.item).min : 1;
      const left = packed ? '(end - o) * 8' : item > 1 ? `Math.floor((end - o) / ${item})` : 'end - o';
      const code = asks ? `request === undefined ? ${left} : ${told}` : told;
      if (/^\w+$/.test(code)) return code;
      const local = this.#local(isList ? `${field.name}Count` : `${field.name}Size`);
      this.#code.line(`const ${local} = ${code};`);
      return local;
    }
    if (size.kind !== 'prefix') throw new Error('the rest has no size');
    const wanted = isList ? `${field.name}Count` : `${field.name}Size`;
    if (size.type.kind === 'varint') {
      const told = this.#varint(field, size.type.max, wanted);
      trace(this.#ctx, this.#code, `size(o, ${told})`);
      return told;
    }
    const local = this.#local(wanted);
    const width = size.type.bytes;
    this.#code.line(
      `if (end - o < ${width}) return ${this.#ctx.use('fail')}('TRUNCATED', end, ${quoted(field.name)});`,
    );
    this.#code.line(`const ${local} = ${readInt(this.#ctx, size.type, 'o')};`);
    this.#code.line(`o += ${width};`);
    trace(this.#ctx, this.#code, `size(o, ${local})`);
    return local;
  }

  #checkLimit(field: Field, size: string, isText: boolean): void {
    const { limits } = this.#ctx.model;
    const most = limits.string;
    const type = field.type;
    const sized = 'size' in type && type.size.kind === 'prefix' ? type.size.type : undefined;
    const top =
      sized === undefined ? limits.frame : sized.kind === 'int' ? 256 ** sized.bytes - 1 : Number.POSITIVE_INFINITY;
    if (!isText || top <= most) return;
    this.#code.line(
      `if (${size} > ${most}) return ${this.#ctx.use('fail')}('LIMIT', o, ${quoted(field.name)}, ${size}, ${most});`,
    );
  }

  /** Booleans, eight a byte. */
  #packed(field: Field, type: ListType, how: 'const' | 'assign', local?: string): void {
    const { limits } = this.#ctx.model;
    const name = quoted(field.name);
    const count = type.size.kind === 'rest' ? '(end - o) * 8' : this.#size(field, type.size);
    const bytes = type.size.kind === 'fixed' ? String(Math.ceil(type.size.count / 8)) : `(${count} + 7) >> 3`;
    const fail = this.#ctx.use('fail');
    if (type.size.kind === 'fixed') {
      this.#code.line(`if (${bytes} > end - o) return ${fail}('TRUNCATED', end, ${name}, end - o, ${bytes});`);
    } else {
      this.#code.line(`if (${count} > ${limits.list}) return ${fail}('LIMIT', o, ${name}, ${count}, ${limits.list});`);
      this.#code.line(`if (!(${count} >= 0) || (${bytes}) > end - o) return ${fail}('COUNT', o, ${name}, ${count});`);
    }
    this.#settle(field, how, `${this.#ctx.use('bits')}(b, o, ${count})`, local);
    this.#code.line(`o += ${bytes};`);
  }

  /** Something behind its own size, which it must fill. Returns the local that holds it. */
  #sized(field: Field, type: SizedType, wanted: string, path: string): string {
    this.#flush();
    const name = quoted(field.name);
    const fail = this.#ctx.use('fail');
    const bare: Field = { ...field, type: { kind: 'bytes', size: { kind: 'rest' } } };
    const size = this.#size(bare, { kind: 'prefix', type: type.prefix });
    this.#code.line(`if (${size} > end - o) return ${fail}('TRUNCATED', end, ${name}, end - o, ${size});`);
    const stop = this.#local(`${field.name}Stop`);
    this.#code.line(`const ${stop} = o + ${size};`);
    const item = this.#local(wanted);
    this.#code.line(`const ${item} = ${this.#readerCall(type.type, 'o', stop)};`);
    this.#code.line(`if (${item} === undefined) return ${this.#ctx.use('inside')}(${path});`);
    const at = `${this.#ctx.use('cursor')}.at`;
    this.#code.line(
      `if (${at} !== ${stop}) return ${fail}('TRAILING', ${at}, ${name}, \`\${${stop} - ${at}} bytes\`);`,
    );
    this.#code.line(`o = ${stop};`);
    return item;
  }

  /** `readEntity(b, o, end, codec)`: a type's reader with the names that it takes from around it. */
  #readerCall(type: Type, from: string, to: string): string {
    if (type.kind !== 'struct' && type.kind !== 'tlv') throw new Error(`no reader for ${type.kind}`);
    const outer = type.struct.outer.map(o => {
      const printed = this.name(o.path);
      if (printed === undefined) throw new Error(`no ${o.path.join('.')} around ${type.struct.name}`);
      return printed.boolean === true ? `Number(${printed.code})` : printed.code;
    });
    return `read${this.#ctx.names.type(type.struct)}(${['b', from, to, ...outer].join(', ')})`;
  }

  /** Text or bytes up to a delimiter. */
  #until(field: Field, delimiter: Uint8Array, how: 'const' | 'assign', local?: string): void {
    const stop = this.#local(`${field.name}End`);
    const bytes = this.#ctx.bytesConstant(delimiter);
    this.#code.line(`const ${stop} = ${this.#ctx.use('untilEnd')}(b, o, end, ${bytes}, ${quoted(field.name)});`);
    this.#code.line(`if (${stop} < 0) return undefined;`);
    if (field.type.kind === 'text') this.#checkLimit(field, `${stop} - o`, true);
    this.#run(field, how, 'o', stop, local);
    this.#code.line(`o = ${stop} + ${delimiter.length};`);
  }

  #list(field: Field, type: ListType, how: 'const' | 'assign', local?: string): void {
    if (type.packed === true) {
      this.#packed(field, type, how, local);
      return;
    }
    const { limits } = this.#ctx.model;
    const item = sizeOf(type.item);
    const name = quoted(field.name);
    const fail = this.#ctx.use('fail');
    const count = type.size.kind === 'rest' ? undefined : this.#size(field, type.size);
    const items = how === 'assign' ? this.#local(`${field.name}Items`) : this.#local(field.name);
    if (count !== undefined && type.size.kind !== 'fixed') {
      this.#code.line(`if (${count} > ${limits.list}) return ${fail}('LIMIT', o, ${name}, ${count}, ${limits.list});`);
      if (type.size.kind === 'expr')
        this.#code.line(
          `if (${count} < 0 || !Number.isInteger(${count})) return ${fail}('COUNT', o, ${name}, ${count});`,
        );
    }
    if (count !== undefined) {
      const room = item.min === 1 ? count : `${count} * ${Math.max(1, item.min)}`;
      this.#code.line(`if (${room} > end - o) return ${fail}('COUNT', o, ${name}, ${count});`);
    }
    this.#code.line(`const ${items}: ${typeText(type, this.#ctx.names)} = [];`);
    const head =
      count === undefined
        ? type.last === undefined
          ? 'while (o < end)'
          : 'for (;;)'
        : `for (let i = 0; i < ${count}; i++)`;
    this.#code.block(head, () => {
      if (count === undefined)
        this.#code.line(
          `if (${items}.length >= ${limits.list}) return ${fail}('LIMIT', o, ${name}, undefined, ${limits.list});`,
        );
      const index = count === undefined ? `${items}.length` : 'i';
      trace(this.#ctx, this.#code, `item(${index}, o)`);
      this.#item(field, type.item, items, index, item.min === item.max && count !== undefined);
      trace(this.#ctx, this.#code, `end(o, ${items}.at(-1))`);
      if (type.last !== undefined) this.#code.line(`if (${this.#lastTest(type, items)}) break;`);
    });
    if (how === 'assign') this.#code.line(`${local} = ${items};`);
    else {
      this.#names.set(field.name, { code: items });
      this.values.push({ key: field.name, code: items });
    }
  }

  /** `u8(until it == 0)`, `Item(until more == 0)`: whether the item just read is the last. */
  #lastTest(type: ListType, items: string): string {
    const last = `${items}[${items}.length - 1]!`;
    const scope: Scope = {
      name: path => {
        if (path[0] === 'it') return { code: last };
        const field = type.item.kind === 'struct' ? type.item.struct.fields.find(f => f.name === path[0]) : undefined;
        if (field === undefined) return this.name(path);
        const bit = field.type.kind === 'bits' ? field.type.bits.find(b => b.name === path[1]) : undefined;
        return { code: `${last}.${path.join('.')}`, boolean: field.type.kind === 'bool' || bit?.width === 1 };
      },
      call: () => undefined,
    };
    return printCondition(type.last!, scope);
  }

  #item(field: Field, type: Type, items: string, index: string, counted: boolean): void {
    if (type.kind === 'struct') {
      const inline = counted ? this.#inline(type.struct, 'o', 0) : undefined;
      if (inline !== undefined) {
        this.#code.line(`${items}.push(${inline});`).line(`o += ${fixedSize(type)};`);
        return;
      }
      const item = freshName('item', new Set(this.#locals));
      this.#code.line(`const ${item} = ${this.#readerCall(type, 'o', 'end')};`);
      this.#code.line(`if (${item} === undefined) return ${this.#ctx.use('inside')}(\`${field.name}[\${${index}}]\`);`);
      this.#code.line(`${items}.push(${item});`).line(`o = ${this.#ctx.use('cursor')}.at;`);
      return;
    }
    if (type.kind === 'sized') {
      const item = this.#sized(field, type, 'item', `\`${field.name}[\${${index}}]\``);
      this.#code.line(`${items}.push(${item});`);
      return;
    }
    if (type.kind === 'int' && counted) {
      this.#code.line(`${items}.push(${readInt(this.#ctx, type, 'o')});`).line(`o += ${type.bytes};`);
      return;
    }
    // One item is read like a field of its own, in a scope of its own.
    const inner = new FieldReader(this.#ctx, this.#code, this.#locals, this);
    inner.#variable({ name: field.name, place: field.place, type, bad: 'drop', trim: false, secret: false }, 'const');
    this.#code.line(`${items}.push(${inner.values[0]!.code});`);
  }

  /** A small struct in place, unless each of its fields has to say that it is read. */
  #inline(struct: Struct, base: string, off: number): string | undefined {
    if (this.#ctx.traced !== undefined && !this.#trusted) return undefined;
    return inlineStruct(this.#ctx, struct, base, off);
  }

  #struct(field: Field, struct: Struct, how: 'const' | 'assign', at: string, local?: string): void {
    const name = how === 'assign' ? local! : this.#local(field.name);
    this.#code.line(
      `${how === 'assign' ? '' : 'const '}${name} = ${this.#readerCall({ kind: 'struct', struct }, at, this.#trusted ? 'stop' : 'end')};`,
    );
    this.#code.line(`if (${name} === undefined) return ${this.#ctx.use('inside')}(${quoted(field.name)});`);
    if (how === 'const') {
      this.#names.set(field.name, { code: name });
      this.values.push({ key: field.name, code: name });
    }
  }

  /** Tagged items up to the end of their scope, or in so many bytes. */
  #tlv(field: Field, type: Extract<Type, { kind: 'tlv' }>, how: 'const' | 'assign', local?: string): void {
    const { struct, size } = type;
    let stop = 'end';
    if (size.kind !== 'rest') {
      const bytes = this.#size(field, size);
      const fail = this.#ctx.use('fail');
      this.#code.line(
        `if (${bytes} < 0 || ${bytes} > end - o) return ${fail}('SIZE', o, ${quoted(field.name)}, ${bytes}, end - o);`,
      );
      stop = `o + ${bytes}`;
    }
    const name = how === 'assign' ? local! : this.#local(field.name);
    this.#code.line(`${how === 'assign' ? '' : 'const '}${name} = ${this.#readerCall(type, 'o', stop)};`);
    const inside = field.inline === true ? 'undefined' : `${this.#ctx.use('inside')}(${quoted(field.name)})`;
    this.#code.line(`if (${name} === undefined) return ${inside};`);
    this.#code.line(`o = ${this.#ctx.use('cursor')}.at;`);
    if (how === 'assign') return;
    if (field.inline !== true) {
      this.values.push({ key: field.name, code: name });
      return;
    }
    for (const member of tlvMembers(struct)) this.values.push({ key: member, code: `${name}.${member}` });
  }

  /** Reads one value and nothing else; returns the code that holds it. */
  readValue(field: Field): string {
    this.read([field]);
    return this.values[0]!.code;
  }

  #checkValid(field: Field, name: string, lateAt?: string): void {
    const { valid } = field;
    if (valid === undefined) return;
    const given = field.none === undefined ? '' : `${name} !== undefined && `;
    const at = lateAt ?? this.#at();
    const { min, max, len, match } = valid;
    const tests: [string, string][] = [];
    if (min !== undefined && max !== undefined) {
      const type = field.type;
      const always =
        type.kind === 'int' && !type.signed && field.scale === undefined && min <= 0
          ? `${name} > ${max}`
          : `${name} < ${min} || ${name} > ${max}`;
      tests.push([always, `${min}..${max}`]);
    }
    if (len !== undefined)
      tests.push([`${name}.length < ${len.min} || ${name}.length > ${len.max}`, `${len.min}..${len.max} characters`]);
    if (match !== undefined) tests.push([`!${this.#ctx.pattern(match)}.test(${name})`, match]);
    for (const [bare, want] of tests) {
      const test = given === '' ? bare : `${given}(${bare})`;
      if (field.bad === 'warn')
        this.#code.line(
          `if (${test}) warn = ${this.#ctx.use('warned')}(warn, ${quoted(`${field.name}: outside ${want}`)});`,
        );
      else {
        const got = field.secret ? 'undefined' : name;
        this.#code.line(
          `if (${test}) return ${consequence(this.#ctx, field.bad, `${this.#ctx.use('fail')}('RANGE', ${at}, ${quoted(field.name)}, ${got}, ${quoted(want)})`)};`,
        );
      }
    }
  }

  /** Where a range begins whose size is stated elsewhere. */
  #markStart(field: Field, all: readonly Field[]): void {
    if (!all.some(f => f.auto?.kind === 'size' && f.auto.range.from === field.name)) return;
    const mark = `${field.name}Start`;
    if (this.#starts.has(field.name)) return;
    this.#starts.set(field.name, this.#local(mark));
    this.#code.line(`const ${this.#starts.get(field.name)} = ${this.#at()};`);
  }

  /** Whether a count is what its list is read by, so that it cannot be wrong. */
  #isSizeOfList(teller: Field): boolean {
    const { auto } = teller;
    const type = auto?.kind === 'count' ? this.#fields.find(f => f.name === auto.of)?.type : undefined;
    const size = type?.kind === 'list' ? type.size : undefined;
    return size?.kind === 'expr' && size.expr.kind === 'name' && size.expr.path[0] === teller.name;
  }

  /** Sizes and counts that this field completes must be as stated. */
  #verifyAutos(field: Field, all: readonly Field[]): void {
    for (const teller of all) {
      const { auto } = teller;
      const stated = this.#names.get(teller.name)?.code;
      if (auto?.kind === 'size' && auto.range.to === field.name) {
        const size = plus(`o - ${this.#starts.get(auto.range.from)}`, this.#off);
        this.#code.line(
          `if (${size} !== ${stated}) return ${this.#ctx.use('fail')}('SIZE', ${this.#places.get(teller.name)}, ${quoted(teller.name)}, ${stated}, ${size});`,
        );
      }
      if (auto?.kind === 'expr' && field === all.at(-1) && stated !== undefined) {
        const want = printNumber(auto.expr, this);
        this.#code.line(
          `if (${stated} !== ${want}) return ${this.#ctx.use('fail')}('COUNT', ${this.#places.get(teller.name)}, ${quoted(teller.name)}, ${stated}, ${want});`,
        );
      }
      if (auto?.kind === 'count' && auto.of === field.name) {
        const list = this.#names.get(field.name)!.code;
        if (!this.#isSizeOfList(teller))
          this.#code.line(
            `if (${list}.length !== ${stated}) return ${this.#ctx.use('fail')}('COUNT', ${this.#places.get(teller.name)}, ${quoted(teller.name)}, ${stated}, ${list}.length);`,
          );
      }
    }
  }
}

/** What a value of a tagged type can hold, in the order of its literal. */
export function tlvMembers(struct: Struct): string[] {
  return [...struct.fields.map(f => f.name), 'unknown', '$order', ...(struct.tlv?.keepsTail === true ? ['tail'] : [])];
}

/** The longest run of unconditional fields of fixed size from `i` on. */
export function runFrom(fields: readonly Field[], i: number): Field[] {
  const run: Field[] = [];
  for (; i < fields.length; i++) {
    const field = fields[i]!;
    if (field.when !== undefined || fixedSize(field.type) === undefined || field.type.kind === 'list') break;
    run.push(field);
  }
  return run;
}

/** Expressions of a field that are evaluated when it is read. */
export function expressionsOf(field: Field): Expr[] {
  return [...(field.when === undefined ? [] : [field.when]), ...sizeExpressions(field.type)];
}

/** `request.qty`, `conn.version`. */
export function connectionName(ctx: EmitContext, path: readonly string[]): Printed | undefined {
  if (path.length !== 2) return undefined;
  if (path[0] === 'request') return { code: `${ctx.use('requestNumber')}(request, ${quoted(path[1]!)})` };
  return path[0] === 'conn' ? { code: `${ctx.use('learned')}(conn, ${quoted(path[1]!)})` } : undefined;
}

/** `more(n)` with at least as many bytes as the field takes: its bounds are checked already. */
function provesRoom(when: Expr, size: number): boolean {
  const [n] = when.kind === 'call' && when.name === 'more' ? when.args : [];
  return n?.kind === 'number' && n.value >= size;
}

/** A small struct of plain numbers as a literal: no call, no check that could fail. */
function inlineStruct(ctx: EmitContext, struct: Struct, base: string, off: number): string | undefined {
  if (struct.fields.length > 6) return undefined;
  const parts: string[] = [];
  for (const field of struct.fields) {
    const { type } = field;
    const plain =
      field.when ?? field.enum ?? field.valid ?? field.negative ?? field.constant ?? field.auto ?? field.none;
    if (type.kind !== 'int' || plain !== undefined) return undefined;
    parts.push(`${field.name}: ${scaled(readInt(ctx, type, plus(base, off)), field)}`);
    off += type.bytes;
  }
  return `{ ${parts.join(', ')} }`;
}
