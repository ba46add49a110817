/** What expressions call the fields of a value that is written, and what stands around it. */
import type { EnumSet, Field } from '../../model/model.js';
import { pascal } from '../../model/names.js';
import type { Expr } from '../../schema/expression.js';
import { hasBitAutos } from '../names.js';
import { type Printed, printNumber, type Scope } from '../print-expression.js';
import { canBeNothing, connectionName } from '../read/read-names.js';
import { enumNumber } from './write-numbers.js';
import type { Writing } from './writing.js';

export class WriteNames implements Scope {
  readonly #w: Writing;

  constructor(w: Writing) {
    this.#w = w;
  }

  name(path: readonly string[]): Printed | undefined {
    const field = this.#field(path);
    const computed = this.#w.computed.get(path.join('.'));
    if (computed !== undefined) return { code: computed, boolean: bitOf(field, path)?.width === 1 };
    if (field !== undefined) return this.#ofField(field, path);
    const around = this.#w.outer?.name(path) ?? connectionName(this.#w.ctx, path);
    if (around !== undefined) return around;
    const set = this.#w.ctx.model.enums.find(e => e.name === pascal(path[0]!));
    const member = set?.members.find(m => m.name === path[1]);
    return member === undefined ? undefined : { code: String(member.value) };
  }

  enumAt(path: readonly string[]): EnumSet | undefined {
    if (path.length !== 1) return undefined;
    return this.#field(path)?.enum?.set ?? this.#w.outer?.enumAt?.(path);
  }

  call(name: string, args: readonly Expr[]): Printed | undefined {
    const [arg] = args;
    if (arg?.kind !== 'name') return undefined;
    if (this.#field(arg.path) === undefined) return this.#w.outer?.call(name, args, () => '');
    const value = `${this.#w.v}.${arg.path.join('.')}`;
    const there = this.#defaultThere(this.#field(arg.path)!);
    if (name === 'present') return { code: `(${there ?? `${value} !== undefined`})`, boolean: true };
    if (name === 'count') return { code: `(${value}?.length ?? 0)` };
    return undefined;
  }

  #field(path: readonly string[]): Field | undefined {
    return this.#w.fields.find(f => f.name === path[0]);
  }

  /** When a field with `if` is there though it is not given: its default is. */
  #defaultThere(field: Field): string | undefined {
    return field.default === undefined ? undefined : this.#w.holds(field);
  }

  /** A member of the value: what may be absent counts as nothing. */
  #ofField(field: Field, path: readonly string[]): Printed {
    if (field.auto?.kind === 'expr') return { code: `(${printNumber(field.auto.expr, this)})` };
    const own = this.#w.own(field);
    const maybe = field.when !== undefined;
    const there = this.#defaultThere(field);
    // A default under an `if` that is told by whether the field is given stands for nothing.
    const isPlain = field.default === undefined || (maybe && there === undefined);
    const whole = isPlain ? own : `(${own} ?? ${JSON.stringify(field.default)})`;
    const value =
      path.length === 1 ? whole : `${own}${maybe || hasBitAutos(field) ? '?' : ''}.${path.slice(1).join('.')}`;
    if (field.enum !== undefined) {
      const number = enumNumber(this.#w, field, whole);
      if (there !== undefined) return { code: `(${there} ? ${number} : -1)` };
      return { code: maybe ? `(${own} === undefined ? -1 : ${number})` : number };
    }
    const bit = bitOf(field, path);
    if (bit !== undefined && bit.width > 1) return { code: `(${value} ?? 0)` };
    const boolean = field.type.kind === 'bool' || field.type.kind === 'flags' || bit?.width === 1;
    if (boolean) return { code: `(${there === undefined ? '' : `(${there}) && `}${value} === true)`, boolean };
    const isNumber = ['int', 'varint', 'float', 'time', 'bits'].includes(field.type.kind);
    if (there !== undefined && isNumber) return { code: `(${there} ? ${value} : 0)` };
    return { code: (maybe || canBeNothing(field)) && isNumber ? `(${value} ?? 0)` : value };
  }
}

function bitOf(field: Field | undefined, path: readonly string[]): { readonly width: number } | undefined {
  return field?.type.kind === 'bits' ? field.type.bits.find(b => b.name === path[1]) : undefined;
}
