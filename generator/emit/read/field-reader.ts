/**
 * Decoding of a group of fields, as straight-line code: one bounds check for each run of fields of fixed size, one local
 * per field, one object literal at the end. `o` is where the next run begins, `end` where the group must end.
 */
import type { EnumSet, Field } from '../../model/model.js';
import { fixedSize } from '../../model/sizes.js';
import type { Expr } from '../../schema/expression.js';
import { type Code, quoted } from '../code.js';
import type { EmitContext } from '../context.js';
import { traceBegin, traceEnd } from '../emit-trace.js';
import { type Printed, printCondition, type Scope } from '../print-expression.js';
import { canWarn, fieldType, hasRaw, hasStrayBits, isHidden } from '../ts-types.js';
import { markStart, verifyAutos } from './read-autos.js';
import { readFixed, readVariable } from './read-field.js';
import { readElementRun } from './read-text.js';
import { rawTimeLocal } from './read-times.js';
import { OWN, Reading, type Target } from './reading.js';

export class FieldReader implements Scope {
  readonly #r: Reading;

  constructor(ctx: EmitContext, code: Code, locals: Iterable<string>, outer?: Scope) {
    this.#r = new Reading(ctx, code, locals, outer);
  }

  /** Keys and values of the literal. */
  get values(): { key: string; code: string }[] {
    return this.#r.values;
  }

  /** Makes an element that was read elsewhere known to expressions. */
  declare(name: string, printed: Printed): void {
    this.#r.names.set(name, printed);
  }

  name(path: readonly string[]): Printed | undefined {
    return this.#r.names.name(path);
  }

  enumAt(path: readonly string[]): EnumSet | undefined {
    return this.#r.names.enumAt(path);
  }

  call(name: string, args: readonly Expr[], print: (e: Expr) => string): Printed | undefined {
    return this.#r.names.call(name, args, print);
  }

  /**
   * Reads a group.
   * @param warns the frame can leave a warning too: `warn` is declared already
   */
  read(fields: readonly Field[], warns = false): void {
    const r = this.#r;
    r.fields = fields;
    r.names.prime(fields);
    if (canWarn(fields) && !warns && !(r.isItem && hasStrayBits(fields[0]!.type)))
      r.line('let warn: string[] | undefined;');
    let i = 0;
    while (i < fields.length) {
      const longest = runFrom(fields, i);
      // One by one where each says that it is read: those before the end of the bytes must be told.
      const run = r.ctx.traced === undefined ? longest : longest.slice(0, 1);
      if (run.length > 0) {
        this.#readFixedRun(run, fields);
        i += run.length;
      } else this.#readOne(fields[i++]!, fields);
    }
    r.cursor.flush();
    this.settle();
    if (canWarn(fields) || warns) r.values.push({ key: '$warn', code: 'warn' });
    if (r.rawTimes.size > 0) {
      const all = [...r.rawTimes];
      const test = all.map(([, raw]) => `${raw} === undefined`).join(' && ');
      const parts = all.map(([name, raw]) => `${name}: ${raw}`).join(', ');
      r.values.push({ key: '$raw', code: `${test} ? undefined : { ${parts} }` });
    }
  }

  /** Makes the numbers whose sign has been read by now: the bit may stand behind the number. */
  settle(): void {
    const r = this.#r;
    const known = r.late.filter(({ sign }) => r.names.own(sign) !== undefined);
    r.late = r.late.filter(late => !known.includes(late));
    for (const late of known) late.settle();
  }

  /** The literal of all values. */
  literal(head: string, tail: string): void {
    const items = this.values.map(({ key, code }) => (key === code ? key : `${key}: ${code}`));
    const { later, ctx, code } = this.#r;
    if (later.length === 0) code.wrapped(`${head}{`, items, `}${tail}`);
    else code.wrapped(`${head}${ctx.use('withLater')}({`, items, `}, [${later.map(quoted).join(', ')}])${tail}`);
  }

  /** Reads one value and nothing else; returns the code that holds it. */
  readValue(field: Field): string {
    this.#r.isItem = true;
    this.read([field]);
    return this.values[0]!.code;
  }

