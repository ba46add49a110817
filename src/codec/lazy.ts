/**
 * Fields that are decoded when they are first asked for. Their bytes are copied when the frame is: the buffer of a connection
 * is used again at once. Until then the value has an accessor in their place, which for `JSON.stringify`, `structuredClone`,
 * spreading and comparing is a member like all others.
 */
import { DecodeError, problem } from './problem.js';
import { bytes } from './text.js';
import type { Writer } from './writer.js';

/** Decodes what was kept: all of `[o, end)`, or `undefined` with the reason in `problem`. */
export type ReadLater<T> = (b: Uint8Array, o: number, end: number) => T | undefined;

/** What stands in a value until {@link withLater} has put an accessor there. */
class Kept {
  readonly bytes: Uint8Array;
  readonly read: ReadLater<unknown>;
  readonly secret: boolean;

  constructor(own: Uint8Array, read: ReadLater<unknown>, secret: boolean) {
    this.bytes = own;
    this.read = read;
    this.secret = secret;
  }
}

/** What accessors stand for, while nobody has asked. */
const waiting = new WeakMap<() => unknown, Kept>();

let count = 0;

/**
 * Keeps the bytes `[start, stop)` of a field. The result only looks like a `T`: {@link withLater} makes a member of it.
 * @param secret what stands there must not be told, if it is wrong
 */
export function keepLater<T>(b: Uint8Array, start: number, stop: number, read: ReadLater<T>, secret = false): T {
  count++;
  return new Kept(bytes(b, start, stop), read, secret) as unknown as T;
}

/** How often {@link keepLater} was called in this process: who wants all fields at once knows by it that there is one to read. */
export function keptCount(): number {
  return count;
}

/**
 * The same value, in which the members of these names decode what was kept of them when they are first read. Where that
 * fails they throw a {@link DecodeError}, each time, whose offset counts from the first byte that was kept.
 */
export function withLater<T extends object>(value: T, names: readonly (keyof T & string)[]): T {
  for (const name of names) {
    const kept = value[name] as unknown;
    if (kept instanceof Kept) define(value, name, kept);
  }
  return value;
}

function define(value: object, name: string, kept: Kept): void {
  let now: unknown;
  const get = (): unknown => {
    if (!waiting.has(get)) return now;
    const read = kept.read(kept.bytes, 0, kept.bytes.length);
    if (read === undefined) throw new DecodeError({ ...problem, ...(kept.secret ? { got: undefined } : {}) }, 0);
    settle(read);
    return read;
  };
  const settle = (to: unknown): void => {
    now = to;
    waiting.delete(get);
    // From now on it is a plain member, unless the value was frozen.
    const isOpen = Object.getOwnPropertyDescriptor(value, name)?.configurable === true;
    if (isOpen) Object.defineProperty(value, name, { value: to, writable: true, enumerable: true, configurable: true });
  };
  waiting.set(get, kept);
  Object.defineProperty(value, name, { get, set: settle, enumerable: true, configurable: true });
}

/** The bytes of a member that nobody has read or set, if they are `read` in this way. */
export function keptBytes(value: object, name: string, read: ReadLater<unknown>): Uint8Array | undefined {
  const get = Object.getOwnPropertyDescriptor(value, name)?.get;
  const kept = get === undefined ? undefined : waiting.get(get);
  return kept?.read === read ? kept.bytes : undefined;
}

/** Appends those bytes; tells how many, or `undefined` where there are none to append. */
export function writeKept(w: Writer, value: object, name: string, read: ReadLater<unknown>): number | undefined {
  const kept = keptBytes(value, name, read);
  if (kept === undefined) return undefined;
  w.append(kept);
  return kept.length;
}

/** Reads every member of a value, however deep, that would be read later. @throws DecodeError for the first that cannot be */
export function readAll(value: unknown): void {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return;
  for (const name of Object.keys(value)) readAll((value as Record<string, unknown>)[name]);
}
