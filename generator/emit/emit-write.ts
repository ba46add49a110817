/**
 * Encoding of a group of fields: room for each run of fields of fixed size is reserved at once; sizes and counts are
 * computed, or filled in when what they tell is written. Every value is checked before it is written.
 */

import { outerNames } from '../model/check-scope.js';
import type {
  EnumSet,
  Field,
  IntType,
  ListType,
  MagicType,
  SizedType,
  Struct,
  Type,
  VarintType,
} from '../model/model.js';
import { freshName, pascal } from '../model/names.js';
import { fixedSize, sizeOf } from '../model/sizes.js';
import { type Expr, namesIn } from '../schema/expression.js';
import { byteHex, type Code, quoted } from './code.js';
import { type EmitContext, intRange, plus, putInt } from './context.js';
import { FramePlaces, plusCode } from './frame-places.js';
import { moduleName } from './modules.js';
import { type Printed, printCondition, printNumber, type Scope, unwrapped } from './print-expression.js';
import { connectionName, expressionsOf } from './read/read-names.js';
import { hasRaw } from './ts-types.js';

export class FieldWriter implements Scope {
  readonly #ctx: EmitContext;
  readonly #code: Code;
  readonly #locals: Set<string>;
  /** The object that holds the fields: `v`. */
  readonly #v: string;
  readonly #path: string;
  readonly #fields: readonly Field[];
  readonly #mores: string[] = [];
  /** Locals for the bytes of such data where it may be absent. */
  readonly #written = new Map<string, string>();
  /** Data whose size computed fields state: compared when these are known. */
  readonly #sizeChecks: (() => void)[] = [];
  /** The values of computed fields, as expressions see them. */
  readonly #computed = new Map<string, string>();
  /** Locals: where a range begins, and the numbers of fields whose sign stands elsewhere. */
  readonly #starts = new Map<string, string>();
  readonly #sizes = new Map<string, string>();
  readonly #patches = new Map<Field, string>();
  #declared = false;
  /** Inside a condition or loop: locals that are declared there end there. */
  #inBlock = false;
  #isItem = false;
  /** What stands around the group: the layout of its frame, as it has been written. */
  readonly #outer: Scope | undefined;
  /** Elements whose value is not a member of `v`, by name. */
  readonly #told: ReadonlyMap<string, string>;

