/**
 * The schema's expressions: arithmetic, bits, comparison, `?:`, and the calls `size() count() present() more()`. Small and
 * total: no loops, no user code. They are parsed here and printed into the generated code, never evaluated at run time.
 */

export type Expr =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'name'; readonly path: readonly string[] }
  | { readonly kind: 'unary'; readonly op: '!' | '-' | '~'; readonly of: Expr }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'choice'; readonly test: Expr; readonly yes: Expr; readonly no: Expr }
  | { readonly kind: 'call'; readonly name: CallName; readonly args: readonly Expr[] }
  /** `a..b` inside `size()`: a run of elements. */
  | { readonly kind: 'range'; readonly from: string; readonly to: string };

export const callNames = ['size', 'count', 'present', 'more'] as const;
export type CallName = (typeof callNames)[number];

/** Thrown by {@link parseExpression}; `at` is the position in the text. */
export class ExpressionError extends Error {
  readonly at: number;
  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** How strongly operators bind, weakest first. */
export const operatorLevels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '<=', '>', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

interface Token {
  readonly kind: 'number' | 'string' | 'name' | 'op' | 'end';
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s*(?:(0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e-?\d+)?)|'([^']*)'|([A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*)|(\.\.|\|\||&&|==|!=|<=|>=|<<|>>|[-+*/%&|^~!<>?:(),]))/y;

function tokens(text: string): Token[] {
  const all: Token[] = [];
  let at = 0;
  while (at < text.length && /\S/.test(text.slice(at))) {
    TOKEN.lastIndex = at;
    const m = TOKEN.exec(text);
    if (m === null) {
      const place = at + text.slice(at).search(/\S/);
      throw new ExpressionError(`unexpected "${text[place]}"`, place);
    }
    const end = TOKEN.lastIndex;
    if (m[1] !== undefined) all.push({ kind: 'number', text: m[1], at: end - m[1].length });
    else if (m[2] !== undefined) all.push({ kind: 'string', text: m[2], at: end - m[2].length - 2 });
    else if (m[3] !== undefined) all.push({ kind: 'name', text: m[3], at: end - m[3].length });
    else all.push({ kind: 'op', text: m[4]!, at: end - m[4]!.length });
    at = end;
  }
  all.push({ kind: 'end', text: '', at: text.length });
  return all;
}

/** Names, numbers and signs of the longest expression: what reads and prints it calls itself for each pair of brackets. */
const MOST_TOKENS = 500;

class Parser {
  readonly #tokens: Token[];
  #i = 0;

  constructor(text: string) {
    this.#tokens = tokens(text);
    const beyond = this.#tokens[MOST_TOKENS];
    if (beyond !== undefined)
      throw new ExpressionError(`it has more than ${MOST_TOKENS} names, numbers and signs`, beyond.at);
  }

  whole(): Expr {
    const e = this.#choice();
    const rest = this.#tokens[this.#i]!;
    if (rest.kind !== 'end') throw new ExpressionError(`unexpected "${rest.text}"`, rest.at);
    return e;
  }

  #take(op: string): boolean {
    const t = this.#tokens[this.#i]!;
    if (t.kind !== 'op' || t.text !== op) return false;
    this.#i++;
    return true;
  }

  #expect(op: string): void {
    const t = this.#tokens[this.#i]!;
    if (!this.#take(op))
      throw new ExpressionError(`expected "${op}"${t.kind === 'end' ? ' at the end' : `, found "${t.text}"`}`, t.at);
  }

  #choice(): Expr {
    const test = this.#binary(0);
    if (!this.#take('?')) return test;
    const yes = this.#choice();
    this.#expect(':');
    return { kind: 'choice', test, yes, no: this.#choice() };
  }

  #binary(level: number): Expr {
    const ops = operatorLevels[level];
    if (ops === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const t = this.#tokens[this.#i]!;
      if (t.kind !== 'op' || !ops.includes(t.text)) return left;
      this.#i++;
      left = { kind: 'binary', op: t.text, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expr {
    for (const op of ['!', '-', '~'] as const) if (this.#take(op)) return { kind: 'unary', op, of: this.#unary() };
    return this.#primary();
  }

  #primary(): Expr {
    const t = this.#tokens[this.#i]!;
    if (this.#take('(')) {
      const e = this.#choice();
      this.#expect(')');
      return e;
    }
    this.#i++;
    if (t.kind === 'number') return { kind: 'number', value: Number(t.text) };
    if (t.kind === 'string') return { kind: 'string', value: t.text };
    if (t.kind === 'name') return this.#take('(') ? this.#call(t) : { kind: 'name', path: t.text.split('.') };
    throw new ExpressionError(t.kind === 'end' ? 'the expression ends too early' : `unexpected "${t.text}"`, t.at);
  }

  #call(t: Token): Expr {
    const name = callNames.find(n => n === t.text);
    if (name === undefined)
      throw new ExpressionError(`no function "${t.text}"; there are ${callNames.join(', ')}`, t.at);
    const args: Expr[] = [];
    do {
      const arg = this.#choice();
      if (arg.kind === 'name' && this.#take('..')) {
        const to = this.#choice();
        if (to.kind !== 'name') throw new ExpressionError('a range ends with the name of an element', t.at);
        args.push({ kind: 'range', from: arg.path.join('.'), to: to.path.join('.') });
      } else args.push(arg);
    } while (this.#take(','));
    this.#expect(')');
    return { kind: 'call', name, args };
  }
}

/** @throws ExpressionError */
export function parseExpression(text: string): Expr {
  return new Parser(text).whole();
}

/** The expressions that an expression is made of, in order. */
export function operandsOf(e: Expr): readonly Expr[] {
  switch (e.kind) {
    case 'unary':
      return [e.of];
    case 'binary':
      return [e.left, e.right];
    case 'choice':
      return [e.test, e.yes, e.no];
    case 'call':
      return e.args;
    default:
      return [];
  }
}

/** The run of elements that an argument names: `a..b`, or `a` alone. */
export function rangeNamed(e: Expr | undefined): { readonly from: string; readonly to: string } | undefined {
  if (e?.kind === 'range') return { from: e.from, to: e.to };
  return e?.kind === 'name' ? { from: e.path[0]!, to: e.path[0]! } : undefined;
}

/** Every name that an expression mentions, as paths. */
export function namesIn(e: Expr): readonly (readonly string[])[] {
  if (e.kind === 'name') return [e.path];
  if (e.kind === 'range') return [[e.from], [e.to]];
  return operandsOf(e).flatMap(namesIn);
}
