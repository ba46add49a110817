/**
 * Calendar times of six numbers: year since 2000, month, day, hour, minute, second. All times are milliseconds since
 * 1970-01-01T00:00:00Z. A date that no calendar has (month 13) is `undefined`: the decoder keeps its bytes.
 */
import { DAY, dateOf, daysOf } from './calendar.js';
import { described } from './ints.js';
import { EncodeError } from './problem.js';

/** 2000-01-01 and 2256-01-01, in days: what one byte of years spans. */
const FIRST_DAY = daysOf(2000, 1, 1)!;
const LAST_DAY = daysOf(2256, 1, 1)!;

/**
 * Six plain bytes, as in `time(u8 yyMMddHHmmss)`.
 * @param zone minutes that the device's clock is ahead of UTC
 */
export function timeU8(b: Uint8Array, o: number, zone: number): number | undefined {
  return fromParts(b[o]!, b[o + 1]!, b[o + 2]!, b[o + 3]!, b[o + 4]!, b[o + 5]!, zone);
}

/** The same with two decimal digits in each byte, as in `time(bcd yyMMddHHmmss)`. */
export function timeBcd(b: Uint8Array, o: number, zone: number): number | undefined {
  for (let i = o; i < o + 6; i++) if ((b[i]! & 0x0f) > 9 || b[i]! > 0x99) return undefined;
  const d = (i: number): number => (b[o + i]! >> 4) * 10 + (b[o + i]! & 0x0f);
  return fromParts(d(0), d(1), d(2), d(3), d(4), d(5), zone);
}

/** @throws EncodeError unless `v` is a whole second between the years 2000 and 2255 (2099 for decimal digits). */
export function putTimeU8(b: Uint8Array, o: number, v: number, zone: number, field: string): void {
  putParts(b, o, v, zone, 2255, field);
}

export function putTimeBcd(b: Uint8Array, o: number, v: number, zone: number, field: string): void {
  putParts(b, o, v, zone, 2099, field);
  // Six more for each ten: 59 is 0x59.
  for (let i = o; i < o + 6; i++) b[i] = b[i]! + 6 * ((b[i]! / 10) | 0);
}

function fromParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  zone: number,
): number | undefined {
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const days = daysOf(2000 + year, month, day);
  return days === undefined ? undefined : days * DAY + ((hour * 60 + minute - zone) * 60 + second) * 1000;
}

function putParts(b: Uint8Array, o: number, v: number, zone: number, lastYear: number, field: string): void {
  const seconds = milliseconds(v, field) / 1000 + zone * 60;
  const days = Math.floor(seconds / 86_400);
  if (!(days >= FIRST_DAY && days < LAST_DAY && Number.isInteger(seconds))) throw noTime(v, lastYear, field);
  const { year, month, day } = dateOf(days);
  if (year > lastYear) throw noTime(v, lastYear, field);
  const second = (seconds - days * 86_400) | 0;
  const minute = (second / 60) | 0;
  const hour = (minute / 60) | 0;
  b[o] = year - 2000;
  b[o + 1] = month;
  b[o + 2] = day;
  b[o + 3] = hour;
  b[o + 4] = minute - hour * 60;
  b[o + 5] = second - minute * 60;
}

function noTime(v: number, lastYear: number, field: string): EncodeError {
  return new EncodeError('RANGE', field, `${v} ms is no whole second between the years 2000 and ${lastYear}`);
}

/**
 * Writes a time, or the six bytes that were kept of an impossible one.
 * @throws EncodeError when neither is given.
 */
export function putTime(
  put: typeof putTimeU8,
  b: Uint8Array,
  o: number,
  v: number | undefined,
  raw: Uint8Array | undefined,
  zone: number,
  field: string,
): void {
  if (v !== undefined) put(b, o, v, zone, field);
  else if (raw?.length === 6) b.set(raw, o);
  else throw new EncodeError('TYPE', field, 'want milliseconds since 1970, got nothing');
}

/**
 * The six bytes of a calendar time in the order of `yyMMddHHmmss`.
 * @param places where each of them stands, as in `ddMMyyHHmmss`: 2, 1, 0, 3, 4, 5
 */
export function arranged(b: Uint8Array, o: number, places: readonly number[]): Uint8Array {
  return Uint8Array.from(places, place => b[o + place]!);
}

/** {@link putTime} in another order; kept bytes have it already. */
export function putTimeIn(
  places: readonly number[],
  put: typeof putTimeU8,
  b: Uint8Array,
  o: number,
  v: number | undefined,
  raw: Uint8Array | undefined,
  zone: number,
  field: string,
): void {
  putTime(put, b, o, v, raw, zone, field);
  if (v === undefined) return;
  const usual = b.slice(o, o + 6);
  places.forEach((place, i) => {
    b[o + place] = usual[i]!;
  });
}

/** `v` in milliseconds. @throws EncodeError unless it is a number */
function milliseconds(v: number, field: string): number {
  if (typeof v === 'number') return v;
  throw new EncodeError('TYPE', field, `want milliseconds since 1970, got ${described(v)}`);
}

/**
 * By how many seconds the clock of GPS is ahead of UTC: so since 2017, and no further leap second is planned. Earlier times
 * come out up to 18 seconds early.
 */
export const GPS_LEAP_SECONDS = 18;

/** 1980-01-06T00:00:00Z, when weeks of GPS began to be counted. */
const GPS_EPOCH = 315_964_800_000;
const WEEK = 7 * DAY;

/**
 * A time of GPS.
 * @param week weeks since 1980-01-06, counted on: not modulo 1024
 * @param tow milliseconds of that week; `undefined` is returned where a week has no such time
 */
export function gpsTime(week: number, tow: number): number | undefined {
  return tow < WEEK ? GPS_EPOCH + week * WEEK + tow - GPS_LEAP_SECONDS * 1000 : undefined;
}

/** The week of a time. @throws EncodeError unless `v` is a time since 1980-01-06 */
export function gpsWeek(v: number, field: string): number {
  return Math.floor(gpsMilliseconds(v, field) / WEEK);
}

/** Its milliseconds of that week. */
export function gpsTow(v: number, field: string): number {
  return gpsMilliseconds(v, field) % WEEK;
}

function gpsMilliseconds(v: number, field: string): number {
  const ms = milliseconds(v, field) - GPS_EPOCH + GPS_LEAP_SECONDS * 1000;
  if (ms >= 0 && Number.isSafeInteger(ms)) return ms;
  throw new EncodeError('RANGE', field, `${v} ms is no whole millisecond since 1980-01-06`);
}
