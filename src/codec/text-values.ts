/**
 * Values that are written as text: numbers, degrees, times of day, dates. `read…` takes the text and its place, and returns
 * `undefined` with the reason in `problem` where it is none; `print…` is its mirror. A number may be written in several ways,
 * and is printed in the shortest.
 */
import { DAY, dateOf, daysOf } from './calendar.js';
import { described, integer, real } from './ints.js';
import { EncodeError, fail } from './problem.js';

/** A whole number in decimal digits. At most 2^53 - 1, so that it is exact. */
export function readInt(text: string, at: number, field: string): number | undefined {
  if (!/^[+-]?\d+$/.test(text)) return fail('DIGITS', at, field, text, 'a whole number');
  const v = Number(text);
  if (Number.isSafeInteger(v)) return v === 0 ? 0 : v;
  return fail('RANGE', at, field, text, 'at most 2^53 - 1');
}

/** @throws EncodeError unless `v` is a whole number between `min` and `max` */
export function printInt(v: number, min: number, max: number, field: string): string {
  return String(integer(v, min, max, field));
}

/** The same for a number from 0 to `max`: bits that have names are so many. */
export function readIntTo(text: string, max: number, at: number, field: string): number | undefined {
  const v = readInt(text, at, field);
  return v === undefined || (v >= 0 && v <= max) ? v : fail('RANGE', at, field, text, `0..${max}`);
}

/** Digits of the longest number that is exact in any case. */
export const MOST_HEX_DIGITS = 13;

/**
 * A whole number in hexadecimal digits, in either case.
 * @param digits how many there must be, up to 13; 0: from one to 13
 */
export function readHexInt(text: string, digits: number, at: number, field: string): number | undefined {
  const { length } = text;
  let v = 0;
  for (let i = 0; i < length && v >= 0; i++) v = v * 16 + hexDigitAt(text, i);
  if (v >= 0 && (digits === 0 ? length > 0 && length <= MOST_HEX_DIGITS : length === digits)) return v;
  const want = digits === 0 ? `1 to ${MOST_HEX_DIGITS}` : String(digits);
  return fail('DIGITS', at, field, text, `${want} hexadecimal digit${digits === 1 ? '' : 's'}`);
}

/** A number in decimal digits, perhaps with a point, without an exponent. */
export function readDec(text: string, at: number, field: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)$/.test(text)) return fail('DIGITS', at, field, text, 'a decimal number');
  const v = Number(text);
  if (Number.isFinite(v)) return v === 0 ? 0 : v;
  return fail('RANGE', at, field, text, 'a number that a double can hold');
}

