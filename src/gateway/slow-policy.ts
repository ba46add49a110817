/** What becomes of clients that do not read as fast as they are sent to. */
import type { ConnContext, Decoded, Protocol } from '../codec/index.js';
import { checkKeys, FramegateError } from '../protocol/index.js';
import { readDown } from './read-back.js';

/**
 * `close`: the client is closed with `slow-client`. `drop-newest`, `drop-oldest`: what waits, or what has waited longest, goes
 * without what is new. `latest`: of each of these messages only the newest waits, or the newest for each value of a field;
 * everything else is kept, and closes the client when it is too much.
 * @example { latest: { weather: true, position: 'vehicle' } }
 */
export type SlowClient =
  | 'close'
  | 'drop-newest'
  | 'drop-oldest'
  | { readonly latest: { readonly [message: string]: string | true } };

/** The same, ready to be used. */
export interface SlowPolicy {
  readonly drop: 'newest' | 'oldest' | 'replaced';
  /** Bytes that may be on their way before frames wait. */
  readonly low: number;
  /** Bytes of frames that may wait. */
  readonly high: number;
  readonly protocol: Protocol;
  /** What the frame replaces and is replaced by; `undefined`: nothing. */
  keyOf(frame: Partial<Decoded> | undefined): string | undefined;
}

interface Watermarks {
  readonly slowClient: SlowClient;
  readonly sendBuffer: number;
  readonly sendBufferLow: number;
}

/** @returns `undefined` where slow clients are closed. */
export function slowPolicy(
  { slowClient, sendBuffer, sendBufferLow }: Watermarks,
  protocol: Protocol,
): SlowPolicy | undefined {
  if (slowClient === 'close') return undefined;
  const bounds = { low: sendBufferLow, high: sendBuffer, protocol };
  if (slowClient === 'drop-newest') return { ...bounds, drop: 'newest', keyOf: () => undefined };
  if (slowClient === 'drop-oldest') return { ...bounds, drop: 'oldest', keyOf: () => undefined };
  const fields = new Map(Object.entries(slowClient.latest));
  const keyOf: SlowPolicy['keyOf'] = frame => {
    const name = frame?.name ?? '';
    const field = fields.get(name);
    if (field === undefined || field === true) return field && name;
    const value = frame?.value?.[field];
    // Two of which it is not known what they are about do not replace one another.
    return value === undefined ? undefined : `${name} ${String(value)}`;
  };
  return { ...bounds, drop: 'replaced', keyOf };
}

/** The frame, as its client would read it; `undefined` where it cannot be read. */
export function readFrame(
  { protocol }: SlowPolicy,
  wire: Uint8Array,
  context: ConnContext,
): Partial<Decoded> | undefined {
  try {
    return readDown(protocol, wire, context);
  } catch {
    // A protocol's own code, over bytes that somebody else may have made.
    return undefined;
  }
}

/** @throws FramegateError `FG_CONFIG` */
export function checkSlowClient(value: unknown, { id, down }: Protocol, what: string): void {
  if (value === 'close' || value === 'drop-newest' || value === 'drop-oldest') return;
  const fail = (text: string): never => {
    throw new FramegateError('FG_CONFIG', text);
  };
  if (typeof value !== 'object' || value === null)
    fail(`${what} is "close", "drop-newest", "drop-oldest" or { latest: {...} }; it is "${String(value)}"`);
  checkKeys(value as object, ['latest'], what);
  const { latest } = value as { readonly latest?: unknown };
  if (typeof latest !== 'object' || latest === null || Array.isArray(latest))
    fail(`"latest" in ${what} names messages, each with a field or true; write { latest: { position: 'vehicle' } }`);
  for (const [name, field] of Object.entries(latest as object)) {
    if (!down.some(message => message.name === name))
      fail(`"latest" in ${what} names "${name}", which is no message of protocol "${id}" that clients are sent`);
    if (field !== true && (typeof field !== 'string' || field === ''))
      fail(`"${name}" in "latest" in ${what} is the name of a field, or true; it is ${JSON.stringify(field)}`);
  }
}
