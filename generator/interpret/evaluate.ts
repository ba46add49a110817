/** The schema's expressions, evaluated on what a parser has read so far. */
import type { EnumSet, Field } from '../model/model.js';
import { type Expr, operandsOf } from '../schema/expression.js';
import { AT, Inexpressible, type Scope, type Span } from './parser.js';

type Value = number | boolean | string;
export type Evaluate = (scope: Scope) => Value;

export interface Names {
  /** Where in the scope a field's value is kept. */
  key(field: Field): string;
  readonly fields: readonly Field[];
  readonly enums: readonly EnumSet[];
  readonly span: Span;
}

const operators: Readonly<Record<string, (a: number, b: number) => Value>> = {
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
  '&': (a, b) => a & b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
};

/** @throws Inexpressible when the expression needs what a parser does not know. */
export function evaluator(e: Expr, names: Names): Evaluate {
  switch (e.kind) {
    case 'number':
    case 'string':
      return () => e.value;
    case 'name':
      return nameEvaluator(e.path, names);
    case 'unary': {
      const of = evaluator(e.of, names);
      if (e.op === '!') return scope => !of(scope);
      return e.op === '-' ? scope => -Number(of(scope)) : scope => ~Number(of(scope));
    }
    case 'binary': {
      const left = evaluator(e.left, names);
      const right = evaluator(e.right, names);
      if (e.op === '&&') return scope => Boolean(left(scope)) && Boolean(right(scope));
      if (e.op === '||') return scope => Boolean(left(scope)) || Boolean(right(scope));
      const operate = operators[e.op]!;
      return scope => operate(Number(left(scope)), Number(right(scope)));
    }
    case 'choice': {
      const test = evaluator(e.test, names);
      const yes = evaluator(e.yes, names);
      const no = evaluator(e.no, names);
      return scope => (test(scope) ? yes(scope) : no(scope));
    }
    case 'call':
      return callEvaluator(e, names);
    case 'range':
      throw new Inexpressible('a range of elements has no value');
  }
}

/** Whether the expression asks how much is left, so that the position must be known. */
export function asksForRest(e: Expr): boolean {
  return (e.kind === 'call' && e.name === 'more') || operandsOf(e).some(asksForRest);
}

function nameEvaluator(path: readonly string[], names: Names): Evaluate {
  const [first, second] = path;
  const member = names.enums.find(s => s.name === first)?.members.find(m => m.name === second);
  if (member !== undefined) return () => member.value;
  const field = names.fields.find(f => f.name === first);
  const { around } = names.span;
  if (field === undefined && path.length === 1 && around.has(first!)) return () => around.get(first!)!;
  if (field === undefined) throw new Inexpressible(`"${path.join('.')}" stands outside the message`);
  if (field.enum !== undefined || field.scale !== undefined || field.negative !== undefined)
    throw new Inexpressible(`the number of "${first}" is gone when its value has been made`);
  const key = names.key(field);
  if (second === undefined) return scope => scope[key] as Value;
  return scope => (scope[key] as Record<string, Value>)[second]!;
}

function callEvaluator(e: Expr & { kind: 'call' }, names: Names): Evaluate {
  const [arg] = e.args;
  if (e.name === 'more' && arg !== undefined) {
    const wanted = evaluator(arg, names);
    return scope => names.span.end - (scope[AT] as number) >= Number(wanted(scope));
  }
  if (arg?.kind === 'name' && arg.path.length === 1) {
    const field = names.fields.find(f => f.name === arg.path[0]);
    if (field !== undefined && e.name === 'present') return scope => scope[names.key(field)] !== undefined;
    if (field !== undefined && e.name === 'count')
      return scope => (scope[names.key(field)] as unknown[] | undefined)?.length ?? 0;
  }
  throw new Inexpressible(`${e.name}() cannot be asked while parsing`);
}
