/** Expressions of the schema as TypeScript. */
import type { EnumSet } from '../model/model.js';
import type { Expr } from '../schema/expression.js';

/** What a name stands for in the code around an expression. */
export interface Printed {
  readonly code: string;
  readonly boolean?: boolean;
}

export interface Scope {
  /** `undefined`: no such name here. */
  name(path: readonly string[]): Printed | undefined;
  /** The enumeration of an element, if it has one. */
  enumAt?(path: readonly string[]): EnumSet | undefined;
  /** `size(...)`, `count(...)`, `present(...)`, `more(...)`. */
  call(name: string, args: readonly Expr[], print: (e: Expr) => string): Printed | undefined;
}

const STRENGTH: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '<=': 7,
  '>': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

/** Stronger than `===` and `!==`. */
const COMPARED = 7;

export function printNumber(e: Expr, scope: Scope): string {
  return numeric(print(e, scope, 0));
}

export function printCondition(e: Expr, scope: Scope): string {
  return unwrapped(conditionIn(e, scope, 0));
}

/** A number holds when it is not 0; what binds weaker than `!==` stands in brackets then. */
function conditionIn(e: Expr, scope: Scope, outer: number): string {
  const p = print(e, scope, outer);
  return p.boolean === true ? p.code : `${print(e, scope, COMPARED).code} !== 0`;
}

/** Without brackets around the whole. */
export function unwrapped(code: string): string {
  if (!code.startsWith('(') || !code.endsWith(')')) return code;
  let depth = 0;
  for (let i = 0; i < code.length - 1; i++) {
    if (code[i] === '(') depth++;
    else if (code[i] === ')' && --depth === 0) return code;
  }
  return code.slice(1, -1);
}

/** Any value: for the fields of an answer. */
export function printValue(e: Expr, scope: Scope): string {
  return e.kind === 'string' ? `'${e.value.replace(/[\\']/g, '\\$&')}'` : print(e, scope, 0).code;
}

/** A bare name that meets an enumeration is first its member. */
function memberOf(side: Expr, other: Expr, scope: Scope): string | undefined {
  if (side.kind !== 'name' || side.path.length !== 1 || other.kind !== 'name') return undefined;
  const member = scope.enumAt?.(other.path)?.members.find(m => m.name === side.path[0]);
  return member === undefined ? undefined : String(member.value);
}

function numeric(p: Printed): string {
  return p.boolean === true ? `Number(${p.code})` : p.code;
}

function print(e: Expr, scope: Scope, outer: number): Printed {
  const wrap = (code: string, strength: number): string => (strength < outer ? `(${code})` : code);
  switch (e.kind) {
    case 'number':
      return { code: String(e.value) };
    case 'string':
      return { code: `'${e.value}'` };
    case 'name': {
      const found = scope.name(e.path);
      if (found === undefined) throw new Error(`no name ${e.path.join('.')} in this scope`);
      return found;
    }
    case 'unary': {
      if (e.op === '!') {
        const of = print(e.of, scope, 11);
        return of.boolean === true
          ? { code: `!${of.code}`, boolean: true }
          : { code: wrap(`${of.code} === 0`, 6), boolean: true };
      }
      return { code: `${e.op}${numeric(print(e.of, scope, 11))}` };
    }
    case 'binary': {
      const strength = STRENGTH[e.op]!;
      if (e.op === '&&' || e.op === '||') {
        const side = (x: Expr): string => conditionIn(x, scope, strength + 1);
        return { code: wrap(`${side(e.left)} ${e.op} ${side(e.right)}`, strength), boolean: true };
      }
      const left = memberOf(e.left, e.right, scope) ?? numeric(print(e.left, scope, strength));
      const right = memberOf(e.right, e.left, scope) ?? numeric(print(e.right, scope, strength + 1));
      if (e.op === '==' || e.op === '!=') return { code: wrap(`${left} ${e.op}= ${right}`, strength), boolean: true };
      if (strength === 7) return { code: wrap(`${left} ${e.op} ${right}`, strength), boolean: true };
      return { code: wrap(`${left} ${e.op} ${right}`, strength) };
    }
    case 'choice': {
      const yes = print(e.yes, scope, 1);
      const no = print(e.no, scope, 1);
      const boolean = yes.boolean === true && no.boolean === true;
      const arm = (p: Printed): string => (boolean ? p.code : numeric(p));
      const code = `${conditionIn(e.test, scope, 1)} ? ${arm(yes)} : ${arm(no)}`;
      return { code: outer > 0 ? `(${code})` : code, boolean };
    }
    case 'call': {
      const found = scope.call(e.name, e.args, x => printNumber(x, scope));
      if (found === undefined) throw new Error(`${e.name}() has no meaning here`);
      return found;
    }
    case 'range':
      throw new Error('a range stands only in size()');
  }
}
