/** Dates and times of day in whatever form a device writes them: `HH:mm:ss`, `yyyy-MM-dd HH:mm`. */
import { DAY, dateOf, daysOf } from './calendar.js';
import { described } from './ints.js';
import { EncodeError, fail } from './problem.js';

/** What a form says: a day, a time of day, or both. */
export type Told = 'date' | 'clock' | 'moment';

type Unit = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'decimals';

/** Digits of a unit, or characters that stand between; `decimals` may be missing, with the point in front of them. */
type Part = { readonly unit: Unit; readonly digits: number } | { readonly literal: string };

const UNITS: readonly (readonly [spelling: string, unit: Unit])[] = [
  ['yyyy', 'year'],
  ['yy', 'year'],
  ['MM', 'month'],
  ['dd', 'day'],
  ['HH', 'hour'],
  ['hh', 'hour'],
  ['mm', 'minute'],
  ['.sss', 'decimals'],
  ['ss', 'second'],
];

const parsed = new Map<string, readonly Part[]>();

function partsOf(form: string): readonly Part[] {
  const known = parsed.get(form);
  if (known !== undefined) return known;
  const parts: Part[] = [];
  for (let i = 0; i < form.length; ) {
    const [spelling, unit] = UNITS.find(([s]) => form.startsWith(s, i)) ?? [form[i]!];
    parts.push(unit === undefined ? { literal: spelling } : { unit, digits: spelling.length });
    i += spelling.length;
  }
  parsed.set(form, parts);
  return parts;
}

/** What a form tells; `undefined` where it does not tell all of a day or of a time of day, or something twice. */
export function toldBy(form: string): Told | undefined {
  const parts = partsOf(form);
  const units = parts.flatMap(part => ('unit' in part ? [part.unit] : []));
  const has = (unit: Unit): boolean => units.includes(unit);
  const isTwice = new Set(units).size < units.length;
  // A letter of a unit that stands alone is a slip.
  const isSlip = parts.some(part => 'literal' in part && /[yMdHhms\d]/.test(part.literal));
  const day = ['year', 'month', 'day'].filter(unit => has(unit as Unit)).length;
  const isClock = has('hour') && has('minute') && (has('second') || !has('decimals'));
  if (isTwice || isSlip || (day !== 0 && day !== 3) || (!isClock && (day === 0 || units.length > 3))) return undefined;
  return day === 0 ? 'clock' : isClock ? 'moment' : 'date';
}

/** Two digits of a year from here on are of the last century: 80 is 1980, 79 is 2079. */
const PIVOT = 80;

/** Milliseconds: of a day, or since 1970, of a clock that is `zone` minutes ahead of UTC. */
export function timeIn(text: string, form: string, zone: number, at: number, field: string): number | undefined {
  const told: Partial<Record<Unit, number>> = {};
  let o = 0;
  for (const part of partsOf(form)) {
    if ('literal' in part) {
      if (text[o++] !== part.literal) return fail('DIGITS', at, field, text, form);
      continue;
    }
    if (part.unit === 'decimals') {
      const [all = '', digits = ''] = /^\.(\d*)/.exec(text.slice(o)) ?? [];
      told.decimals = Number(digits.slice(0, 3).padEnd(3, '0'));
      o += all.length;
      continue;
    }
    const digits = text.slice(o, o + part.digits);
    if (digits.length < part.digits || !/^\d+$/.test(digits)) return fail('DIGITS', at, field, text, form);
    told[part.unit] =
      Number(digits) + (part.unit !== 'year' || part.digits === 4 ? 0 : Number(digits) < PIVOT ? 2000 : 1900);
    o += part.digits;
  }
  if (o !== text.length) return fail('DIGITS', at, field, text, form);
  const { year, month = 1, day = 1, hour = 0, minute = 0, second = 0, decimals = 0 } = told;
  const days = year === undefined ? 0 : daysOf(year, month, day);
  if (days === undefined || hour > 23 || minute > 59 || second > 59)
    return fail('RANGE', at, field, text, `a time, as ${form}`);
  return days * DAY + ((hour * 60 + minute - zone) * 60 + second) * 1000 + decimals;
}

/** @throws EncodeError where `v` is a time that the form cannot say */
export function printTime(v: number, form: string, zone: number, field: string): string {
  if (typeof v !== 'number') throw new EncodeError('TYPE', field, `want milliseconds since 1970, got ${described(v)}`);
  const parts = partsOf(form);
  const local = v + zone * 60_000;
  const days = Math.floor(local / DAY);
  const { year, month, day } = dateOf(days);
  const ms = local - days * DAY;
  const second = Math.floor(ms / 1000);
  const told: Record<Unit, number> = {
    year,
    month,
    day,
    hour: Math.floor(second / 3600),
    minute: Math.floor(second / 60) % 60,
    second: second % 60,
    decimals: ms % 1000,
  };
  let text = '';
  for (const part of parts) {
    if ('literal' in part) text += part.literal;
    else if (part.unit === 'decimals') text += `.${String(told.decimals).padStart(3, '0')}`;
    else if (part.unit === 'year' && part.digits === 2) text += String(year % 100).padStart(2, '0');
    else text += String(told[part.unit]).padStart(part.digits, '0');
  }
  const back = Number.isInteger(v) && year >= 0 ? timeIn(text, form, zone, 0, field) : undefined;
  if (back === v) return text;
  throw new EncodeError('RANGE', field, `${v} ms is no time that ${form} can say`);
}
