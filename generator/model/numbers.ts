/** Whole numbers within bounds, as options of a schema have them. */
import type { Mapping } from '../schema/mapping.js';
import type { Resolver } from './resolver.js';

export function intValue(r: Resolver, map: Mapping, key: string, min: number, max: number): number | undefined {
  const value = map.number(key);
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return value;
  r.source.error(
    'BAD_VALUE',
    map.at(key),
    `${key} of ${map.label} cannot be ${value}`,
    `a whole number, ${min}..${max}`,
  );
  return undefined;
}
