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
  const date = whole(v, zone, 2255, field);
  b[o] = date.getUTCFullYear() - 2000;
  b[o + 1] = date.getUTCMonth() + 1;
  b[o + 2] = date.getUTCDate();
  b[o + 3] = date.getUTCHours();
  b[o + 4] = date.getUTCMinutes();
  b[o + 5] = date.getUTCSeconds();
}

export function putTimeBcd(b: Uint8Array, o: number, v: number, zone: number, field: string): void {
  whole(v, zone, 2099, field);
  putTimeU8(b, o, v, zone, field);
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
  return Date.UTC(2000 + year, month - 1, day, hour, minute, second) - zone * 60_000;
}

function whole(v: number, zone: number, lastYear: number, field: string): Date {
  if (typeof v !== 'number') throw new EncodeError('TYPE', field, `want milliseconds since 1970, got ${described(v)}`);
  const date = new Date(v + zone * 60_000);
  const year = date.getUTCFullYear();
  if (!(year >= 2000 && year <= lastYear) || v % 1000 !== 0) {
    throw new EncodeError('RANGE', field, `${v} ms is no whole second between the years 2000 and ${lastYear}`);
  }
  return date;
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
