/** Values between other characters of a text: columns, groups of them, names of words, signed degrees. */
import { described } from './ints.js';
import { EncodeError, fail } from './problem.js';
import { readDm } from './text-values.js';
import { given, listOf } from './values.js';

/** Where the column that begins at `o` is over: at the next comma, or at `end`. Behind the last one it is empty. */
export function cellEnd(text: string, o: number, end: number, between = ','): number {
  if (o > end) return o;
  const stop = text.indexOf(between, o);
  return stop < 0 || stop > end ? end : stop;
}

/** How many columns stand in `[o, end]`. */
export function cellsIn(text: string, o: number, end: number, between = ','): number {
  let n = 0;
  for (; o <= end; o = cellEnd(text, o, end, between) + 1) n++;
  return n;
}

/**
 * How many groups of `width` columns there are among `cells`, when at most `behind` columns follow them. Columns that make
 * no whole group are those behind if they fit there, else one more group, if `short` lets it end early.
 */
export function groupsIn(cells: number, width: number, behind: number, max: number, short: boolean): number {
  const whole = Math.floor((short ? cells : Math.max(0, cells - behind)) / width);
  const more = short && cells - whole * width > behind ? 1 : 0;
  return Math.min(max, whole + more);
}

/** A number of groups, as a column says it. */
export function countIn(n: number | undefined, max: number, at: number, field: string): number | undefined {
  return n === undefined || (n >= 0 && n <= max) ? n : fail('LIMIT', at, field, n, `0..${max}`);
}

/** Several values in one column; `read` takes one and its place. */
export function valuesIn<T>(
  text: string,
  between: string,
  max: number,
  at: number,
  field: string,
  read: (cell: string, at: number) => T | undefined,
): T[] | undefined {
  const values: T[] = [];
  for (let o = 0; o <= text.length; ) {
    if (values.length === max) return fail('LIMIT', at + o, field, undefined, `at most ${max}`);
    const stop = cellEnd(text, o, text.length, between);
    if (stop === o) return missing(at + o, field);
    const value = read(text.slice(o, stop), at + o);
    if (value === undefined) return undefined;
    values.push(value);
    o = stop + 1;
  }
  return values;
}

/** The same backwards; at least one, as an empty column has none. */
export function joinValues<T>(
  v: readonly T[],
  between: string,
  max: number,
  spell: (item: T) => string,
  field: string,
): string {
  const list = listOf(v, max, field);
  if (list.length === 0) throw new EncodeError('RANGE', field, `want at least one, or undefined`);
  return list.map(spell).join(between);
}

/** What is written for a value must not be what stands for none. */
export function butNoneText(text: string, none: string, field: string): string {
  if (text !== none) return text;
  throw new EncodeError('AMBIGUOUS', field, `${described(text)} stands for no value`);
}

/** A number without the spaces around it. */
export function unspaced(text: string): string {
  return text.replace(/^ +| +$/g, '');
}

/** A value that must be there is empty or missing. */
export function missing(at: number, field: string): undefined {
  return fail('MISSING', at, field);
}

/** Whether all characters are of a set. */
export function isAmong(text: string, set: string): boolean {
  for (let i = 0; i < text.length; i++) if (!set.includes(text[i]!)) return false;
  return true;
}

/** Signed degrees: a number, what stands between, and a letter. */
export function readDegrees(
  text: string,
  digits: number,
  between: string,
  plus: string,
  minus: string,
  at: number,
  field: string,
): number | undefined {
  const letter = text.at(-1);
  const stop = text.length - between.length - 1;
  if ((letter !== plus && letter !== minus) || !text.startsWith(between, stop))
    return fail('RANGE', at, field, text, `degrees, minutes and ${plus} or ${minus}`);
  const v = readDm(text.slice(0, stop), digits, at, field);
  return v === undefined || v === 0 || letter === plus ? v : -v;
}

/** Word -> name of an enumeration of words. */
export function namesOfWords<T extends string>(set: Readonly<Record<T, string>>): ReadonlyMap<string, T> {
  return new Map((Object.keys(set) as T[]).map(name => [set[name], name]));
}

/** The word of a name. @throws EncodeError `ENUM` when the enumeration has no such name. */
export function wordOf(set: Readonly<Record<string, string>>, v: string, field: string): string {
  if (typeof v === 'string' && Object.hasOwn(set, v)) return set[v]!;
  throw new EncodeError('ENUM', field, `want one of ${Object.keys(set).join(', ')}, got ${described(v)}`);
}

/** One of several words. */
export function oneWordOf(v: string, words: readonly string[], field: string): string {
  if (words.includes(v)) return v;
  throw new EncodeError('RANGE', field, `want one of ${words.join(', ')}, got ${described(v)}`);
}

/**
 * Characters that a text can hold at their place.
 * @param min @param max how many
 * @param barred what stands behind them and would end them early
 */
export function letters(v: string, min: number, max: number, barred: readonly string[], field: string): string {
  if (typeof v !== 'string') throw new EncodeError('TYPE', field, `want text, got ${described(v)}`);
  if (v.length < min || v.length > max) {
    const want = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min}..${max}`;
    throw new EncodeError('LENGTH', field, `it has ${v.length} characters, want ${want}`);
  }
  // The end of a text may be the beginning of what ends it.
  const found = barred.find(s => (v + s).indexOf(s) < v.length);
  if (found !== undefined)
    throw new EncodeError('TEXT', field, `${described(v)} has ${described(found)} in it, which ends it`);
  return v;
}

/**
 * A text of several fields that takes so many columns.
 * @param isRead whether it is taken for one that is there even if nothing stands in it
 */
export function inColumns(text: string, columns: number, isRead: boolean, field: string, between = ','): string {
  const marks = text.split(between).length - 1;
  if (marks !== columns - 1)
    throw new EncodeError('TEXT', field, `${described(text)} takes ${marks + 1} columns, want ${columns}`);
  if (isRead || text.length > marks) return text;
  throw new EncodeError('AMBIGUOUS', field, 'it is empty, and would be read as one that is not there');
}

/** Characters of a set. */
export function lettersOf(v: string, set: string, field: string): string {
  if (isAmong(v, set)) return v;
  throw new EncodeError('RANGE', field, `${described(v)} has other characters than ${set}`);
}

/** The letter of signed degrees, behind what stands in front of it. */
export function sideOf(v: number, between: string, plus: string, minus: string): string {
  return between + (v < 0 ? minus : plus);
}

/** What `spell` makes of each group of a list. */
export function spellGroups<T extends object, R>(
  v: readonly T[],
  min: number,
  max: number,
  spell: (item: T) => R,
  field: string,
): R[] {
  const list = listOf(v, max, field);
  if (list.length < min) throw new EncodeError('RANGE', field, `${list.length} items, want ${min}..${max}`);
  return list.map(item => spell(given(item, field)));
}
