/** What a listener grants its clients. */

import type { Protocol } from '../codec/index.js';
import { checkKeys, FramegateError } from '../protocol/index.js';
import { checkSlowClient, type SlowClient } from './slow-policy.js';

export interface ListenerLimits {
  /** Clients at the same time; more are closed with `too-many-clients`. Default 50,000. */
  readonly clients?: number;
  /** Connections in a second, twice as many at once; more are refused. Default `Infinity`. */
  readonly connects?: number;
  /** Frames that one client may send in a second, twice as many at once; heartbeats count too. Default `Infinity`. */
  readonly framesPerSecond?: number;
  /** Bytes that one client may send in a second, twice as many at once. Default `Infinity`. */
  readonly bytesPerSecond?: number;
  /**
   * What becomes of a client that sends more than that. `pause`: it is read no further until what it has sent is paid for,
   * and nothing is lost; `close`: it is closed with `flood`. Default `pause`.
   */
  readonly over?: 'pause' | 'close';
  /** Bytes that may wait for a client that reads too slowly; then `slowClient` says what becomes of it. Default 1 MiB. */
  readonly sendBuffer?: number;
  /** Bytes beyond which what waits can still be left out, where `slowClient` says so. Default a quarter of `sendBuffer`. */
  readonly sendBufferLow?: number;
  /** Default `close`, with `slow-client`. */
  readonly slowClient?: SlowClient;
  /** Bad frames in a row after which a client is closed with `bad-input`. Default 100. */
  readonly badFrames?: number;
  /** Milliseconds that a client's message waits for a worker; then the client is closed with `no-worker`. Default 5,000. */
  readonly noWorker?: number;
  /** Milliseconds for a PROXY header and a TLS handshake together. Default 10,000. */
  readonly handshake?: number;
}

export const defaultLimits: Required<ListenerLimits> = {
  clients: 50_000,
  connects: Number.POSITIVE_INFINITY,
  framesPerSecond: Number.POSITIVE_INFINITY,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  over: 'pause',
  sendBuffer: 1024 * 1024,
  sendBufferLow: 256 * 1024,
  slowClient: 'close',
  badFrames: 100,
  noWorker: 5000,
  handshake: 10_000,
};

/** What is not given, or `undefined`, is as by default. */
export function withDefaults(limits: ListenerLimits = {}): Required<ListenerLimits> {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  const all: Required<ListenerLimits> = { ...defaultLimits, ...Object.fromEntries(given) };
  return { ...all, sendBufferLow: limits.sendBufferLow ?? all.sendBuffer / 4 };
}

/** @throws FramegateError `FG_CONFIG` @param where whose limits they are, for the message */
export function checkLimits(limits: unknown, where: string, protocol: Protocol): void {
  if (limits === undefined) return;
  if (typeof limits !== 'object' || limits === null) {
    throw new FramegateError('FG_CONFIG', `"limits" of ${where} is an object, such as { clients: 1000 }`);
  }
  checkKeys(limits, Object.keys(defaultLimits), `"limits" of ${where}`);
  for (const [name, value] of Object.entries(limits)) {
    const what = `"${name}" in "limits" of ${where}`;
    if (value === undefined) continue;
    if (name === 'over') checkChoice(value, ['pause', 'close'], what);
    else if (name === 'slowClient') checkSlowClient(value, protocol, what);
    else checkAmount(value, what);
  }
  const { sendBuffer, sendBufferLow } = withDefaults(limits);
  if (sendBufferLow <= sendBuffer) return;
  const text = `"sendBufferLow" in "limits" of ${where} is ${sendBufferLow}, more than "sendBuffer", which is ${sendBuffer}`;
  throw new FramegateError('FG_CONFIG', text);
}

/** @throws FramegateError `FG_CONFIG` */
function checkChoice(value: unknown, choices: readonly string[], what: string): void {
  if (choices.includes(value as string)) return;
  const list = choices.map(choice => `"${choice}"`).join(' or ');
  throw new FramegateError('FG_CONFIG', `${what} is ${list}; it is "${String(value)}"`);
}

/** @throws FramegateError `FG_CONFIG` */
export function checkAmount(value: unknown, what: string): void {
  if (typeof value === 'number' && value > 0) return;
  throw new FramegateError('FG_CONFIG', `${what} is a number above 0, or Infinity; it is ${String(value)}`);
}

/** Unacknowledged events of one client beyond which it is not read. */
export const WINDOW_EVENTS = 64;
/** Unacknowledged bytes of one client beyond which it is not read. */
export const WINDOW_BYTES = 64 * 1024;
/** Milliseconds between two short reads of a client that is not read otherwise. */
export const PROBE_EVERY = 5000;
/** Bytes of one client beyond which not even that is done. */
export const HELD_MOST = 256 * 1024;
/** Bytes of all clients' events that wait for a worker; beyond that the client that adds to them is closed. */
export const WAITING_BYTES = 64 * 1024 * 1024;
/** Clients that are gone, and of which a worker is still to be told; and the bytes of their events. */
export const OWED_CLIENTS = 50_000;
export const OWED_BYTES = WAITING_BYTES / 2;
/** Bytes of all clients' events in one gateway beyond which nobody is read who adds to them; the default. */
export const BUFFERS = 256 * 1024 * 1024;
/** Milliseconds that a client which has ended its sending side gets for answers that are under way. */
export const HALF_CLOSED = 5000;
/** Bytes of an encoded session. */
export const SESSION_BYTES = 64 * 1024;
/** Requests to one client that it has not answered. */
export const REQUESTS = 64;
/** Milliseconds in which an answer that comes too late is still known as one. */
export const LATE_FOR = 60_000;
/** Groups that a client can be in. */
export const GROUPS = 4096;
/** Clients in one page of a list. */
export const PAGE_ROWS = 8192;
/** Bytes beyond which a page ends, and slots that are looked at for it. */
export const PAGE_BYTES = 512 * 1024;
export const PAGE_SLOTS = 32_768;
/** What a part of a message counts for at least, in bytes, so that empty ones have a bound too. */
export const PART_LEAST = 64;
