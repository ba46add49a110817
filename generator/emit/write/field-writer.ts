/**
 * Encoding of a group of fields: room for each run of fields of fixed size is reserved at once; sizes and counts are
 * computed, or filled in when what they tell is written. Every value is checked before it is written.
 */
import { outerNames } from '../../model/check-scope.js';
import type { Field } from '../../model/model.js';
import { fixedSize, sizeOf } from '../../model/sizes.js';
import { type Expr, namesIn } from '../../schema/expression.js';
import type { Code } from '../code.js';
import { type EmitContext, plus } from '../context.js';
import { type Scope, unwrapped } from '../print-expression.js';
import { expressionsOf } from '../read/read-names.js';
import { beginsRange, endsRange } from '../tellers.js';
import { hasRaw } from '../ts-types.js';
import { completeSizes, markStart } from './write-autos.js';
import { writeField, writeFixed } from './write-field.js';
import { isItsCount } from './write-lists.js';
import { writeScope } from './write-more.js';
import { prepareSigned } from './write-numbers.js';
import { isMeasured } from './write-text.js';
import { type Source, Writing } from './writing.js';

export class FieldWriter {
  readonly #w: Writing;

  /** @param locals names that the function uses already */
  constructor(ctx: EmitContext, code: Code, locals: Iterable<string>, source: Source) {
    this.#w = new Writing(ctx, code, locals, source);
  }

  /** What expressions call the fields that have been written. */
  get names(): Scope {
    return this.#w.names;
  }

  /** Writes all fields. */
  write(): void {
    const w = this.#w;
    this.#primeOuter();
    for (const field of w.fields) if (field.negative !== undefined) prepareSigned(w, field);
    let i = 0;
    while (i < w.fields.length) {
      const run = this.#runFrom(i);
      if (run.length > 0) {
        this.#writeFixedRun(run);
        i += run.length;
      } else this.#writeOne(w.fields[i++]!);
    }
    for (const check of w.mores) w.line(check);
    for (const check of w.sizeChecks) check();
  }

  /** Writes one tagged item whose value stands in `code`, inside a block. */
  writeItem(field: Field, code: string): void {
    this.#w.isItem = true;
    this.#w.inBlock = true;
    writeScope(this.#w, field.type, () => writeField(this.#w, field, code));
  }

  /** The same for one that {@link isPlain}, behind a head of so many bytes that `head` writes at `p`: room for both is made at once. */
  writePlainItem(field: Field, code: string, headSize: number, head: () => void): void {
    const w = this.#w;
    w.isItem = true;
    w.inBlock = true;
    w.open(headSize + fixedSize(field.type)!);
    head();
    writeFixed(w, field, plus('p', headSize), code);
  }

  /** Names of the layout are asked for before anything that could stand inside a block. */
  #primeOuter(): void {
    const { fields, outer } = this.#w;
    for (const field of fields) {
      for (const path of [...expressionsOf(field).flatMap(namesIn), ...outerNames(field.type).map(o => o.path)])
        if (!fields.some(f => f.name === path[0])) outer?.name(path);
    }
  }

