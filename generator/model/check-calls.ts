/** `size()`, `count()`, `present()` and `more()`: each has a meaning in some expressions only. */
import { type CallName, type Expr, operandsOf } from '../schema/expression.js';
import type { Node, Place } from '../schema/source.js';
import type { Resolver } from './resolver.js';

const MEANT = {
  if: ['count', 'present', 'more'],
  size: ['count', 'present'],
  auto: ['count', 'present'],
  rules: ['count', 'present'],
  with: ['count', 'present'],
  early: [],
  until: [],
  fragments: ['present'],
} as const satisfies Readonly<Record<string, readonly CallName[]>>;

const HINTS: Readonly<Record<CallName, string>> = {
  size: 'auto: size(a..b), and nothing else',
  count: 'a number of its own: { type: u8, auto: count(list) }',
  present: 'if, auto, rules and with can ask for it',
  more: 'if: more(n)',
};

/** @returns whether all calls in the expression mean something there */
export function checkCalls(r: Resolver, at: Node | Place | undefined, what: keyof typeof MEANT, expr: Expr): boolean {
  const meant: readonly CallName[] = MEANT[what];
  return callsOf(expr).every(({ name, args }) => {
    if (!meant.includes(name))
      r.source.error('UNSUPPORTED', at, `${what}: ${name}() is not supported here by this version`, HINTS[name]);
    else if (name !== 'more' && args[0]?.kind !== 'name')
      r.source.error('BAD_EXPRESSION', at, `${what}: ${name}() takes the name of a field`);
    else return true;
    return false;
  });
}

export function callsOf(e: Expr): Extract<Expr, { kind: 'call' }>[] {
  return [...(e.kind === 'call' ? [e] : []), ...operandsOf(e).flatMap(callsOf)];
}
