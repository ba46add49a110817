/** What readers and writers of types are given from around them. */
import type { OuterName, Struct } from '../model/model.js';
import type { EmitContext } from './context.js';
import type { Printed, Scope } from './print-expression.js';

/** Names of the parameters of a reader or writer of a type. */
export const outerLocals = (ctx: EmitContext, outer: Struct['outer']): string[] =>
  outer.map(o => ctx.outerLocal(o.path));

/** `, codec: number`: parameters of a function. */
export function outerParameters(ctx: EmitContext, outer: Struct['outer']): string {
  return outerLocals(ctx, outer)
    .map(name => `, ${name}: number`)
    .join('');
}

/** `, codec`: what a function with the same parameters hands on. */
export function outerArguments(ctx: EmitContext, outer: Struct['outer']): string {
  return outerLocals(ctx, outer)
    .map(name => `, ${name}`)
    .join('');
}

/** What these parameters are called in expressions. */
export function outerScope(ctx: EmitContext, outer: readonly OuterName[]): Scope {
  const told = new Map<string, Printed>(outer.map(o => [o.path.join('.'), { code: ctx.outerLocal(o.path) }]));
  return { name: path => told.get(path.join('.')), call: () => undefined };
}
