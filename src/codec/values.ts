/**
 * Small helpers of generated encoders and decoders: names of numbers, values that must be there, warnings. What they do with wrong
 * values stands in functions of its own: the engine takes what is left into the encoder, of 27 bytes of bytecode whatever else it
 * has taken in.
 */
import { described, integer, noNumber, real } from './ints.js';
import { EncodeError } from './problem.js';

/** Number -> name of an enumeration, for decoding. */
export function namesOf<T extends string>(set: Readonly<Record<T, number>>): Readonly<Record<number, T | undefined>> {
  const names: Record<number, T | undefined> = {};
  for (const name of Object.keys(set) as T[]) names[set[name]] = name;
  return names;
}

/** The number of a name. @throws EncodeError `ENUM` when the enumeration has no such name. */
export function numberOf(set: Readonly<Record<string, number>>, v: string, field: string): number {
  // What every object inherits, such as `toString`, is no number: asking whether the name is its own is a call more.
  const n = typeof v === 'string' ? set[v] : undefined;
  if (typeof n === 'number') return n;
  throw new EncodeError('ENUM', field, `want one of ${Object.keys(set).join(', ')}, got ${described(v)}`);
}

/** The same where numbers without a name are let through. */
export function openNumberOf(
  set: Readonly<Record<string, number>>,
  v: string | number,
  min: number,
  max: number,
  field: string,
): number {
  return typeof v === 'number' ? integer(v, min, max, field) : numberOf(set, v, field);
}

/** `v`, which must be an object or list. @throws EncodeError `TYPE` otherwise. */
export function given<T extends object>(v: T | undefined, field: string): T {
  return typeof v === 'object' && v !== null ? v : noObject(v, field);
}

function noObject(v: unknown, field: string): never {
  throw new EncodeError('TYPE', field, `want an object, got ${described(v)}`);
}

/** A raw number that does not mean "no value": it would be read back as none. */
export function butNone(raw: number, none: number, field: string): number {
  if (raw !== none) return raw;
  throw new EncodeError('RANGE', field, `it would be written as ${none}, which means no value`);
}

/** A list of at most `max` items. */
export function listOf<T>(v: readonly T[], max: number, field: string): readonly T[] {
  if (!Array.isArray(v)) throw new EncodeError('TYPE', field, `want a list, got ${described(v)}`);
  if (v.length > max) throw new EncodeError('LIMIT', field, `${v.length} items, at most ${max} are allowed`);
  return v;
}

/** Booleans that fill the rest of a body, eight a byte: how many there are is not written. */
export function wholeBytes(count: number, field: string): void {
  if (count % 8 === 0) return;
  const read = Math.ceil(count / 8) * 8;
  throw new EncodeError('LENGTH', field, `${count} booleans would be read back as ${read}: give ${read}`);
}

/** An item of a list that takes no bytes would not be found again. */
export function someBytes(size: number, field: string): void {
  if (size === 0) throw new EncodeError('AMBIGUOUS', field, 'an item of it takes no bytes, and would not be read back');
}

/** A list that ends at its first item for which `isLast` holds. */
export function endsAtLast<T>(list: readonly T[], isLast: (item: T) => boolean, field: string): void {
  const at = list.findIndex(isLast);
  if (at >= 0 && at === list.length - 1) return;
  const text =
    at < 0 ? 'no item of it says that it is the last' : `item ${at} says that it is the last, of ${list.length}`;
  throw new EncodeError('AMBIGUOUS', field, text);
}

/** Bits that no field declares; only those may be set in `$rest`. */
export function spareBits(v: number | undefined, mask: number, field: string): number {
  return v === undefined ? 0 : givenSpare(v, mask, field);
}

function givenSpare(v: number, mask: number, field: string): number {
  if (Number.isInteger(v) && v >= 0 && v <= 0xffff_ffff && (v & ~mask) === 0) return v;
  throw new EncodeError(
    'RANGE',
    `${field}.$rest`,
    `${v} has bits outside the undeclared ones (0x${mask.toString(16)})`,
  );
}

/** The nearest number of four bytes. @throws EncodeError `RANGE` where that would be infinite and `v` is not */
export function single(v: number, field: string): number {
  const near = Math.fround(real(v, field));
  if (Number.isFinite(near) || !Number.isFinite(v)) return near;
  throw new EncodeError('RANGE', field, `${v} is too large for four bytes`);
}