/** The fewest digits that are read back as `v`. @throws EncodeError unless `v` is a finite number */
export function printDec(v: number, field: string): string {
  if (!Number.isFinite(real(v, field))) throw new EncodeError('RANGE', field, `${v} has no decimal digits`);
  const [digits = '', exponent] = String(v).split('e');
  if (exponent === undefined) return digits;
  // Beyond 1e21 and below 1e-6 the engine writes an exponent: move the point by hand.
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)\.?(\d*)$/.exec(digits)!;
  const point = whole.length + Number(exponent);
  const all = whole + fraction;
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${all}` : sign + all.padEnd(point, '0');
}

/** Degrees that {@link printDm} may be wrong by: a tenth of a millimetre. Seven decimals of a minute suffice for that. */
const TOLERANCE = 1e-9;
const MOST_DECIMALS = 7;
/** The characters of minutes with so many decimals. */
const MOST_MINUTES = 3 + MOST_DECIMALS;

/**
 * Degrees from `ddmm.mmmm`, as NMEA 0183 writes them; decimals behind the seventh are cut off.
 * @param digits digits of the degrees: 2 for latitudes, 3 for longitudes; 0: as many as stand in front of two of minutes
 */
export function readDm(text: string, digits: number, at: number, field: string): number | undefined {
  const v = degrees(text, digits);
  if (Number.isNaN(v)) {
    const many = digits === 0 ? '' : `${digits} `;
    return fail('DIGITS', at, field, text, `${many}digits of degrees, two of minutes, perhaps decimals`);
  }
  return v < 0 ? fail('RANGE', at, field, text, 'minutes below 60') : v;
}

/** The degrees; NaN where the text has another form, -1 where it has more minutes than a degree. */
function degrees(text: string, digits: number): number {
  if (digits === 0) {
    const point = text.indexOf('.');
    const whole = (point < 0 ? text.length : point) - 2;
    return whole < 0 ? Number.NaN : whole === 0 ? degrees(`0${text}`, 1) : degrees(text, whole);
  }
  const all = text.slice(digits);
  if (!/^\d{2,}(?:\.\d*)?$/.test(text) || !/^\d\d(?:\.\d*)?$/.test(all)) return Number.NaN;
  const minutes = Number(all.slice(0, MOST_MINUTES));
  return minutes < 60 ? Number(text.slice(0, digits)) + minutes / 60 : -1;
}

/**
 * Degrees without a sign as `ddmm.mmmm`: with four decimals, or as many as it takes to come back within a billionth
 * of a degree, which is at most seven.
 * @throws EncodeError where they are negative or need more digits
 */
export function printDm(v: number, digits: number, field: string): string {
  for (let decimals = 4; ; decimals++) {
    const unit = 60 * 10 ** decimals;
    const all = Math.round(real(v, field) * unit);
    const whole = Math.floor(all / unit);
    const most = 10 ** (digits === 0 ? 3 : digits);
    const isRounded = whole >= most && v < most;
    if (isRounded && decimals < MOST_DECIMALS) continue;
    if (!(v >= 0) || whole >= most) {
      throw new EncodeError('RANGE', field, `${v} is outside 0..${most - 1}, without a sign`);
    }
    const minutes = ((all % unit) / 10 ** decimals).toFixed(decimals).padStart(decimals + 3, '0');
    const text = String(whole).padStart(digits, '0') + minutes;
    if (decimals === MOST_DECIMALS || Math.abs(degrees(text, digits) - v) < TOLERANCE) return text;
  }
}

/** Milliseconds since midnight from `hhmmss` or `hhmmss.sss`; more decimals are cut off. */
export function readClock(text: string, at: number, field: string): number | undefined {
  const hour = pairAt(text, 0);
  const minute = pairAt(text, 2);
  const second = pairAt(text, 4);
  const end = text.charCodeAt(6) === POINT ? behindDigits(text, 7) : 6;
  if (Number.isNaN(hour + minute + second) || end !== text.length)
    return fail('DIGITS', at, field, text, 'hhmmss or hhmmss.sss');
  if (hour > 23 || minute > 59 || second > 59) return fail('RANGE', at, field, text, '000000..235959');
  let ms = 0;
  for (let i = 7, unit = 100; i < end && unit >= 1; i++, unit /= 10) ms += digitAt(text, i) * unit;
  return ((hour * 60 + minute) * 60 + second) * 1000 + ms;
}

/** Always with three decimals. @throws EncodeError unless `v` is a whole number of milliseconds of a day */
export function printClock(v: number, field: string): string {
  const ms = integer(v, 0, DAY - 1, field);
  const seconds = Math.floor(ms / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(twoDigits).join('');
  return `${clock}.${String(ms % 1000).padStart(3, '0')}`;
}

/** Years from here on are of the last century: 80 is 1980, 79 is 2079. */
const PIVOT = 80;

/** Midnight UTC from `ddMMyy`, in milliseconds since 1970. */
export function readDay(text: string, at: number, field: string): number | undefined {
  const day = pairAt(text, 0);
  const month = pairAt(text, 2);
  const year = pairAt(text, 4);
  if (Number.isNaN(day + month + year) || text.length !== 6) return fail('DIGITS', at, field, text, 'ddMMyy');
  const days = daysOf(year >= PIVOT ? 1900 + year : 2000 + year, month, day);
  return days === undefined ? fail('RANGE', at, field, text, 'a date, as ddMMyy') : days * DAY;
}

/** @throws EncodeError unless `v` is midnight UTC of a day from 1980 to 2079 */
export function printDay(v: number, field: string): string {
  if (typeof v !== 'number') throw new EncodeError('TYPE', field, `want milliseconds since 1970, got ${described(v)}`);
  const { year, month, day } = dateOf(v / DAY);
  if (!Number.isInteger(v / DAY) || year < 1900 + PIVOT || year >= 2000 + PIVOT)
    throw new EncodeError('RANGE', field, `${v} ms is no midnight (UTC) between the years 1980 and 2079`);
  return [day, month, year % 100].map(twoDigits).join('');
}

/**
 * Milliseconds since 1970 from `yyyyMMddHHmmss`, or `yyMMddHHmmss`, of a clock that is `zone` minutes ahead of UTC.
 * @param yearDigits 2 or 4; two are of the years 1980 to 2079
 */
export function readMoment(
  text: string,
  yearDigits: number,
  zone: number,
  at: number,
  field: string,
): number | undefined {
  const form = yearDigits === 4 ? 'yyyyMMddHHmmss' : 'yyMMddHHmmss';
  const short = pairAt(text, yearDigits - 2);
  const year = yearDigits === 4 ? pairAt(text, 0) * 100 + short : short + (short >= PIVOT ? 1900 : 2000);
  const month = pairAt(text, yearDigits);
  const day = pairAt(text, yearDigits + 2);
  const hour = pairAt(text, yearDigits + 4);
  const minute = pairAt(text, yearDigits + 6);
  const second = pairAt(text, yearDigits + 8);
  if (Number.isNaN(year + month + day + hour + minute + second) || text.length !== yearDigits + 10)
    return fail('DIGITS', at, field, text, form);
  const days = daysOf(year, month, day);
  if (days === undefined || hour > 23 || minute > 59 || second > 59)
    return fail('RANGE', at, field, text, `a time, as ${form}`);
  return days * DAY + ((hour * 60 + minute - zone) * 60 + second) * 1000;
}

/** @throws EncodeError unless `v` is a whole second of a year that the digits can say */
export function printMoment(v: number, yearDigits: number, zone: number, field: string): string {
  if (typeof v !== 'number') throw new EncodeError('TYPE', field, `want milliseconds since 1970, got ${described(v)}`);
  const seconds = v / 1000 + zone * 60;
  const { year, month, day } = dateOf(Math.floor(seconds / 86_400));
  const [least, most] = yearDigits === 4 ? [0, 9999] : [1900 + PIVOT, 1999 + PIVOT];
  if (!Number.isInteger(seconds) || year < least || year > most)
    throw new EncodeError('RANGE', field, `${v} ms is no whole second between the years ${least} and ${most}`);
  const clock = seconds - Math.floor(seconds / 86_400) * 86_400;
  const rest = [month, day, Math.floor(clock / 3600), Math.floor(clock / 60) % 60, clock % 60].map(twoDigits).join('');
  return (yearDigits === 4 ? String(year).padStart(4, '0') : twoDigits(year % 100)) + rest;
}

// Clocks and dates are read digit by digit: taking them apart with a regular expression takes several times as long.

const ZERO = 0x30;
const POINT = 0x2e;

/** NaN where no digit stands. */
function digitAt(text: string, i: number): number {
  const n = text.charCodeAt(i) - ZERO;
  return n >= 0 && n <= 9 ? n : Number.NaN;
}

/** NaN where no hexadecimal digit stands. */
function hexDigitAt(text: string, i: number): number {
  const c = text.charCodeAt(i);
  if (c <= 0x39) return digitAt(text, i);
  const letter = (c | 0x20) - 0x61;
  return letter >= 0 && letter <= 5 ? letter + 10 : Number.NaN;
}

/** Two digits as a number; NaN where there are none. */
function pairAt(text: string, i: number): number {
  return digitAt(text, i) * 10 + digitAt(text, i + 1);
}

/** Behind the digits that begin at `i`. */
function behindDigits(text: string, i: number): number {
  while (digitAt(text, i) >= 0) i++;
  return i;
}

function twoDigits(v: number): string {
  return String(v).padStart(2, '0');
}