  /** An element of a checked frame that stands at `place`. */
  readElement(field: Field, place: string, word?: string): void {
    const r = this.#r;
    const read = (to: Target): void => {
      if (fixedSize(field.type) === undefined) readElementRun(r, field, to);
      else readFixed(r, field, to);
    };
    r.trusted = true;
    r.cursor.base = place;
    if (word !== undefined) r.words.set(field, word);
    if (field.when === undefined) read(OWN);
    else {
      const local = r.local(field.name);
      r.line(`let ${local}: ${fieldType(field, r.ctx.names)} | undefined;`);
      r.code.block(`if (${printCondition(field.when, r.names)})`, () => read({ own: false, local }));
      r.values.push({ key: field.name, code: local });
    }
    r.trusted = false;
    r.cursor.base = 'o';
  }

  /** Fields of fixed size that are always there: one bounds check for all. */
  #readFixedRun(run: readonly Field[], all: readonly Field[]): void {
    const r = this.#r;
    r.cursor.flush();
    const ends: string[] = [];
    let size = 0;
    for (const field of run) {
      size += fixedSize(field.type)!;
      ends.push(quoted(field.name), String(size));
    }
    traceBegin(r.ctx, r.code, run[0]!, 'o');
    if (size > 0) r.line(`if (end - o < ${size}) return ${r.ctx.use('truncated')}(o, end, [${ends.join(', ')}]);`);
    for (const field of run) {
      markStart(r, field, all);
      readFixed(r, field, OWN);
      r.cursor.off += fixedSize(field.type)!;
      this.#traceEnd(field);
      verifyAutos(r, field, all);
    }
  }

  /** A field of variable size, or one that may be absent. */
  #readOne(field: Field, all: readonly Field[]): void {
    const r = this.#r;
    r.cursor.flush();
    markStart(r, field, all);
    if (field.when === undefined) {
      traceBegin(r.ctx, r.code, field, 'o');
      readVariable(r, field, OWN);
      this.#traceEnd(field);
    } else this.#readConditional(field, field.when);
    verifyAutos(r, field, all);
  }

  #readConditional(field: Field, when: Expr): void {
    const r = this.#r;
    const condition = printCondition(when, r.names);
    const local = isHidden(field) ? undefined : r.local(field.name);
    const to: Target = { own: false, local };
    if (local !== undefined) r.line(`let ${local}: ${fieldType(field, r.ctx.names)} | undefined;`);
    if (hasRaw(field)) r.line(`let ${rawTimeLocal(r, field)}: Uint8Array | undefined;`);
    r.code.block(`if (${condition})`, () => {
      traceBegin(r.ctx, r.code, field, 'o');
      const size = field.type.kind === 'list' ? undefined : fixedSize(field.type);
      if (size === undefined) readVariable(r, field, to);
      else {
        if (!provesRoom(when, size)) r.needs(size, field);
        readFixed(r, field, to);
        r.cursor.off = size;
        r.cursor.flush();
      }
      this.#traceEnd(field, local);
    });
    if (local === undefined) return;
    r.values.push({ key: field.name, code: local });
    r.names.setOptional(field, local);
  }

  /** Says what has been read of a field, and what it holds. */
  #traceEnd(field: Field, local?: string): void {
    const r = this.#r;
    const last = r.values.at(-1);
    const value = local ?? (last?.key === field.name ? last.code : r.names.own(field.name));
    traceEnd(r.ctx, r.code, field, r.cursor.at, field.negative === undefined ? value : undefined);
  }
}

/** The longest run of unconditional fields of fixed size from `i` on. */
function runFrom(fields: readonly Field[], i: number): Field[] {
  const run: Field[] = [];
  for (let at = i; at < fields.length; at++) {
    const field = fields[at]!;
    if (field.when !== undefined || fixedSize(field.type) === undefined || field.type.kind === 'list') break;
    run.push(field);
  }
  return run;
}

/** `more(n)` with at least as many bytes as the field takes: its bounds are checked already. */
function provesRoom(when: Expr, size: number): boolean {
  const [n] = when.kind === 'call' && when.name === 'more' ? when.args : [];
  return n?.kind === 'number' && n.value >= size;
}
