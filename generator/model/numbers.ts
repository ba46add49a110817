/** Whole numbers within bounds, as options of a schema have them. */
import type { Mapping } from '../schema/mapping.js';
import type { VarintType } from './model.js';
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

/** What a varint can say. */
export function varintRange({ max: bytes, zigzag }: VarintType): { min: number; max: number } {
  const top = 128 ** bytes - 1;
  return zigzag ? { min: -Math.floor((top + 1) / 2), max: Math.floor(top / 2) } : { min: 0, max: top };
}
