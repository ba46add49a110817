/** Bodies of text whose fields have names: `a=1;b=2`, and JSON objects. */
import { hasGbk } from './gbk.js';
import { described } from './ints.js';
import { EncodeError, fail } from './problem.js';

/** Names and values of a body, by their places in the text. */
export class Pairs {
  readonly #text: string;
  readonly #places: Map<string, readonly [from: number, to: number]>;
  readonly #end: number;
  /** Where the value ends that was taken last. */
  stop = 0;
  /** Whether it was there. */
  found = false;

  constructor(text: string, places: Map<string, readonly [number, number]>, end: number) {
    this.#text = text;
    this.#places = places;
    this.#end = end;
  }

  /** Where the value of a name begins; a place where nothing stands if it has none. */
  take(name: string): number {
    const place = this.#places.get(name);
    this.found = place !== undefined;
    this.#places.delete(name);
    this.stop = place === undefined ? this.#end : place[1];
    return place === undefined ? this.#end : place[0];
  }

  /** Values of names that were not taken, if there are any. */
  rest(): Record<string, string> | undefined {
    if (this.#places.size === 0) return undefined;
    return Object.fromEntries([...this.#places].map(([name, [from, to]]) => [name, this.#text.slice(from, to)]));
  }
}

/** The names and values in `[o, end)`; nothing between two separators is no field. */
export function readPairs(
  text: string,
  o: number,
  end: number,
  pair: string,
  equals: string,
  start: number,
  field: string,
): Pairs | undefined {
  const places = new Map<string, readonly [number, number]>();
  while (o < end) {
    const next = text.indexOf(pair, o);
    const stop = next < 0 || next > end ? end : next;
    if (stop > o) {
      const middle = text.indexOf(equals, o);
      if (middle < 0 || middle + equals.length > stop)
        return fail('MAGIC', start + o, field, undefined, `name${equals}value`);
      const name = text.slice(o, middle);
      if (places.has(name)) return fail('COUNT', start + o, field, name, 'each name once');
      places.set(name, [middle + equals.length, stop]);
    }
    o = stop + pair.length;
  }
  return new Pairs(text, places, end);
}

/**
 * A body of names and values; those that are `undefined` are left out.
 * @param unknown names that the schema does not have
 * @throws EncodeError where one of them would be read as something else
 */
export function spellPairs(
  fields: readonly (readonly [name: string, value: string | undefined])[],
  unknown: Readonly<Record<string, string>> | undefined,
  pair: string,
  equals: string,
): string {
  const parts = fields.flatMap(([name, value]) => (value === undefined ? [] : [name + equals + value]));
  for (const [name, value] of Object.entries(unknown ?? {})) {
    const path = `unknown.${name}`;
    if (typeof value !== 'string') throw new EncodeError('TYPE', path, `want text, got ${described(value)}`);
    if (fields.some(([known]) => known === name)) throw new EncodeError('AMBIGUOUS', path, 'it is the name of a field');
    if (name.includes(equals) || name.includes(pair) || value.includes(pair))
      throw new EncodeError('TEXT', path, `what separates fields (${pair} and ${equals}) cannot stand in it`);
    parts.push(name + equals + value);
  }
  return parts.join(pair);
}

/** Members of a JSON object, by name. */
export type JsonObject = { readonly [name: string]: unknown };

/** The JSON object that a text is. */
export function readJson(text: string, at: number, field: string): JsonObject | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail('TEXT', at, field, undefined, 'JSON');
  }
  // Not what stands there: it may be anything.
  return jsonObject(typeof json === 'object' ? json : typeof json, at, field);
}

/** A member of its own, not one that every object has. */
export function jsonMember(json: JsonObject, name: string): unknown {
  const v = Object.hasOwn(json, name) ? json[name] : undefined;
  return v === null ? undefined : v;
}

export function jsonObject(v: unknown, at: number, field: string): JsonObject | undefined {
  if (typeof v === 'object' && v !== null && !Array.isArray(v)) return v as JsonObject;
  return wanted(v, at, field, 'an object');
}

export function jsonText(v: unknown, at: number, field: string): string | undefined {
  return typeof v === 'string' ? v : wanted(v, at, field, 'text');
}

export function jsonNumber(v: unknown, at: number, field: string): number | undefined {
  // 1e999 is more than a number holds.
  return Number.isFinite(v) ? plainZero(v as number) : wanted(v, at, field, 'a number');
}

export function jsonInt(v: unknown, at: number, field: string): number | undefined {
  return Number.isSafeInteger(v) ? plainZero(v as number) : wanted(v, at, field, 'a whole number');
}

/** JSON writes -0 as 0. */
const plainZero = (v: number): number => (v === 0 ? 0 : v);

export function jsonBool(v: unknown, at: number, field: string): boolean | undefined {
  return typeof v === 'boolean' ? v : wanted(v, at, field, 'true or false');
}

export function jsonList(v: unknown, min: number, max: number, at: number, field: string): unknown[] | undefined {
  if (!Array.isArray(v)) return wanted(v, at, field, 'a list');
  return v.length < min || v.length > max ? fail('LIMIT', at, field, v.length, `${min}..${max} items`) : v;
}

function wanted(v: unknown, at: number, field: string, want: string): undefined {
  if (v === undefined) return fail('MISSING', at, field);
  return fail('RANGE', at, field, typeof v === 'string' || typeof v === 'number' ? v : typeof v, want);
}

/** How deep lists and objects may stand in one another where no field says what they are. */
const MOST_DEPTH = 64;

/** Members that no field has, if there are any; `null` with the reason in `problem` where one could not be written again. */
export function unknownMembers(
  json: JsonObject,
  known: readonly string[],
  at: number,
): Record<string, unknown> | undefined | null {
  const others = Object.entries(json).filter(([name]) => !known.includes(name));
  for (const [, v] of others) if (!isKept(v, MOST_DEPTH, at)) return null;
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

/** Whether all in it can be written again. */
function isKept(v: unknown, depth: number, at: number): boolean {
  if (typeof v === 'number') return jsonNumber(v, at, 'unknown') !== undefined;
  if (typeof v !== 'object' || v === null) return true;
  if (depth > 0) return Object.values(v).every(inner => isKept(inner, depth - 1, at));
  return fail('LIMIT', at, 'unknown', undefined, `${MOST_DEPTH} lists and objects in one another`) ?? false;
}

/**
 * The text of a JSON object; members that are `undefined` are left out.
 * @throws EncodeError where an unknown member has the name of a field, or is nothing that JSON has
 */
export function printJson(members: JsonObject, unknown: Readonly<Record<string, unknown>> | undefined): string {
  for (const [name, v] of Object.entries(unknown ?? {})) {
    if (Object.hasOwn(members, name))
      throw new EncodeError('AMBIGUOUS', `unknown.${name}`, 'it is the name of a field');
    if (v === undefined || typeof v === 'function' || typeof v === 'symbol' || typeof v === 'bigint')
      throw new EncodeError('TYPE', `unknown.${name}`, `JSON has no ${typeof v}`);
  }
  return JSON.stringify(Object.fromEntries([...Object.entries(members), ...Object.entries(unknown ?? {})]));
}

const holds = {
  utf8: () => true,
  ascii: (code: number) => code <= 0x7f,
  latin1: (code: number) => code <= 0xff,
  gbk: hasGbk,
} as const;

/**
 * The same JSON with those characters as `\u0023` that its frame or its character set cannot hold.
 * @param barred none of these stands outside of strings
 */
export function escapeJson(json: string, barred: string, charset: keyof typeof holds): string {
  let text = '';
  for (let i = 0; i < json.length; i++) {
    const code = json.charCodeAt(i);
    const isSafe = holds[charset](code) && !barred.includes(json[i]!);
    text += isSafe ? json[i] : `\\u${code.toString(16).padStart(4, '0')}`;
  }
  return text;
}

/** A finite number: JSON has no other. */
export function finite(v: number, field: string): number {
  if (typeof v === 'number' && Number.isFinite(v)) return v;
  throw new EncodeError('TYPE', field, `want a finite number, got ${described(v)}`);
}

/** `true` or `false`. */
export function truth(v: boolean, field: string): boolean {
  if (typeof v === 'boolean') return v;
  throw new EncodeError('TYPE', field, `want true or false, got ${described(v)}`);
}
