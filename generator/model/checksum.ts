/** A checksum of a schema as the function that computes it. */
import * as sums from '../../src/codec/check-sums.js';
import type { CheckAlgorithm } from './model.js';

export function checksumOf({ name, function: exported, parameters }: CheckAlgorithm): sums.Checksum {
  if (parameters !== undefined) return sums.crc(parameters);
  const sum = (sums as unknown as Readonly<Record<string, sums.Checksum>>)[exported];
  if (sum === undefined) throw new Error(`there is no checksum "${name}" here`);
  return sum;
}