/** A value in its declared range. */
export function within(v: number, min: number, max: number, field: string): number {
  if (v >= min && v <= max) return v;
  throw outside(v, min, max, field);
}

function outside(v: number, min: number, max: number, field: string): EncodeError {
  return new EncodeError('RANGE', field, `${described(v)} is outside ${min}..${max}`);
}

/** A number without the bits of `mask`: the base of an id that says more than which message it is. */
export function unmasked(v: number, mask: number): number {
  return (v & ~mask) >>> 0;
}

/**
 * The mirror of {@link unmasked}: `base` with the bits `equals`, which are some of `mask`.
 * @throws EncodeError where `base` has bits of the mask itself
 */
export function masked(base: number, mask: number, equals: number, max: number, field: string): number {
  const v = (integer(base, 0, max, field) | equals) >>> 0;
  if ((base & mask) === 0) return v;
  throw new EncodeError('RANGE', field, `${base} has bits of the mask 0x${mask.toString(16)}`);
}

/** A text whose length and form are as declared. */
export function formed(v: string, min: number, max: number, form: RegExp | undefined, field: string): string {
  if (typeof v !== 'string') throw new EncodeError('TYPE', field, `want text, got ${described(v)}`);
  if (v.length < min || v.length > max) {
    throw new EncodeError('RANGE', field, `it has ${v.length} characters, want ${min}..${max}`);
  }
  if (form !== undefined && !form.test(v))
    throw new EncodeError('RANGE', field, `${described(v)} does not match ${form.source}`);
  return v;
}

/** The size of a number without its sign. */
export function magnitude(v: number, field: string): number {
  return typeof v === 'number' ? (v < 0 ? -v : v) : noNumber(v, field);
}

/**
 * The bit that is the sign of several numbers.
 * @param wanted what each of them needs; nothing for one that is 0
 * @throws EncodeError `AMBIGUOUS` where one of them would come back with the other sign
 */
export function sharedSign(v: boolean, wanted: readonly (boolean | undefined)[], field: string): boolean {
  const set = wanted.includes(true);
  if (!set && !wanted.includes(false)) return v;
  if (set && wanted.includes(false))
    throw new EncodeError('AMBIGUOUS', field, 'it is the sign of several numbers, which have different ones');
  return set;
}

/** A field that another value rules out must not be given. */
export function absent(v: unknown, field: string): void {
  if (v !== undefined)
    throw new EncodeError('AMBIGUOUS', field, 'it is given, but the fields before it say that it is absent');
}

/** A field that another value calls for must be given. */
export function required<T>(v: T | undefined, field: string): T {
  if (v !== undefined) return v;
  throw new EncodeError('TYPE', field, 'it is missing, but the fields before it say that it is there');
}

/**
 * A field with `if: more(n)` is read when at least `n` bytes are left, so it must be given just then.
 * @param left bytes from the field on
 */
export function checkMore(isGiven: boolean, left: number, n: number, field: string): void {
  if (isGiven !== left >= n) throw notAsLeft(isGiven, left, n, field);
}

function notAsLeft(isGiven: boolean, left: number, n: number, field: string): EncodeError {
  const text = isGiven
    ? `with only ${left} bytes from it on (fewer than ${n}) it would not be read`
    : `the ${left} bytes behind it (${n} or more) would be read as this field`;
  return new EncodeError('AMBIGUOUS', field, text);
}

/** Data must have the size that computed fields state. */
export function agree(written: number, stated: number, field: string): void {
  if (written !== stated)
    throw new EncodeError('LENGTH', field, `its size is ${written}, but other fields say ${stated}`);
}

/** Adds a warning, which may have a text of the peer in it; the list exists only once there is one. */
export function warned(list: string[] | undefined, text: string): string[] {
  if (list === undefined) return [text];
  list.push(text);
  return list;
}

/** Whether a run of bytes says nothing at all. */
export function allZero(b: Uint8Array): boolean {
  return b.every(byte => byte === 0);
}

/** A value whose keys `K` an encoder can find by itself. */
export type Input<T, K extends keyof T> = Omit<T, K> & { [P in K]?: Loose<T[P]> | undefined };

/** The bits of a number some of which an encoder finds by itself: none of the others must be given. */
type Loose<V> = V extends readonly unknown[] | Uint8Array ? V : V extends object ? Partial<V> : V;
