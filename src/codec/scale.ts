/**
 * Scaled integers: value = raw * scale + offset. A scale is kept as an exact fraction, so that decoding divides by an
 * integer (which is exact where multiplying by 0.01 is not) and encoding finds the same raw number again.
 */
import { described } from './ints.js';
import { EncodeError } from './problem.js';

/** Rounds half away from zero: 2.5 -> 3, -2.5 -> -3. */
export function roundAway(v: number): number {
  return v < 0 ? -Math.round(-v) : Math.round(v);
}

/** The next whole number below; one that is missed only by the arithmetic of scales is taken for itself. */
export function roundDown(v: number): number {
  return isWhole(v) ? roundAway(v) : Math.floor(v);
}

/** The next whole number above, as {@link roundDown}. */
export function roundUp(v: number): number {
  return isWhole(v) ? roundAway(v) : Math.ceil(v);
}

const isWhole = (v: number): boolean => Math.abs(v - Math.round(v)) <= 1e-9 * Math.max(1, Math.abs(v));

/**
 * The raw number of a scaled field. Small, so that it is inlined.
 * @param v the value in its unit
 * @param up denominator of the scale
 * @param down numerator of the scale
 * @param round how a value between two raw numbers becomes one of them: the nearest if absent
 * @throws EncodeError when `v` is no number or its raw number is outside `min..max`.
 */
export function unscaled(
  v: number,
  up: number,
  down: number,
  offset: number,
  min: number,
  max: number,
  field: string,
  round?: (v: number) => number,
): number {
  if (typeof v === 'number') {
    const exact = ((v - offset) * up) / down;
    const raw = round === undefined ? roundAway(exact) : round(exact);
    if (raw >= min && raw <= max) return raw;
  }
  throw misfit(v, up, down, offset, min, max, field);
}

/**
 * The same where the scale is one part of a whole number and nothing is added, as it mostly is: less for the engine to
 * take in.
 * @throws EncodeError when `v` is no number or its raw number is outside `min..max`.
 */
export function unscaledBy(v: number, up: number, min: number, max: number, field: string): number {
  if (typeof v === 'number') {
    const raw = roundAway(v * up);
    if (raw >= min && raw <= max) return raw;
  }
  throw misfit(v, up, 1, 0, min, max, field);
}

function misfit(
  v: number,
  up: number,
  down: number,
  offset: number,
  min: number,
  max: number,
  field: string,
): EncodeError {
  if (typeof v !== 'number' || Number.isNaN(v))
    return new EncodeError('TYPE', field, `want a number, got ${described(v)}`);
  const low = (min * down) / up + offset;
  const high = (max * down) / up + offset;
  return new EncodeError('RANGE', field, `${v} is outside ${low}..${high}`);
}