  /** A run ends where a range of a computed size begins or ends, so that `w.length` is that place. */
  #runFrom(from: number): Field[] {
    const { fields } = this.#w;
    const run: Field[] = [];
    for (const field of fields.slice(from)) {
      if (!isPlain(field) || (run.length > 0 && beginsRange(fields, field))) break;
      run.push(field);
      if (endsRange(fields, field)) break;
    }
    return run;
  }

  #writeFixedRun(run: readonly Field[]): void {
    const w = this.#w;
    const size = run.reduce((n, f) => n + roomFor(f)!, 0);
    for (const field of run) markStart(w, field);
    if (run.every(f => f.type.kind === 'check' || f.covers !== undefined)) {
      w.line(`w.reserve(${size});`);
      return;
    }
    if (run.every(f => f.auto?.kind === 'size')) for (const field of run) this.#reserveSize(field);
    else {
      w.open(size);
      let off = 0;
      for (const field of run) {
        writeFixed(w, field, plus('p', off), w.own(field));
        off += roomFor(field)!;
      }
    }
    for (const field of run) completeSizes(w, field);
  }

  #reserveSize(field: Field): void {
    const at = this.#w.local(`${field.name}At`);
    this.#w.line(`const ${at} = w.reserve(${roomFor(field)});`);
    this.#w.patches.set(field, at);
  }

  /** A field of variable size, or one that may be absent. */
  #writeOne(field: Field): void {
    const w = this.#w;
    markStart(w, field);
    if (field.when === undefined) writeField(w, field, w.own(field));
    else this.#writeConditional(field, field.when);
    completeSizes(w, field);
  }

  #writeConditional(field: Field, when: Expr): void {
    const w = this.#w;
    if (comparesSize(w, field)) {
      const written = w.local(`${field.name}Bytes`);
      w.written.set(field.name, written);
      w.line(`let ${written}: number | undefined;`);
    }
    w.inBlock = true;
    const holds = w.holds(field);
    if (when.kind === 'call' && when.name === 'more') this.#writeIfMore(field, when.args[0]);
    else if (holds === undefined) this.#writeIfGiven(field);
    else this.#writeIfHolds(field, holds);
    w.inBlock = false;
  }

  #writeIfGiven(field: Field): void {
    const w = this.#w;
    w.code.block(`if (${unwrapped(w.given(field))})`, () => writeField(w, field, w.own(field)));
  }

  /** It is there when it is given; what follows must not make a reader miss it, or find it where it is not. */
  #writeIfMore(field: Field, least: Expr | undefined): void {
    const w = this.#w;
    const at = w.local(`${field.name}At`);
    w.line(`const ${at} = w.length;`);
    this.#writeIfGiven(field);
    const bytes = least?.kind === 'number' ? least.value : 0;
    if (w.isType) w.line(`${w.checked(field, 'noteMore', w.given(field), at, bytes)};`);
    else w.mores.push(`${w.checked(field, 'checkMore', w.given(field), `w.length - ${at}`, bytes)};`);
  }

  /** It must be given where the condition holds, and only there. */
  #writeIfHolds(field: Field, condition: string): void {
    const w = this.#w;
    const value = w.own(field);
    // What need not be given although it is there: the number for "no value" stands for it, or its default.
    const isOptional = hasRaw(field) || field.default !== undefined || field.none !== undefined;
    w.code.block(`if (${condition})`, () =>
      writeField(w, field, isOptional ? value : w.checked(field, 'required', value)),
    );
    const any = hasRaw(field) ? `${value} ?? ${w.v}.$raw?.${field.name}` : value;
    w.line(`else ${w.checked(field, 'absent', any)};`);
  }
}

/** Whether the size of a field is computed elsewhere, and compared with it when that is known. */
function comparesSize(w: Writing, field: Field): boolean {
  const { type } = field;
  if (!('size' in type) || type.size.kind !== 'expr') return false;
  if (type.kind === 'list') return !isItsCount(w, field, type.size.expr);
  if (type.kind === 'bcd') return isMeasured(w, type.size.expr);
  return type.kind !== 'tlv' && field.pad === undefined;
}

/** Whether a field has its room and its place in a run. */
/** Whether a field is always there, in one place, so that room for it can be made together with what stands around it. */
export function isPlain(field: Field): boolean {
  if (field.when !== undefined || roomFor(field) === undefined) return false;
  return !['list', 'sized', 'struct', 'text', 'hex', 'bytes', 'bcd'].includes(field.type.kind);
}

/** The bytes that are reserved for a field: sizes of variable width are as short as they can be until they are known. */
function roomFor(field: Field): number | undefined {
  return field.covers === undefined && field.type.kind !== 'case' ? fixedSize(field.type) : sizeOf(field.type).min;
}
