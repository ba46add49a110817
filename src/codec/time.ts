/**
 * Calendar times of six numbers: year since 2000, month, day, hour, minute, second. All times are milliseconds since
 * 1970-01-01T00:00:00Z. A date that no calendar has (month 13) is `undefined`: the decoder keeps its bytes.
 */
import { described } from './ints.js';
import { EncodeError } from './problem.js';

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
  for (let i = o; i < o + 6; i++) b[i] = (Math.floor(b[i]! / 10) << 4) | (b[i]! % 10);
}

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function fromParts(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  zone: number,
): number | undefined {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const last = month === 2 && year % 4 === 0 && (year % 100 !== 0 || (year + 2000) % 400 === 0) ? 29 : DAYS[month - 1]!;
  if (day > last) return undefined;
  return daysFromCivil(2000 + year, month, day) * 86_400_000 + ((hour * 60 + minute - zone) * 60 + second) * 1000;
}

/** Days from 1970-01-01 to a date of the Gregorian calendar: years begin in March, so that leap days come last. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Writes the six numbers of a time; the inverse of {@link daysFromCivil}. */
function putParts(b: Uint8Array, o: number, v: number, zone: number, lastYear: number, field: string): void {
  if (typeof v !== 'number') {
    throw new EncodeError('TYPE', field, `want milliseconds since 1970, got ${described(v)}`);
  }
  const seconds = v / 1000 + zone * 60;
  const days = Math.floor(seconds / 86_400);
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch + (fromMarch < 10 ? 3 : -9);
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  if (!(year >= 2000 && year <= lastYear) || !Number.isInteger(seconds)) {
    throw new EncodeError('RANGE', field, `${v} ms is no whole second between the years 2000 and ${lastYear}`);
  }
  const second = seconds - days * 86_400;
  b[o] = year - 2000;
  b[o + 1] = month;
  b[o + 2] = dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1;
  b[o + 3] = Math.floor(second / 3600);
  b[o + 4] = Math.floor(second / 60) % 60;
  b[o + 5] = second % 60;
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
