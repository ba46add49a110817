/**
 * Whether two conditions can never hold together, as far as that can be seen: they ask for different values of one number, or
 * one is the opposite of the other.
 */
import type { Expr } from '../schema/expression.js';
import type { Field } from './model.js';

/** The values of one number for which a condition holds, or, if `others`, all values but these. */
interface Choice {
  readonly of: string;
  readonly values: ReadonlySet<number>;
  readonly others: boolean;
}

/** @param fields where the names of the conditions stand */
export function neverBoth(a: Expr | undefined, b: Expr | undefined, fields: readonly Field[]): boolean {
  if (a !== undefined && b !== undefined && JSON.stringify(opposite(a)) === JSON.stringify(b)) return true;
  const both = combine('&&', choiceOf(a, fields), choiceOf(b, fields));
  return both !== undefined && !both.others && both.values.size === 0;
}

const OPPOSITE: Readonly<Record<string, string>> = {
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
  '==': '!=',
  '!=': '==',
};

/** What holds where this does not. */
function opposite(e: Expr): Expr {
  if (e.kind === 'unary' && e.op === '!') return e.of;
  if (e.kind === 'binary' && (e.op === '&&' || e.op === '||'))
    return { ...e, op: e.op === '&&' ? '||' : '&&', left: opposite(e.left), right: opposite(e.right) };
  const op = e.kind === 'binary' ? OPPOSITE[e.op] : undefined;
  return e.kind === 'binary' && op !== undefined ? { ...e, op } : { kind: 'unary', op: '!', of: e };
}

function choiceOf(expr: Expr | undefined, fields: readonly Field[]): Choice | undefined {
  if (expr?.kind === 'unary' && expr.op === '!') return not(choiceOf(expr.of, fields));
  if (expr?.kind !== 'binary') return undefined;
  const { op, left, right } = expr;
  if (op === '&&' || op === '||') return combine(op, choiceOf(left, fields), choiceOf(right, fields));
  if ((op !== '==' && op !== '!=') || left.kind !== 'name') return undefined;
  const value = comparedWith(right, left.path, fields);
  if (value === undefined) return undefined;
  return { of: left.path.join('.'), values: new Set([value]), others: op === '!=' };
}

/** A number, or a member of the enumeration that it is compared with. */
function comparedWith(expr: Expr, compared: readonly string[], fields: readonly Field[]): number | undefined {
  if (expr.kind === 'number') return expr.value;
  const set = compared.length === 1 ? fields.find(f => f.name === compared[0])?.enum?.set : undefined;
  if (expr.kind !== 'name' || set === undefined) return undefined;
  return set.members.find(m => m.name === expr.path.at(-1))?.value;
}

const not = (c: Choice | undefined): Choice | undefined => c && { ...c, others: !c.others };

function combine(op: '&&' | '||', a: Choice | undefined, b: Choice | undefined): Choice | undefined {
  if (a === undefined || b === undefined || a.of !== b.of) return undefined;
  // Either holds where not both fail.
  if (op === '||') return not(combine('&&', not(a), not(b)));
  const { of } = a;
  if (a.others && b.others) return { of, values: new Set([...a.values, ...b.values]), others: true };
  const [some, test] = a.others ? [b, a] : [a, b];
  return { of, values: new Set([...some.values].filter(v => test.values.has(v) !== test.others)), others: false };
}
