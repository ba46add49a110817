/**
 * What the emitters of one decoding function share: where they are, what has been read, and how a value comes to its
 * local.
 */
import type { Field } from '../../model/model.js';
import { freshName } from '../../model/names.js';
import { type Code, quoted } from '../code.js';
import type { EmitContext } from '../context.js';
import { Locals } from '../locals.js';
import type { Scope } from '../print-expression.js';
import { isHidden } from '../ts-types.js';
import { Cursor } from './cursor.js';
import { ReadNames } from './read-names.js';

/**
 * Where a value goes: to a local of its own, or to one that was declared outside of the block. A field that nobody gets
 * to see has none there.
 */
export type Target = { readonly own: true } | { readonly own: false; readonly local: string | undefined };

export const OWN: Target = { own: true };

export class Reading {
  readonly ctx: EmitContext;
  readonly code: Code;
  readonly cursor: Cursor;
  readonly names: ReadNames;
  readonly locals: Locals;
  /** Keys and values of the literal. */
  readonly values: { key: string; code: string }[] = [];
  /** Numbers whose sign stands in a bit, by what expressions call it: said when that has been read. */
  late: { readonly sign: string; readonly settle: () => void }[] = [];
  /** Locals of the bytes of impossible times, by field. */
  readonly rawTimes = new Map<string, string>();
  /** Members that are decoded when they are asked for. */
  readonly later: string[] = [];
  /** Words of bits that have been read already. */
  readonly words = new Map<Field, string>();
  /** Locals: where a range begins, and where a stated size stands. */
  readonly starts = new Map<string, string>();
  readonly places = new Map<string, string>();
  /** The group that is read. */
  fields: readonly Field[] = [];
  /** The frame has been checked: its elements are read, not verified again. */
  trusted = false;
  /** The group is one value, such as a tagged item: there is no message around it yet. */
  isItem = false;

  constructor(ctx: EmitContext, code: Code, locals: Iterable<string>, outer?: Scope) {
    this.ctx = ctx;
    this.code = code;
    this.cursor = new Cursor(code);
    this.names = new ReadNames(ctx, this.cursor, outer);
    this.locals = new Locals(ctx.reserved, [
      ...locals,
      ...['b', 'o', 'end', 'start', 'stop', 'i', 'n', 'warn', 'conn', 'request'],
    ]);
  }

  /** A name that is free in the function. */
  local(wanted: string): string {
    return freshName(wanted, this.locals);
  }

  line(text: string): void {
    this.code.line(text);
  }

  /** Gives a value to its local, and makes it known. */
  settle(field: Field, to: Target, code: string): void {
    if (!to.own) {
      if (to.local !== undefined && to.local !== code) this.line(`${to.local} = ${code};`);
      return;
    }
    const isLocal = this.locals.has(code) && code.replace(/\d+$/, '') === field.name;
    const name = isLocal ? code : this.local(field.name);
    if (name !== code) this.line(`const ${name} = ${code};`);
    if (!this.names.has(field.name)) this.names.set(field.name, { code: name, boolean: field.type.kind === 'bool' });
    if (!isHidden(field)) this.values.push({ key: field.name, code: name });
  }

  /** The local of a value that has been settled. */
  held(field: Field, to: Target): string | undefined {
    return to.own ? this.names.own(field.name)! : to.local;
  }

  /** `return fail(...);`, or nothing where the frame has been checked. */
  refuse(code: string, field: Field, got?: string, want?: string): string {
    return this.trusted ? '' : this.failed(code, this.cursor.at, field, got, want);
  }

  /** `return fail('RANGE', o, 'speed', speed);` */
  failed(code: string, at: string, field: Field, got?: string, want?: string): string {
    const parts = [quoted(code), at, quoted(field.name)];
    if (got !== undefined) parts.push(got);
    if (want !== undefined) parts.push(want);
    return `return ${this.ctx.use('fail')}(${parts.join(', ')});`;
  }

  /** Fewer bytes than the field takes are left. */
  needs(size: number, field: Field): void {
    this.line(`if (end - o < ${size}) ${this.failed('TRUNCATED', 'end', field)}`);
  }
}
