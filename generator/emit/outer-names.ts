/** What readers and writers of types are given from around them. */
import type { OuterName, Struct } from '../model/model.js';
import { camel } from '../model/names.js';
import type { Printed, Scope } from './print-expression.js';

export const outerParameter = (o: OuterName): string => camel(o.path.join('-'));

/** `, codec: number`: parameters of a function. */
export function outerParameters(outer: Struct['outer']): string {
  return outer.map(o => `, ${outerParameter(o)}: number`).join('');
}

/** What these parameters are called in expressions. */
export function outerScope(outer: Struct['outer']): Scope {
  const told = new Map<string, Printed>(outer.map(o => [o.path.join('.'), { code: outerParameter(o) }]));
  return { name: path => told.get(path.join('.')), call: () => undefined };
}
