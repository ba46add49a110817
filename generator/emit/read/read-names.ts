/** What expressions call the fields that have been read, and what stands around them. */

import { outerNames, sizeExpressions } from '../../model/check-scope.js';
import type { EnumSet, Field } from '../../model/model.js';
import { pascal } from '../../model/names.js';
import { type Expr, namesIn } from '../../schema/expression.js';
import { quoted } from '../code.js';
import type { EmitContext } from '../context.js';
import type { Printed, Scope } from '../print-expression.js';
import type { Cursor } from './cursor.js';

export class ReadNames implements Scope {
  readonly #ctx: EmitContext;
  readonly #cursor: Cursor;
  /** What stands around the group: the layout of its frame, or the group that it is part of. */
  readonly #outer: Scope | undefined;
  readonly #known = new Map<string, Printed>();
  /** Locals of fields that may be absent. */
  readonly #optional = new Map<string, string>();
  #fields: readonly Field[] = [];

  constructor(ctx: EmitContext, cursor: Cursor, outer?: Scope) {
    this.#ctx = ctx;
    this.#cursor = cursor;
    this.#outer = outer;
  }

  /** Begins a group. Names around it are read before anything that could stand inside a block. */
  prime(fields: readonly Field[]): void {
    this.#fields = fields;
    for (const field of fields) {
      for (const path of [...expressionsOf(field).flatMap(namesIn), ...outerNames(field.type).map(o => o.path)])
        if (!fields.some(f => f.name === path[0])) this.#outer?.name(path);
    }
  }

  set(name: string, printed: Printed): void {
    this.#known.set(name, printed);
  }

  has(name: string): boolean {
    return this.#known.has(name);
  }

  /** A field of this very group, or a part of it. */
  own(name: string): string | undefined {
    return this.#known.get(name)?.code;
  }

  name(path: readonly string[]): Printed | undefined {
    const found = this.#known.get(path.join('.'));
    const field = path.length === 1 ? this.#fields.find(f => f.name === path[0]) : undefined;
    if (found !== undefined)
      return field !== undefined && field.when === undefined && canBeNothing(field)
        ? { code: `(${found.code} ?? 0)` }
        : found;
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
    if (name === 'more') return { code: `(${this.#cursor.left} >= ${print(arg)})`, boolean: true };
    if (arg.kind !== 'name') return undefined;
    const [head] = arg.path;
    const around = this.#fields.some(f => f.name === head) ? undefined : this.#outer?.call(name, args, print);
    if (around !== undefined) return around;
    const key = arg.path.join('.');
    const local = this.#optional.get(key) ?? this.own(key) ?? this.name(arg.path)?.code;
    if (name === 'present') return { code: `(${local} !== undefined)`, boolean: true };
    if (name === 'count') return { code: `(${local}?.length ?? 0)` };
    return undefined;
  }

  /** What a field that may be absent stands for in later expressions: nothing counts as 0. */
  setOptional(field: Field, local: string): void {
    const { type } = field;
    this.#optional.set(field.name, local);
    const parts = type.kind === 'bits' ? type.bits : type.kind === 'flags' ? type.set.bits : [];
    for (const part of parts) {
      const isBit = !('width' in part) || part.width === 1;
      const code = isBit ? `(${local}?.${part.name} === true)` : `(${local}?.${part.name} ?? 0)`;
      this.set(`${field.name}.${part.name}`, { code, boolean: isBit });
    }
    if (field.enum !== undefined) {
      const set = this.#ctx.names.type(field.enum.set);
      const number = field.enum.open
        ? `(typeof ${local} === 'number' ? ${local} : ${set}[${local}])`
        : `${set}[${local}]`;
      this.set(field.name, { code: `(${local} === undefined ? -1 : ${number})` });
    } else if (type.kind === 'bool') this.set(field.name, { code: `(${local} === true)`, boolean: true });
    else if (type.kind === 'int' || type.kind === 'varint' || type.kind === 'float' || type.kind === 'time')
      this.set(field.name, { code: `(${local} ?? 0)` });
    else this.set(field.name, { code: local });
  }
}

/** Whether a field that is there may have no value: expressions take it for 0 then. */
export function canBeNothing({ type, none }: Field): boolean {
  return none !== undefined || (type.kind === 'time' && type.form !== 'count' && type.form !== 'gps');
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
