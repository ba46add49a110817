/** What the emitters of one encoding function share: what is written, and what has been computed on the way. */
import type { Field } from '../../model/model.js';
import { freshName } from '../../model/names.js';
import type { Expr } from '../../schema/expression.js';
import { type Code, quoted } from '../code.js';
import type { EmitContext } from '../context.js';
import { Locals } from '../locals.js';
import { printCondition, type Scope } from '../print-expression.js';
import { hasRaw } from '../ts-types.js';
import { WriteNames } from './write-names.js';

/** What is written, and where it comes from. */
export interface Source {
  readonly fields: readonly Field[];
  /** The object that holds the fields. */
  readonly v?: string;
  /** What problems call that object. */
  readonly path?: string;
  /** What stands around the group: the layout of its frame, as it has been written. */
  readonly outer?: Scope | undefined;
  /** For the elements of a layout: those whose value is not a member of `v`, by name. */
  readonly told?: ReadonlyMap<string, string>;
  /** It is part of something else, and does not know what follows it. */
  readonly isType?: boolean;
}

export class Writing {
  readonly ctx: EmitContext;
  readonly code: Code;
  readonly fields: readonly Field[];
  readonly v: string;
  readonly path: string;
  readonly outer: Scope | undefined;
  readonly told: ReadonlyMap<string, string>;
  /** It is what stands around a body, of which a value need not have all. */
  readonly isLayout: boolean;
  readonly isType: boolean;
  readonly names: WriteNames;
  readonly locals: Locals;
  /** The values of computed fields, as expressions see them. */
  readonly computed = new Map<string, string>();
  /** Locals for the size of data that may be absent. */
  readonly written = new Map<string, string>();
  /** Said when all fields have been written: sizes that computed fields state, and what `more` would find. */
  readonly sizeChecks: (() => void)[] = [];
  readonly mores: string[] = [];
  /** Locals: where a range begins, where a size is filled in, and the numbers of fields whose sign stands elsewhere. */
  readonly starts = new Map<string, string>();
  readonly patches = new Map<Field, string>();
  readonly magnitudes = new Map<string, string>();
  /** Inside a condition or loop: locals that are declared there end there. */
  inBlock = false;
  /** The value is a tagged item: one without a value is left out. */
  isItem = false;
  #declared = false;

  constructor(ctx: EmitContext, code: Code, locals: Iterable<string>, source: Source) {
    this.ctx = ctx;
    this.code = code;
    this.fields = source.fields;
    this.v = source.v ?? 'v';
    this.path = source.path ?? '';
    this.outer = source.outer;
    this.told = source.told ?? new Map();
    this.isLayout = source.told !== undefined;
    this.isType = source.isType === true;
    this.names = new WriteNames(this);
    this.locals = new Locals(ctx.reserved, [
      ...locals,
      ...['w', 'v', 'b', 'p', 'start', 'conn', 'request', 'i', 'item', 'serial', 'id'],
    ]);
  }

  /** A name that is free in the function. */
  local(wanted: string): string {
    return freshName(wanted, this.locals);
  }

  line(text: string): void {
    this.code.line(text);
  }

  /** A function of framegate/codec that gets a value and, last, what problems call it. */
  checked(field: Field, checker: string, ...args: readonly (string | number)[]): string {
    return `${this.ctx.use(checker)}(${[...args, this.label(field)].join(', ')})`;
  }

  /** What problems call a field, quoted. */
  label(field: Field): string {
    return quoted(this.path === '' ? field.name : `${this.path}.${field.name}`);
  }

  /** Where the value of a field is found. */
  own(field: Field): string {
    const told = this.told.get(field.name);
    if (told !== undefined) return told;
    const own = `${this.v}.${field.name}`;
    if (field.from === undefined) return own;
    const path = field.from.map(quoted).join(', ');
    return `(${own} ?? ${this.checked(field, 'requested', 'request', path)})`;
  }

  /** Whether an optional field is given: an impossible time is, by its bytes. */
  given(field: Field): string {
    const told = `${this.told.get(field.name) ?? `${this.v}.${field.name}`} !== undefined`;
    const given = this.isLater(field) ? `(${this.kept(field, 'keptBytes')} !== undefined || ${told})` : told;
    return hasRaw(field) ? `(${given} || ${this.v}.$raw?.${field.name} !== undefined)` : given;
  }

  isLater(field: Field): boolean {
    return field.lazy === true && this.ctx.traced === undefined;
  }

  /** Asks for what was kept of a field that nobody has read. */
  kept(field: Field, ask: 'keptBytes' | 'writeKept'): string {
    const args = [this.v, quoted(field.name), this.ctx.later(field)];
    return `${this.ctx.use(ask)}(${(ask === 'writeKept' ? ['w', ...args] : args).join(', ')})`;
  }

  /** `write`, unless nobody has read the field: then it is the bytes that were kept. */
  unlessKept(field: Field, write: string): string {
    return this.isLater(field) ? `if (${this.kept(field, 'writeKept')} === undefined) ${write}` : write;
  }

  /** Fields whose presence this bit tells. */
  toldBy(path: string): Field[] {
    return this.fields.filter(f => f.when?.kind === 'name' && f.when.path.join('.') === path);
  }

  /** The condition that a field with `if` is there, where that is not simply whether it is given. */
  holds({ when }: Field): string | undefined {
    if (when === undefined || (when.kind === 'call' && when.name === 'more')) return undefined;
    const together = this.#toldTogether(when);
    if (together?.length === 1) return undefined;
    return together?.map(f => this.given(f)).join(' || ') ?? printCondition(when, this.names);
  }

  /** Fields that share the bit which says that they are there, where that bit is computed. */
  #toldTogether(when: Expr): Field[] | undefined {
    if (when.kind !== 'name' || when.path.length !== 2) return undefined;
    const mask = this.fields.find(f => f.name === when.path[0]);
    return mask?.auto?.kind === 'present' ? this.toldBy(when.path.join('.')) : undefined;
  }

  /** Reserves room: `b` and `p` say where. */
  open(size: number): void {
    const keyword = this.#declared ? '' : this.inBlock ? 'const ' : 'let ';
    this.code.line(`${keyword}p = w.reserve(${size});`).line(`${keyword}b = w.bytes;`);
    if (!this.inBlock) this.#declared = true;
  }
}

/** `v`, or its default. */
export function orDefault(field: Field, value: string): string {
  return field.default === undefined ? value : `${value} ?? ${JSON.stringify(field.default)}`;
}
