/** Values that an answer takes over from its request, and ids that it may have. */
import type { ConnContext } from './conn-context.js';
import type { Decoded } from './contract.js';
import { integer } from './ints.js';
import { EncodeError } from './problem.js';

/** The given number, or that of the request. @throws EncodeError `NEEDS_REQUEST` where there is neither. */
export function echoed(v: number | undefined, request: Decoded | undefined, name: string, max: number): number {
  const value = v ?? request?.value[name];
  if (typeof value === 'number') return integer(value, 0, max, name);
  throw new EncodeError('NEEDS_REQUEST', name, 'it echoes a request: reply to one, or give the number');
}

/**
 * The given id, or that of the request, among the ids that the message can have.
 * @param masks bits of the id, and what they must be: ids that are not listed one by one
 */
export function echoedId(
  v: number | undefined,
  request: Decoded | undefined,
  allowed: readonly number[],
  name: string,
  masks: readonly (readonly [mask: number, equals: number])[] = [],
): number {
  const value = v ?? request?.id;
  if (typeof value !== 'number') {
    throw new EncodeError('NEEDS_REQUEST', name, 'it echoes a request: reply to one, or give the id');
  }
  return masks.some(([mask, equals]) => (value & mask) === equals) ? value : oneOf(value, allowed, name);
}

/** An id that the message can have, or the name of a marker. */
export function oneOf<T extends number | string>(v: T, allowed: readonly T[], name: string): T {
  if (allowed.includes(v)) return v;
  throw new EncodeError('RANGE', name, `${v} is none of ${allowed.join(', ')}`);
}

/** An id that no other message has. */
export function noneOf(v: number, taken: readonly number[], name: string): number {
  if (!taken.includes(v)) return v;
  throw new EncodeError('AMBIGUOUS', name, `the id would be 0x${v.toString(16)}, which another message has`);
}

/** `from: request.serial`: what the request said there; its `id` is the id of its frame. */
export function requested(request: Decoded | undefined, from: string, name: string): number {
  const value = from === 'id' ? request?.id : request?.value[from];
  if (typeof value === 'number') return value;
  throw new EncodeError('NEEDS_REQUEST', name, `it takes "${from}" of a request: reply to one, or give the value`);
}

/**
 * A number of the request, in an expression; 0 where it has none.
 * @param members numbers by name, where the request has one of an enumeration
 */
export function requestNumber(
  request: Decoded | undefined,
  name: string,
  members?: Readonly<Record<string, number>>,
): number {
  const value = name === 'id' ? request?.id : request?.value[name];
  if (typeof value === 'string') return members?.[value] ?? 0;
  return typeof value === 'number' || typeof value === 'boolean' ? Number(value) : 0;
}

/** How many items a list of the request has, in an expression; 0 where it has none. */
export function requestCount(request: Decoded | undefined, name: string): number {
  const value = request?.value[name];
  return Array.isArray(value) ? value.length : 0;
}

/** Who the device on this connection is. @throws EncodeError `NEEDS_REQUEST` before it has said so */
export function identityOf(conn: ConnContext, name: string): string {
  if (conn.identity !== undefined) return conn.identity;
  throw new EncodeError('NEEDS_REQUEST', name, 'the device has not said who it is yet: give the value');
}

/** The same as a number that may have more digits than a `number` can hold. */
export function wideIdentityOf(conn: ConnContext, name: string): bigint {
  const identity = identityOf(conn, name);
  if (/^-?\d+$/.test(identity)) return BigInt(identity);
  throw new EncodeError('NEEDS_REQUEST', name, 'what the device has said of itself is no number: give the value');
}

/** The error of a message whose content depends on a variable of the connection, for which it is not written. */
export function needsConnection(message: string, name: string): EncodeError {
  const give = name.startsWith('conn.') ? 'write it for a connection' : 'give it, or write it for a connection';
  return new EncodeError('NEEDS_REQUEST', message, `it depends on what its connection has learnt, "${name}": ${give}`);
}

/** The bits of an id that its mask leaves to the value. */
export function maskedRest(v: number, allowed: number, name: string): number {
  const rest = integer(v, 0, allowed, name);
  if ((rest & allowed) === rest) return rest;
  throw new EncodeError('RANGE', name, `${v} has bits beyond ${allowed}`);
}
