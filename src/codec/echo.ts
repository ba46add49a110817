/** Values that an answer takes over from its request, and ids that it may have. */
import type { Decoded } from './contract.js';
import { integer } from './ints.js';
import { EncodeError } from './problem.js';

/** The given number, or that of the request. @throws EncodeError `NEEDS_REQUEST` where there is neither. */
export function echoed(v: number | undefined, request: Decoded | undefined, name: string, max: number): number {
  const value = v ?? request?.value[name];
  if (typeof value === 'number') return integer(value, 0, max, name);
  throw new EncodeError('NEEDS_REQUEST', name, 'it echoes a request: reply to one, or give the number');
}

/** The given id, or that of the request, among the ids that the message can have. */
export function echoedId(
  v: number | undefined,
  request: Decoded | undefined,
  allowed: readonly number[],
  name: string,
): number {
  const value = v ?? request?.id;
  if (typeof value !== 'number') {
    throw new EncodeError('NEEDS_REQUEST', name, 'it echoes a request: reply to one, or give the id');
  }
  return oneOf(value, allowed, name);
}

/** An id that the message can have. */
export function oneOf(v: number, allowed: readonly number[], name: string): number {
  if (allowed.includes(v)) return v;
  throw new EncodeError('RANGE', name, `${v} is none of ${allowed.join(', ')}`);
}
