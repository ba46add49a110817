import type { Claim, Position } from './claim.js';

const LONG = 'a model whose binary frames have 45 bytes: another listener';

export const claim: Claim = {
  corpus: 'h02',
  foreign: {
    6: LONG,
    9: 'the number of the device is left out',
    13: LONG,
    38: LONG,
  },
  otherPosition: {
    11: 'the second opinion takes the time when it looked',
    22: 'the second opinion takes the time when it looked',
    23: 'it has no time; the second opinion takes that when it looked',
  },
  respelled: { 30: 'a line end stands behind its end, which is # alone' },
  compared: 44,
  asListed: hex => (hex.startsWith('2a') ? `${hex}23` : hex),
  positions(value, message) {
    const id = (value.imei ?? value.number) as string;
    if (message === 'binary' || message === 'binaryX') return [{ id, ...binary(value) }];
    if (message === 'beat' || message === 'told') return [{ id }];
    const { lat, lon, at, date } = value as { lat?: unknown; lon?: unknown; at?: number; date?: number };
    if (lat === undefined) return undefined;
    const time = at ?? date;
    const placed = { id, lat: degrees(lat, value.latSide), lon: degrees(lon, value.lonSide) };
    return [{ ...placed, ...(time === undefined ? {} : { time }) }];
  },
};

/** Degrees of any form: a number, digits without a point, or degrees and minutes with a letter. */
function degrees(v: unknown, side: unknown): number {
  if (typeof v === 'number') return v;
  if (typeof v === 'string') return sign(side) * minutes(v);
  const { deg, min, h } = v as { deg: number; min: number; h: string };
  return sign(h) * (deg + min / 60);
}

const sign = (side: unknown): number => (side === 'S' || side === 'W' ? -1 : 1);

/** `dddmmmmmm`: six digits are minutes, with four decimals. */
function minutes(digits: string): number {
  return Number(digits.slice(0, -6)) + Number(digits.slice(-6)) / 10_000 / 60;
}

function binary(value: Readonly<Record<string, unknown>>): Position {
  const { lat, lon, clock, date } = value as { lat: string; lon: string; clock: string; date: string };
  const bits = Number.parseInt(lon.at(-1)!, 16);
  const [day, month, year] = date.match(/../g)!.map(Number);
  const [hour, minute, second] = clock.match(/../g)!.map(Number);
  return {
    lat: minutes(lat) * (bits & 4 ? 1 : -1),
    lon: minutes(lon.slice(0, -1)) * (bits & 8 ? 1 : -1),
    time: Date.UTC(2000 + year!, month! - 1, day, hour, minute, second),
  };
}
