/** Loads an events module: finds the handler of each message, and names what cannot be one. */
import type { ProtocolTypes } from '../codec/index.js';
import { FramegateError, handlerName, type ProtocolTable } from '../protocol/index.js';
import type { Events } from './api.js';

export type AnyHandler = (...args: unknown[]) => unknown;

/** The handlers of one protocol, looked up beforehand. */
export interface BoundEvents {
  readonly table: ProtocolTable;
  /** Handlers of one client at the same time. */
  readonly concurrent: number;
  /** By index in `protocol.up`. */
  readonly messages: readonly (AnyHandler | undefined)[];
  readonly onWorkerStart: AnyHandler | undefined;
  readonly onConnect: AnyHandler | undefined;
  readonly onUnknown: AnyHandler | undefined;
  readonly onClose: AnyHandler | undefined;
  readonly onUidOnline: AnyHandler | undefined;
  readonly onUidOffline: AnyHandler | undefined;
  readonly onError: AnyHandler | undefined;
  readonly onWorkerStop: AnyHandler | undefined;
}

const LIFE = [
  'onWorkerStart',
  'onConnect',
  'onUnknown',
  'onClose',
  'onUidOnline',
  'onUidOffline',
  'onError',
  'onWorkerStop',
] as const;

/** @throws FramegateError `FG_EVENTS` when an exported function looks like a handler and is none. */
export function bindEvents(table: ProtocolTable, events: Events<ProtocolTypes>, concurrent = 1): BoundEvents {
  const { protocol } = table;
  const exported = events as unknown as Readonly<Record<string, unknown>>;
  const handler = (name: string): AnyHandler | undefined => {
    const found = exported[name];
    return typeof found === 'function' ? (found as AnyHandler) : undefined;
  };
  const known = new Set<string>(LIFE);
  const beats = new Set<string>();
  for (const m of protocol.up) (m.heartbeat === undefined ? known : beats).add(handlerName(m.name));
  for (const name of Object.keys(exported)) {
    if (!/^on[A-Z]/.test(name) || handler(name) === undefined || known.has(name)) continue;
    if (beats.has(name)) {
      throw new FramegateError(
        'FG_EVENTS',
        `"${name}" is never called: heartbeats of protocol "${protocol.id}" are answered by the gateway; remove it`,
      );
    }
    const close = nearest(name, known);
    const hint = close === undefined ? `it has ${[...known].join(', ')}` : `did you mean "${close}"?`;
    throw new FramegateError('FG_EVENTS', `"${name}" is no event of protocol "${protocol.id}"; ${hint}`);
  }
  return {
    table,
    concurrent,
    messages: protocol.up.map(m => (m.heartbeat === undefined ? handler(handlerName(m.name)) : undefined)),
    onWorkerStart: handler('onWorkerStart'),
    onConnect: handler('onConnect'),
    onUnknown: handler('onUnknown'),
    onClose: handler('onClose'),
    onUidOnline: handler('onUidOnline'),
    onUidOffline: handler('onUidOffline'),
    onError: handler('onError'),
    onWorkerStop: handler('onWorkerStop'),
  };
}

/** The same, with nobody to be told. */
export function silenced(events: BoundEvents): BoundEvents {
  return { ...events, messages: [], onConnect: undefined, onUnknown: undefined, onClose: undefined };
}

function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const d = distance(name.toLowerCase(), candidate.toLowerCase());
    if (d < least) {
      least = d;
      best = candidate;
    }
  }
  return best;
}

/** Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
