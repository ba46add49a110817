/** What an expression computes with: numbers and truth values; text is only compared with text. */
import { type Expr, operandsOf } from '../schema/expression.js';
import type { Node, Place } from '../schema/source.js';
import type { EnumSet, Field } from './model.js';
import type { Resolver } from './resolver.js';

/** `wide`: a number that may be a bigint. */
type Kind = 'number' | 'text' | 'wide';

const TEXTS: readonly string[] = ['text', 'hex', 'bcd', 'word', 'rest', 'chars'];
const OTHERS: readonly string[] = ['bits', 'flags', 'list', 'struct', 'tlv', 'sized', 'bytes', 'body'];

type FieldAt = (name: string) => Field | undefined;

/** @returns whether each operator gets what it can compute with, and the whole is a number or a truth value */
export function checkKinds(
  r: Resolver,
  at: Node | Place | undefined,
  what: string,
  expr: Expr,
  fieldAt: FieldAt,
): boolean {
  return isGood(r, at, what, new Kinds(fieldAt, false).wrong(expr));
}

/** The same for a value of an answer, which may be anything: there, a name of an enumeration is text. */
export function checkValueKinds(r: Resolver, at: Node | Place, what: string, expr: Expr, fieldAt: FieldAt): boolean {
  const constant = expr.kind === 'name' && fieldAt(expr.path[0]!)?.constant !== undefined;
  return (expr.kind === 'name' && !constant) || isGood(r, at, what, new Kinds(fieldAt, true).wrongInside(expr));
}

function isGood(r: Resolver, at: Node | Place | undefined, what: string, wrong: Wrong | undefined): boolean {
  if (wrong !== undefined) r.source.error('BAD_OPERAND', at, `${what}: ${wrong.text}`, wrong.hint);
  return wrong === undefined;
}

interface Wrong {
  readonly text: string;
  readonly hint?: string | undefined;
}

class Kinds {
  readonly #fieldAt: FieldAt;
  readonly #namesAreText: boolean;

  constructor(fieldAt: FieldAt, namesAreText: boolean) {
    this.#fieldAt = fieldAt;
    this.#namesAreText = namesAreText;
  }

  /** What is wrong with an expression that must be a number. */
  wrong(e: Expr): Wrong | undefined {
    if (e.kind === 'call') return this.#wrongCall(e);
    const inside = this.wrongInside(e);
    if (inside !== undefined) return inside;
    const kind = this.#kind(e);
    if (kind === 'text') return { text: `${shown(e)} is text, which is no number`, hint: "name == 'text' compares it" };
    if (kind === 'wide') return { text: `${shown(e)} can be more than a number holds`, hint: 'u48 or less' };
    return undefined;
  }

  #wrongCall({ name, args: [arg] }: Extract<Expr, { kind: 'call' }>): Wrong | undefined {
    const field = arg?.kind === 'name' ? this.#fieldAt(arg.path[0]!) : undefined;
    if (field?.constant !== undefined) return this.#wrongName([field.name]);
    if (name !== 'count' || field === undefined || field.type.kind === 'list') return undefined;
    return { text: `"${field.name}" is no list, so it has no count` };
  }

  /** What is wrong below an expression, whatever it is itself. */
  wrongInside(e: Expr): Wrong | undefined {
    if (e.kind === 'name') return this.#wrongName(e.path);
    if (e.kind === 'binary' && (e.op === '==' || e.op === '!=')) return this.#wrongEquality(e.left, e.right);
    if (e.kind !== 'choice') return first(operandsOf(e), x => this.wrong(x));
    return this.wrong(e.test) ?? this.#wrongEquality(e.yes, e.no);
  }

  #wrongEquality(left: Expr, right: Expr): Wrong | undefined {
    if (this.#isMember(left, right) || this.#isMember(right, left)) return undefined;
    const sides = [left, right];
    const wrong = first(sides, x => (x.kind === 'call' ? this.#wrongCall(x) : this.wrongInside(x)));
    if (wrong !== undefined) return wrong;
    const text = sides.find(x => this.#kind(x) === 'text');
    const other = sides.find(x => this.#kind(x) !== 'text');
    if (text === undefined || other === undefined) return undefined;
    return { text: `${shown(text)} is text, and ${shown(other)} is none` };
  }

  /** A bare name that meets an enumeration is first its member. */
  #isMember(side: Expr, other: Expr): boolean {
    if (side.kind !== 'name' || other.kind !== 'name' || side.path.length > 1) return false;
    const set: EnumSet | undefined = this.#fieldAt(other.path[0]!)?.enum?.set;
    return set?.members.some(m => m.name === side.path[0]) === true;
  }

  #wrongName([name, part]: readonly string[]): Wrong | undefined {
    const field = this.#fieldAt(name!);
    if (field === undefined || part !== undefined) return undefined;
    const { type, constant } = field;
    if (constant !== undefined) return { text: `"${name}" is always ${constant}`, hint: String(constant) };
    if (type.kind === 'int' && type.bigint) return { text: `"${name}" is a bigint, which is no number` };
    if (!OTHERS.includes(type.kind)) return undefined;
    const parts = type.kind === 'bits' ? type.bits.filter(b => !b.spare) : type.kind === 'flags' ? type.set.bits : [];
    const hint = parts.length > 0 ? parts.map(p => `${name}.${p.name}`).join(', ') : `present(${name})`;
    return { text: `"${name}" is no number`, hint: type.kind === 'list' ? `count(${name}), ${hint}` : hint };
  }

  #kind(e: Expr): Kind {
    if (e.kind === 'string') return 'text';
    if (e.kind === 'choice') return this.#kind(e.yes);
    if (e.kind !== 'name') return 'number';
    const field = this.#fieldAt(e.path[0]!);
    if (field === undefined) return this.#namesAreText ? 'text' : 'number';
    if (e.path.length > 1) return 'number';
    const { type } = field;
    if (TEXTS.includes(type.kind) || (this.#namesAreText && field.enum !== undefined)) return 'text';
    return type.kind === 'int' && type.bytes > 6 ? 'wide' : 'number';
  }
}

function first<T>(all: readonly T[], find: (x: T) => Wrong | undefined): Wrong | undefined {
  for (const x of all) {
    const found = find(x);
    if (found !== undefined) return found;
  }
  return undefined;
}

function shown(e: Expr): string {
  if (e.kind === 'name') return `"${e.path.join('.')}"`;
  if (e.kind === 'string') return `'${e.value}'`;
  return e.kind === 'number' ? String(e.value) : 'the other side';
}