  constructor(
    ctx: EmitContext,
    code: Code,
    fields: readonly Field[],
    v = 'v',
    path = '',
    locals: Iterable<string> = [],
    outer?: Scope,
    told: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#outer = outer;
    this.#told = told;
    this.#ctx = ctx;
    this.#code = code;
    this.#fields = fields;
    this.#v = v;
    this.#path = path;
    this.#locals = new Set([
      ...ctx.reserved,
      ...locals,
      'w',
      'v',
      'b',
      'p',
      'start',
      'conn',
      'request',
      'item',
      'serial',
      'id',
    ]);
  }

  write(): void {
    for (const field of this.#fields) {
      for (const path of [...expressionsOf(field).flatMap(namesIn), ...outerNames(field.type).map(o => o.path)])
        if (!this.#fields.some(f => f.name === path[0])) this.#outer?.name(path);
    }
    for (const field of this.#fields) if (field.negative !== undefined) this.#prepareSigned(field);
    let i = 0;
    while (i < this.#fields.length) {
      const run = this.#runFrom(i);
      if (run.length > 0) {
        this.#writeRun(run);
        i += run.length;
      } else this.#writeOne(this.#fields[i++]!);
    }
    for (const check of this.#mores) this.#code.line(check);
    for (const check of this.#sizeChecks) check();
  }

  name(path: readonly string[]): Printed | undefined {
    const field = this.#fields.find(f => f.name === path[0]);
    const computed = this.#computed.get(path.join('.'));
    if (computed !== undefined) {
      const bit = field?.type.kind === 'bits' ? field.type.bits.find(b => b.name === path[1]) : undefined;
      return { code: computed, boolean: bit?.width === 1 };
    }
    if (field?.auto?.kind === 'expr') return { code: `(${printNumber(field.auto.expr, this)})` };
    if (field !== undefined) {
      const own = this.#own(field);
      const maybe = field.when !== undefined;
      const whole = field.default === undefined ? own : `(${own} ?? ${JSON.stringify(field.default)})`;
      const value = path.length === 1 ? whole : `${own}${maybe ? '?' : ''}.${path.slice(1).join('.')}`;
      if (field.enum !== undefined) {
        const number = this.#enumNumber(field, whole);
        return { code: maybe ? `(${own} === undefined ? -1 : ${number})` : number };
      }
      const bit = field.type.kind === 'bits' ? field.type.bits.find(b => b.name === path[1]) : undefined;
      if (bit !== undefined && bit.width > 1) return { code: `(${value} ?? 0)` };
      const boolean = field.type.kind === 'bool' || field.type.kind === 'flags' || bit?.width === 1;
      if (boolean) return { code: `(${value} === true)`, boolean };
      const isNumber = ['int', 'varint', 'float', 'time', 'bits'].includes(field.type.kind);
      return { code: maybe && isNumber ? `(${value} ?? 0)` : value };
    }
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

  /** Where the value of a field is found. */
  #own(field: Field): string {
    const told = this.#told.get(field.name);
    if (told !== undefined) return told;
    const own = `${this.#v}.${field.name}`;
    if (field.from === undefined) return own;
    const path = field.from.map(quoted).join(', ');
    return `(${own} ?? ${this.#ctx.use('requested')}(request, ${path}, ${this.#fieldName(field)}))`;
  }

  call(name: string, args: readonly Expr[]): Printed | undefined {
    const [arg] = args;
    if (arg?.kind !== 'name') return undefined;
    if (!this.#fields.some(f => f.name === arg.path[0])) return this.#outer?.call(name, args, () => '');
    const value = `${this.#v}.${arg.path.join('.')}`;
    if (name === 'present') return { code: `(${value} !== undefined)`, boolean: true };
    if (name === 'count') return { code: `(${value}?.length ?? 0)` };
    return undefined;
  }

  #local(wanted: string): string {
    return freshName(wanted, this.#locals);
  }

  #fieldName(field: Field): string {
    return quoted(this.#path === '' ? field.name : `${this.#path}.${field.name}`);
  }

  /** A run ends where a range of a computed size begins or ends, so that `w.length` is that place. */
  #runFrom(from: number): Field[] {
    const run: Field[] = [];
    for (let i = from; i < this.#fields.length; i++) {
      const field = this.#fields[i]!;
      const { kind } = field.type;
      if (
        field.when !== undefined ||
        roomFor(field) === undefined ||
        kind === 'list' ||
        kind === 'sized' ||
        kind === 'struct' ||
        kind === 'text' ||
        kind === 'hex' ||
        kind === 'bytes' ||
        kind === 'bcd'
      )
        break;
      const edge = this.#fields.some(f => f.auto?.kind === 'size' && f.auto.range.from === field.name);
      if (edge && run.length > 0) break;
      run.push(field);
      if (this.#fields.some(f => f.auto?.kind === 'size' && f.auto.range.to === field.name)) break;
    }
    return run;
  }

  #open(size: number): void {
    const keyword = this.#declared ? '' : this.#inBlock ? 'const ' : 'let ';
    this.#code.line(`${keyword}p = w.reserve(${size});`).line(`${keyword}b = w.bytes;`);
    if (!this.#inBlock) this.#declared = true;
  }

  #writeRun(run: readonly Field[]): void {
    const size = run.reduce((n, f) => n + roomFor(f)!, 0);
    for (const field of run) this.#markStart(field);
    if (run.every(f => f.type.kind === 'check' || f.covers !== undefined)) {
      this.#code.line(`w.reserve(${size});`);
      return;
    }
    if (run.every(f => f.auto?.kind === 'size')) {
      for (const field of run) this.#patches.set(field, this.#remember(field, `w.reserve(${roomFor(field)})`));
      for (const field of run) this.#completeSizes(field);
      return;
    }
    this.#open(size);
    let off = 0;
    for (const field of run) {
      this.#fixed(field, plus('p', off), this.#own(field));
      off += roomFor(field)!;
    }
    for (const field of run) this.#completeSizes(field);
  }

  #writeOne(field: Field): void {
    const value = this.#own(field);
    this.#markStart(field);
    if (field.when === undefined) this.#one(field, value);
    else {
      const { condition, mode } = this.#condition(field);
      if ('size' in field.type && field.type.size.kind === 'expr') {
        const written = this.#local(`${field.name}Bytes`);
        this.#written.set(field.name, written);
        this.#code.line(`let ${written}: number | undefined;`);
      }
      this.#inBlock = true;
      const at = mode === 'more' ? this.#local(`${field.name}At`) : '';
      if (mode === 'more') this.#code.line(`const ${at} = w.length;`);
      if (mode === 'given' || mode === 'more')
        this.#code.block(`if (${unwrapped(this.#given(field))})`, () => this.#one(field, value));
      else {
        this.#code.block(`if (${condition})`, () =>
          this.#one(
            field,
            hasRaw(field) || field.default !== undefined
              ? value
              : `${this.#ctx.use('required')}(${value}, ${this.#fieldName(field)})`,
          ),
        );
        const any = hasRaw(field) ? `${value} ?? ${this.#v}.$raw?.${field.name}` : value;
        this.#code.line(`else ${this.#ctx.use('absent')}(${any}, ${this.#fieldName(field)});`);
      }
      this.#inBlock = false;
      if (mode === 'more') {
        this.#mores.push(
          `${this.#ctx.use('checkMore')}(${this.#given(field)}, w.length - ${at}, ${condition}, ${this.#fieldName(field)});`,
        );
      }
    }
    this.#completeSizes(field);
  }

  /** How an encoder decides whether a conditional field is there. */
  #condition(field: Field): { condition: string; mode: 'given' | 'more' | 'holds' } {
    const when = field.when!;
    if (when.kind === 'call' && when.name === 'more') {
      const [n] = when.args;
      return { condition: n?.kind === 'number' ? String(n.value) : '0', mode: 'more' };
    }
    if (when.kind === 'name' && when.path.length === 2) {
      const mask = this.#fields.find(f => f.name === when.path[0]);
      if (mask?.auto?.kind === 'present') {
        const together = this.#toldBy(when.path.join('.'));
        if (together.length === 1) return { condition: '', mode: 'given' };
        return { condition: together.map(f => this.#given(f)).join(' || '), mode: 'holds' };
      }
    }
    return { condition: printCondition(when, this), mode: 'holds' };
  }

  /** One field, whose room is reserved here. */
  #one(field: Field, value: string): void {
    const { type } = field;
    const name = this.#fieldName(field);
    const size = fixedSize(type);
    const scalar =
      type.kind === 'int' ||
      type.kind === 'float' ||
      type.kind === 'bool' ||
      type.kind === 'bits' ||
      type.kind === 'flags' ||
      type.kind === 'check' ||
      type.kind === 'time';
    if (scalar) {
      this.#open(size!);
      this.#fixed(field, 'p', value);
      return;
    }
    if (type.kind === 'bcd') {
      const bytes = type.size.kind === 'expr' ? printNumber(type.size.expr, this) : String(fixedSize(type));
      this.#code.line(`${this.#ctx.use('writeBcd')}(w, ${value}, ${bytes}, ${field.trim}, ${name});`);
    } else if (type.kind === 'magic') {
      this.#open(size!);
      this.#magic(type, 'p');
    } else if (type.kind === 'sized') this.#sized(field, type, value);
    else if (type.kind === 'varint') this.#varint(field, value);
    else if (type.kind === 'struct') this.#struct(type.struct, value, name);
    else if (type.kind === 'tlv') this.#tlv(field, type, value, name);
    else if (type.kind === 'list') this.#list(field, type, value);
    else if (type.kind === 'text' || type.kind === 'hex' || type.kind === 'bytes') this.#run(field, type, value);
    else throw new Error(`no writer for ${type.kind}`);
  }

  #number(field: Field, type: IntType, value: string): string {
    const name = this.#fieldName(field);
    const { min, max } = intRange(type);
    const valued = field.default === undefined ? value : `${value} ?? ${JSON.stringify(field.default)}`;
    if (field.none !== undefined) {
      const { none, ...always } = field;
      const number = `${this.#ctx.use('butNone')}(${this.#number(always, type, value)}, ${none}, ${name})`;
      // In a tagged type, an item without a value is left out.
      return this.#isItem ? number : `(${value} === undefined ? ${none} : ${number})`;
    }
    if (field.enum !== undefined) return this.#enumNumber(field, valued, type);
    if (field.scale !== undefined) {
      const { up, down, offset } = field.scale;
      return `${this.#ctx.use('unscaled')}(${this.#validNumber(field, valued)}, ${up}, ${down}, ${offset}, ${min}, ${max}, ${name}${rounding(this.#ctx, field)})`;
    }
    if (type.bytes >= 7) {
      const { min: least, max: most } = field.valid ?? {};
      const low =
        least !== undefined
          ? `${Math.ceil(least)}n`
          : type.signed
            ? `-0x${(2n ** BigInt(type.bytes * 8 - 1)).toString(16)}n`
            : '0n';
      const high =
        most !== undefined
          ? `${Math.floor(most)}n`
          : `0x${(2n ** BigInt(type.bytes * 8 - (type.signed ? 1 : 0)) - 1n).toString(16)}n`;
      return `${this.#ctx.use('wideInteger')}(${valued}, ${low}, ${high}, ${name})`;
    }
    const low = Math.max(min, Math.ceil(field.valid?.min ?? min));
    const high = Math.min(max, Math.floor(field.valid?.max ?? max));
    return `${this.#ctx.use('integer')}(${valued}, ${low}, ${high}, ${name})`;
  }

  #validNumber(field: Field, value: string): string {
    const { min, max } = field.valid ?? {};
    return min === undefined
      ? value
      : `${this.#ctx.use('within')}(${value}, ${min}, ${max}, ${this.#fieldName(field)})`;
  }

  #enumNumber(field: Field, value: string, type = field.type): string {
    const set = this.#ctx.names.type(field.enum!.set);
    const name = this.#fieldName(field);
    if (!field.enum!.open) return `${this.#ctx.use('numberOf')}(${set}, ${value}, ${name})`;
    const { min, max } = intRange(type as IntType);
    return `${this.#ctx.use('openNumberOf')}(${set}, ${value}, ${min}, ${max}, ${name})`;
  }

  /** Puts a field of fixed size at `at`. */
  #fixed(field: Field, at: string, value: string): void {
    const { type } = field;
    const name = this.#fieldName(field);
    switch (type.kind) {
      case 'magic':
        this.#magic(type, at);
        return;
      case 'check':
      case 'case':
        // Computed when the frame is complete.
        return;
      case 'varint':
        // One byte wide until more is known.
        this.#code.line(`b[${at}] = 0;`);
        return;
      case 'int': {
        // What counts other elements is filled in when they have been written.
        if (field.covers !== undefined) return;
        if (field.role === 'id' && this.#told.has(field.name)) {
          this.#code.line(putInt(this.#ctx, type, 'b', at, value));
          return;
        }
        if (field.constant !== undefined) this.#code.line(putInt(this.#ctx, type, 'b', at, String(field.constant)));
        else if (field.auto?.kind === 'size') this.#patches.set(field, this.#remember(field, at));
        else if (field.auto?.kind === 'expr') {
          const { min, max } = intRange(type);
          const total = `${this.#ctx.use('integer')}(${printNumber(field.auto.expr, this)}, ${min}, ${max}, ${name})`;
          this.#code.line(putInt(this.#ctx, type, 'b', at, total));
        } else if (field.auto?.kind === 'count' && !this.#told.has(field.name)) {
          const list = `${this.#v}.${field.auto.of}`;
          const of = quoted(field.auto.of);
          const most = Math.min(intRange(type).max, this.#ctx.model.limits.list);
          const { min, max } = field.valid ?? {};
          const items = `${this.#ctx.use('listOf')}(${list}, ${most}, ${of}).length`;
          const length = min === undefined ? items : `${this.#ctx.use('integer')}(${items}, ${min}, ${max}, ${name})`;
          const isOptional = this.#fields.find(f => f.name === (field.auto as { of: string }).of)?.when !== undefined;
          const count = isOptional ? `${list} === undefined ? 0 : ${length}` : length;
          this.#computed.set(field.name, `(${list}?.length ?? 0)`);
          this.#code.line(putInt(this.#ctx, type, 'b', at, count));
        } else if (field.negative !== undefined)
          this.#code.line(putInt(this.#ctx, type, 'b', at, this.#sizes.get(field.name)!));
        else this.#code.line(putInt(this.#ctx, type, 'b', at, this.#number(field, type, value)));
        return;
      }
      case 'float': {
        const put = `putF${type.bytes * 8}${type.endian === 'big' ? 'be' : 'le'}`;
        this.#code.line(
          `${this.#ctx.use(put)}(b, ${at}, ${this.#ctx.use('real')}(${this.#validNumber(field, value)}, ${name}));`,
        );
        return;
      }
      case 'bool':
        this.#code.line(`b[${at}] = ${this.#ctx.use('bit')}(${value}, ${name});`);
        return;
      case 'bits':
        this.#bits(field, at, value);
        return;
      case 'flags': {
        const flags = this.#local(field.name);
        this.#code.line(`const ${flags} = ${this.#ctx.use('given')}(${value}, ${name});`);
        const declared = type.set.bits.reduce((n, { bit }) => n + 2 ** bit, 0);
        const parts = type.set.bits.map(({ name: flag, bit }) => this.#shifted(this.#flagBit(field, flags, flag), bit));
        const spare = 2 ** (type.word.bytes * 8) - 1 - declared;
        if (spare !== 0) parts.push(`${this.#ctx.use('spareBits')}(${flags}.$rest, 0x${spare.toString(16)}, ${name})`);
        this.#code.line(putInt(this.#ctx, type.word, 'b', at, parts.join(' | ')));
        return;
      }
      case 'time': {
        if (type.form === 'count') {
          const { max } = intRange(type.word);
          const raw =
            type.perUnit === 1
              ? `${this.#ctx.use('integer')}(${value}, 0, ${Math.min(max, Number.MAX_SAFE_INTEGER)}, ${name})`
              : `${this.#ctx.use('unscaled')}(${value}, 1, ${type.perUnit}, 0, 0, ${Math.min(max, Math.floor(Number.MAX_SAFE_INTEGER / type.perUnit))}, ${name})`;
          this.#code.line(putInt(this.#ctx, type.word, 'b', at, raw));
          return;
        }
        if (type.form === 'gps') {
          const part = (of: string): string => `${this.#ctx.use(of)}(${value}, ${name})`;
          this.#code.line(putInt(this.#ctx, type.week, 'b', at, part('gpsWeek')));
          this.#code.line(putInt(this.#ctx, type.tow, 'b', plusCode(at, 2), part('gpsTow')));
          return;
        }
        const put = this.#ctx.use(type.form === 'u8' ? 'putTimeU8' : 'putTimeBcd');
        this.#code.line(
          `${this.#ctx.use('putTime')}(${put}, b, ${at}, ${value}, ${this.#v}.$raw?.${field.name}, ${type.zone}, ${name});`,
        );
        return;
      }
      default:
        throw new Error(`no writer for a fixed ${type.kind}`);
    }
  }

  /** A flag, or the sign of a number that it holds. */
  #flagBit(field: Field, flags: string, flag: string): string {
    const given = `(${flags}.${flag} ? 1 : 0)`;
    const signed = this.#fields.find(f => f.negative?.field === field.name && f.negative.bit === flag);
    if (signed === undefined) return given;
    const sign = `${this.#v}.${signed.name} ${signed.negative!.inverted ? '>' : '<'} 0`;
    return `(${this.#sizes.get(signed.name)} === 0 ? ${given} : ${sign} ? 1 : 0)`;
  }

  #bits(field: Field, at: string, value: string): void {
    const type = field.type as Extract<Type, { kind: 'bits' }>;
    const name = this.#fieldName(field);
    if (field.auto !== undefined) {
      const parts = type.bits
        .filter(b => !b.spare)
        .map(b => {
          const told = this.#toldBy(`${field.name}.${b.name}`);
          const isGiven = told.map(f => this.#given(f)).join(' || ');
          return this.#shifted(`(${told.length === 0 ? 'false' : isGiven} ? 1 : 0)`, b.shift);
        });
      this.#code.line(putInt(this.#ctx, type.word, 'b', at, parts.join(' | ')));
      return;
    }
    const bits = this.#local(field.name);
    const loose = type.bits.some(b => b.auto !== undefined);
    if (!loose) this.#code.line(`const ${bits} = ${this.#ctx.use('given')}(${value}, ${name});`);
    else if (type.bits.some(b => b.spare || b.auto === undefined || b.auto.kind === 'conn'))
      this.#code.line(`const ${bits} = ${value} ?? {};`);
    const parts = type.bits
      .filter(b => !b.spare && b.auto?.kind !== 'size')
      .map(b => {
        const path = quoted(`${name.slice(1, -1)}.${b.name}`);
        if (b.auto?.kind === 'given') {
          const of = b.auto.of;
          const told = this.#fields.find(f => f.name === of);
          const given = told === undefined ? `${this.#v}.${of} !== undefined` : this.#given(told);
          this.#computed.set(`${field.name}.${b.name}`, `(${given})`);
          return this.#shifted(`(${given} ? 1 : 0)`, b.shift);
        }
        if (b.auto?.kind === 'conn') {
          const local = this.#local(`${b.name}Bits`);
          const said = `${this.#ctx.use('learned')}(conn, ${quoted(b.auto.name)})`;
          this.#code.line(`const ${local} = ${bits}.${b.name} ?? ${b.width === 1 ? `${said} !== 0` : said};`);
          this.#computed.set(`${field.name}.${b.name}`, local);
          const checked =
            b.width === 1
              ? `${this.#ctx.use('bit')}(${local}, ${path})`
              : `${this.#ctx.use('integer')}(${local}, 0, ${2 ** b.width - 1}, ${path})`;
          return this.#shifted(checked, b.shift);
        }
        if (loose) {
          const own = `${bits}.${b.name}`;
          const checked =
            b.width === 1
              ? `${this.#ctx.use('bit')}(${own} ?? false, ${path})`
              : `${this.#ctx.use('integer')}(${own} ?? 0, 0, ${2 ** b.width - 1}, ${path})`;
          return this.#shifted(checked, b.shift);
        }
        const signed = this.#fields.find(f => f.negative?.field === field.name && f.negative.bit === b.name);
        if (signed !== undefined) {
          const sign = `${this.#v}.${signed.name} ${signed.negative!.inverted ? '>' : '<'} 0`;
          return this.#shifted(
            `${this.#ctx.use('bit')}(${this.#sizes.get(signed.name)} === 0 ? ${bits}.${b.name} : ${sign}, ${path})`,
            b.shift,
          );
        }
        if (b.width === 1) return this.#shifted(`${this.#ctx.use('bit')}(${bits}.${b.name}, ${path})`, b.shift);
        return this.#shifted(
          `${this.#ctx.use('integer')}(${bits}.${b.name}, 0, ${2 ** b.width - 1}, ${path})`,
          b.shift,
        );
      });
    const spare = type.bits.filter(b => b.spare).reduce((n, b) => n + (2 ** b.width - 1) * 2 ** b.shift, 0);
    if (spare !== 0) parts.push(`${this.#ctx.use('spareBits')}(${bits}.$rest, 0x${spare.toString(16)}, ${name})`);
    this.#code.line(putInt(this.#ctx, type.word, 'b', at, parts.length === 0 ? '0' : parts.join(' | ')));
  }

  /** Fields whose presence this bit tells. */
  #toldBy(path: string): Field[] {
    return this.#fields.filter(f => f.when?.kind === 'name' && f.when.path.join('.') === path);
  }

  /** Whether an optional field is given: an impossible time is, by its bytes. */
  #given(field: Field): string {
    const given = `${this.#v}.${field.name} !== undefined`;
    return hasRaw(field) ? `(${given} || ${this.#v}.$raw?.${field.name} !== undefined)` : given;
  }

  #shifted(code: string, shift: number): string {
    return shift === 0 ? code : `(${code} << ${shift})`;
  }

  #prepareSigned(field: Field): void {
    const type = field.type as IntType;
    const { up, down, offset } = field.scale ?? { up: 1, down: 1, offset: 0 };
    const value = this.#validNumber(field, `${this.#v}.${field.name}`);
    const name = this.#fieldName(field);
    const size = `${this.#ctx.use('magnitude')}(${value}, ${name})`;
    const local = this.#local(`${field.name}Size`);
    this.#sizes.set(field.name, local);
    const { max } = intRange(type);
    const raw =
      field.scale === undefined
        ? `${this.#ctx.use('integer')}(${size}, 0, ${max}, ${name})`
        : `${this.#ctx.use('unscaled')}(${size}, ${up}, ${down}, ${offset}, 0, ${max}, ${name}${rounding(this.#ctx, field)})`;
    this.#code.line(`const ${local} = ${raw};`);
  }

  #varint(field: Field, value: string): void {
    const type = field.type as Extract<Type, { kind: 'varint' }>;
    const top = 128 ** type.max - 1;
    const name = this.#fieldName(field);
    const [min, max] = type.zigzag ? [-Math.floor((top + 1) / 2), Math.floor(top / 2)] : [0, top];
    const low = Math.max(min, Math.ceil(field.valid?.min ?? min));
    const high = Math.min(max, Math.floor(field.valid?.max ?? max));
    const number = `${this.#ctx.use('integer')}(${value}, ${low}, ${high}, ${name})`;
    const raw = type.zigzag ? `${this.#ctx.use('zigzag')}(${number})` : number;
    this.#code.line(`${this.#ctx.use('writeVarint')}(w, ${raw});`);
  }

  #struct(struct: Struct, value: string, name: string): void {
    this.#code.line(`${this.#writerCall(struct, `${this.#ctx.use('given')}(${value}, ${name})`)};`);
  }

  /** `writeEntity(w, v.seen, codec)`: a type's writer with the names that it takes from around it. */
  #writerCall(struct: Struct, value: string): string {
    const outer = struct.outer.map(o => {
      const printed = this.name(o.path);
      if (printed === undefined) throw new Error(`no ${o.path.join('.')} around ${struct.name}`);
      return printed.boolean === true ? `Number(${printed.code})` : printed.code;
    });
    return `write${this.#ctx.names.type(struct)}(${['w', value, ...outer].join(', ')})`;
  }

  #magic(type: MagicType, at: string): void {
    const { bytes } = leastForm(type, this.#fields);
    this.#code.line([...bytes].map((byte, i) => `b[${plusCode(at, i)}] = ${byteHex(byte)};`).join(' '));
  }

  /** Something behind its own size. */
  #sized(field: Field, type: SizedType, value: string): void {
    const name = this.#fieldName(field);
    const { prefix } = type;
    const at = this.#local(`${field.name}At`);
    if (type.type.kind !== 'struct' && type.type.kind !== 'tlv') throw new Error(`no sized ${type.type.kind}`);
    const write = this.#writerCall(type.type.struct, `${this.#ctx.use('given')}(${value}, ${name})`);
    if (prefix.kind === 'varint') {
      this.#code.line(`const ${at} = w.length;`).line(`${write};`);
      this.#code.line(`${this.#ctx.use('prefixVarint')}(w, ${at}, w.length - ${at});`);
      return;
    }
    this.#code.line(`const ${at} = w.reserve(${prefix.bytes});`).line(`${write};`);
    const size = `${this.#ctx.use('integer')}(w.length - ${at} - ${prefix.bytes}, 0, ${intRange(prefix).max}, ${name})`;
    this.#code.line(putInt(this.#ctx, prefix, 'w.bytes', at, size));
  }

  /** Tagged items; inlined ones stand in the parent itself. */
  #tlv(field: Field, type: Extract<Type, { kind: 'tlv' }>, value: string, name: string): void {
    const { struct, size } = type;
    const items = field.inline === true ? this.#v : `${this.#ctx.use('given')}(${value}, ${name})`;
    const write = `${this.#writerCall(struct, items)};`;
    if (size.kind !== 'prefix' || size.type.kind !== 'int') {
      this.#code.line(write);
      return;
    }
    const at = this.#local(`${field.name}At`);
    this.#code.line(`const ${at} = w.reserve(${size.type.bytes});`).line(write);
    const { max } = intRange(size.type);
    const bytes = `${this.#ctx.use('integer')}(w.length - ${at} - ${size.type.bytes}, 0, ${max}, ${name})`;
    this.#code.line(putInt(this.#ctx, size.type, 'w.bytes', at, bytes));
  }

  /** Writes one value that stands in `code`, inside a block. */
  writeValue(field: Field, code: string): void {
    this.#isItem = true;
    this.#inBlock = true;
    this.#one(field, code);
  }

  /** Text, digits or bytes, with their size in front, or padded. */
  #run(field: Field, type: Extract<Type, { kind: 'text' | 'hex' | 'bytes' }>, value: string): void {
    const name = this.#fieldName(field);
    const { limits } = this.#ctx.model;
    const write =
      type.kind === 'hex'
        ? 'writeHex'
        : type.kind === 'bytes'
          ? 'writeBytes'
          : type.charset === 'utf8'
            ? 'writeUtf8'
            : type.charset === 'ascii'
              ? 'writeAscii'
              : type.charset === 'gbk'
                ? 'writeGbk'
                : 'writeLatin1';
    const valued = field.default === undefined ? value : `${value} ?? ${JSON.stringify(field.default)}`;
    const own = field.codec === undefined ? undefined : moduleName(field.codec, 'codec');
    const text =
      own === undefined
        ? `${this.#ctx.use(write)}(w, ${this.#formed(field, valued)}, ${name})`
        : `${this.#ctx.use('writeOwn')}(w, ${own}, ${value}, ${name})`;
    const size = type.size;
    const most = type.kind === 'text' ? limits.string : limits.frame;
    if (size.kind === 'fixed') {
      this.#code.line(`${this.#ctx.use('padTo')}(w, ${text}, ${size.count}, ${field.pad ?? 'undefined'}, ${name});`);
      return;
    }
    if (size.kind === 'until') {
      const bytes = this.#ctx.bytesConstant(size.bytes);
      const from = this.#local(`${field.name}At`);
      this.#code.line(`const ${from} = w.length;`).line(`${this.#ctx.use('sized')}(${text}, 0, ${most}, ${name});`);
      this.#code.line(`${this.#ctx.use('endText')}(w, ${from}, ${bytes}, ${name});`);
      return;
    }
    if (size.kind === 'expr' && field.pad !== undefined) {
      const want = printNumber(size.expr, this);
      this.#code.line(`${this.#ctx.use('padTo')}(w, ${text}, ${want}, ${field.pad}, ${name});`);
      return;
    }
    if (size.kind === 'prefix') {
      if (size.type.kind === 'varint') {
        const at = this.#local(`${field.name}At`);
        this.#code.line(`const ${at} = w.length;`);
        this.#code.line(
          `${this.#ctx.use('prefixVarint')}(w, ${at}, ${this.#ctx.use('sized')}(${text}, 0, ${most}, ${name}));`,
        );
        return;
      }
      const at = this.#local(`${field.name}At`);
      const count = this.#local(`${field.name}Bytes`);
      const top = Math.min(intRange(size.type).max, most);
      this.#code.line(`const ${at} = w.reserve(${size.type.bytes});`);
      this.#code.line(`const ${count} = ${this.#ctx.use('sized')}(${text}, 0, ${top}, ${name});`);
      this.#code.line(putInt(this.#ctx, size.type, 'w.bytes', at, count));
      return;
    }
    const bytes = `${this.#ctx.use('sized')}(${text}, 0, ${most}, ${name})`;
    if (size.kind === 'expr') this.#compareSize(field, size.expr, bytes);
    else this.#code.line(`${bytes};`);
  }

  /** Writes data whose size other fields state, and compares the two at the end. */
  #compareSize(field: Field, stated: Expr, bytes: string): void {
    const written = this.#written.get(field.name) ?? this.#local(`${field.name}Bytes`);
    this.#code.line(`${this.#written.has(field.name) ? '' : 'const '}${written} = ${bytes};`);
    this.#sizeChecks.push(() => {
      const want = printNumber(stated, this);
      const isGiven = this.#written.has(field.name) ? `if (${written} !== undefined) ` : '';
      this.#code.line(`${isGiven}${this.#ctx.use('agree')}(${written}, ${want}, ${this.#fieldName(field)});`);
    });
  }

  /** The size is nothing but the computed count of this very list. */
  #counts(field: Field, size: Expr): boolean {
    const name = size.kind === 'name' ? size.path[0] : undefined;
    const around = this.#outer instanceof FramePlaces ? this.#outer.frame.layout : [];
    const teller = [...this.#fields, ...around].find(f => f.name === name);
    return teller?.auto?.kind === 'count' && teller.auto.of === field.name;
  }

  #formed(field: Field, value: string): string {
    const { len, match } = field.valid ?? {};
    if (len === undefined && match === undefined) return value;
    const form = match === undefined ? 'undefined' : this.#ctx.pattern(match);
    return `${this.#ctx.use('formed')}(${value}, ${len?.min ?? 0}, ${len?.max ?? 'Infinity'}, ${form}, ${this.#fieldName(field)})`;
  }

  /** Booleans, eight a byte; what the last byte has to spare is 0. */
  #packed(field: Field, type: ListType, value: string): void {
    const name = this.#fieldName(field);
    const list = this.#local(field.name);
    const { size } = type;
    const { limits } = this.#ctx.model;
    const counted =
      size.kind === 'prefix' && size.type.kind === 'int' ? Math.min(intRange(size.type).max, limits.list) : limits.list;
    const most = size.kind === 'fixed' ? size.count : counted;
    this.#code.line(`const ${list} = ${this.#ctx.use('listOf')}(${value}, ${most}, ${name});`);
    if (size.kind === 'fixed')
      this.#code.line(`${this.#ctx.use('sized')}(${list}.length, ${size.count}, ${size.count}, ${name});`);
    if (size.kind === 'prefix') this.#count(field, size.type, `${list}.length`);
    if (size.kind === 'expr' && !this.#counts(field, size.expr) && !asksRequest(size.expr))
      this.#compareSize(field, size.expr, `${list}.length`);
    this.#code.line(`${this.#ctx.use('writeBits')}(w, ${list}, ${name});`);
  }

  #list(field: Field, type: ListType, value: string): void {
    if (type.packed === true) {
      this.#packed(field, type, value);
      return;
    }
    const name = this.#fieldName(field);
    const { limits } = this.#ctx.model;
    const list = this.#local(field.name);
    const { size } = type;
    const most =
      size.kind === 'prefix' && size.type.kind === 'int' ? Math.min(intRange(size.type).max, limits.list) : limits.list;
    this.#code.line(
      `const ${list} = ${this.#ctx.use('listOf')}(${value}, ${size.kind === 'fixed' ? size.count : most}, ${name});`,
    );
    if (size.kind === 'expr' && !this.#counts(field, size.expr) && !asksRequest(size.expr))
      this.#compareSize(field, size.expr, `${list}.length`);
    if (size.kind === 'fixed')
      this.#code.line(`${this.#ctx.use('sized')}(${list}.length, ${size.count}, ${size.count}, ${name});`);
    if (size.kind === 'prefix') this.#count(field, size.type, `${list}.length`);
    this.#code.block(`for (const item of ${list})`, () => {
      if (type.item.kind === 'struct') {
        this.#code.line(`${this.#writerCall(type.item.struct, `${this.#ctx.use('given')}(item, ${name})`)};`);
        return;
      }
      const inner = new FieldWriter(this.#ctx, this.#code, [], 'v', this.#path, this.#locals, this);
      inner.#inBlock = true;
      inner.#one(
        { name: field.name, place: field.place, type: type.item, bad: 'drop', trim: false, secret: false },
        'item',
      );
    });
  }

  /** The count in front of a list. */
  #count(field: Field, type: IntType | VarintType, count: string): void {
    if (type.kind === 'varint') {
      this.#code.line(`${this.#ctx.use('writeVarint')}(w, ${count});`);
      return;
    }
    const at = this.#local(`${field.name}At`);
    this.#code.line(`const ${at} = w.reserve(${type.bytes});`);
    this.#code.line(putInt(this.#ctx, type, 'w.bytes', at, count));
  }

  #remember(field: Field, at: string): string {
    const local = this.#local(`${field.name}At`);
    this.#code.line(`const ${local} = ${at};`);
    return local;
  }

  #markStart(field: Field): void {
    if (!this.#fields.some(f => f.auto?.kind === 'size' && f.auto.range.from === field.name)) return;
    const mark = `${field.name}Start`;
    if (this.#starts.has(field.name)) return;
    this.#starts.set(field.name, this.#local(mark));
    this.#code.line(`const ${this.#starts.get(field.name)} = w.length;`);
  }

  /** Fills in the sizes that this field completes. */
  #completeSizes(field: Field): void {
    for (const teller of this.#fields) {
      if (teller.auto?.kind !== 'size' || teller.auto.range.to !== field.name || teller.type.kind !== 'int') continue;
      const size = `${this.#ctx.use('integer')}(w.length - ${this.#starts.get(teller.auto.range.from)}, 0, ${intRange(teller.type).max}, ${this.#fieldName(teller)})`;
      const value = this.#local(`${teller.name}Value`);
      this.#computed.set(teller.name, value);
      this.#code.line(`const ${value} = ${size};`);
      this.#code.line(putInt(this.#ctx, teller.type, 'w.bytes', this.#patches.get(teller)!, value));
    }
  }
}

