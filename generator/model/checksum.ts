/** A checksum of a schema as the function that computes it. */
import * as sums from '../../src/codec/check-sums.js';
import { crcs } from '../../src/codec/crc-catalogue.js';
import type { CheckAlgorithm } from './model.js';

export function checksumOf({ name, function: called, parameters }: CheckAlgorithm): sums.Checksum {
  if (parameters !== undefined) return sums.crc(parameters);
  const entry = Object.entries(crcs).find(([key, { aka }]) => key === name || aka.includes(name));
  return entry === undefined ? (sums as unknown as Record<string, sums.Checksum>)[called]! : sums.crc(entry[1]);
}
