/**
 * The one place that imports binary-parser: its types resolve only from this inner path. Also what all builders share:
 * the scopes that its callbacks see, and the names of values that are read but are not part of the result.
 */
import { Parser } from 'binary-parser/dist/binary_parser.js';

export { Parser };

export type Options = NonNullable<Parameters<Parser['uint8']>[1]>;

/** The object that is being filled; `this` of every callback. */
export type Scope = { [name: string]: unknown };

/** A callback on a value that has just been read. */
export type Format = (this: Scope, value: never) => unknown;

/** What is known about the frame while it is parsed. A parse never yields, so one for all frames will do. */
export interface Span {
  /** Where the body ends. */
  end: number;
  /** What the bits say that are the size of the frame. */
  size: number;
  /** What the checksums of the frame should be, by their names. */
  readonly checks: Map<string, number>;
  /** Numbers around the body that its fields may ask for, by name. */
  readonly around: Map<string, number>;
}

/** Why a message has no parser. */
export class Inexpressible extends Error {
  override readonly name = 'Inexpressible';
}

/** The frame is not what the schema says. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch';
}

const SCRATCH = '$$';

/** The name under which something is kept that is not part of the value. */
export function scratch(name: string): string {
  return SCRATCH + name;
}

/** The value without scratch entries, all the way down. */
export function withoutScratch(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutScratch);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const kept: Scope = {};
  for (const [key, inner] of Object.entries(value)) if (!key.startsWith(SCRATCH)) kept[key] = withoutScratch(inner);
  return kept;
}

/** Where the parser stands; written by `saveOffset` before anything that depends on it. */
export const AT = scratch('at');

/** Options with a formatter, if there is one. */
export function formatted(format: Format | undefined, options: Options = {}): Options {
  return format === undefined ? options : { ...options, formatter: format as NonNullable<Options['formatter']> };
}