/** How a value between two raw numbers is rounded, where the schema says. */
function rounding(ctx: EmitContext, { round }: Field): string {
  return round === undefined ? '' : `, ${ctx.use(round === 'down' ? 'roundDown' : 'roundUp')}`;
}

/** The bytes that are reserved for a field: sizes of variable width are as short as they can be until they are known. */
function roomFor(field: Field): number | undefined {
  return field.covers === undefined && field.type.kind !== 'case' ? fixedSize(field.type) : sizeOf(field.type).min;
}

/** The form of a marker that makes the shortest frame: the one that is written until more is known. */
export function leastForm(magic: MagicType, layout: readonly Field[]): MagicType['forms'][number] {
  const sized = layout.find(f => f.type.kind === 'case' && magic.forms.some(form => form.name === armsOf(f)[0]?.name));
  const least =
    sized === undefined ? undefined : [...armsOf(sized)].sort((a, b) => a.type.bytes - b.type.bytes)[0]!.name;
  return magic.forms.find(form => form.name === least) ?? magic.forms[0]!;
}

function armsOf(field: Field): readonly { name: string; type: IntType }[] {
  return field.type.kind === 'case' ? field.type.arms : [];
}

/** What the request says about a size is not known to whoever writes the answer. */
function asksRequest(size: Expr): boolean {
  return namesIn(size).some(path => path[0] === 'request');
}
