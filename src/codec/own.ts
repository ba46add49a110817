/** Codecs of a user's own for single fields. What they do wrong costs the frame at hand, never the process. */
import { EncodeError, fail } from './problem.js';
import { bytes } from './text.js';
import type { Writer } from './writer.js';

/**
 * How the bytes of one field become a value, in a module of the user's own (`codec: ext:./lz.ts`), exported as `codec`.
 *
 * @example
 * // Text that is written backwards.
 * export const codec: FieldCodec<string> = {
 *   decode: b => String.fromCharCode(...b.toReversed()),
 *   encode: v => Uint8Array.from([...v].reverse(), c => c.charCodeAt(0)),
 * };
 */
export interface FieldCodec<T> {
  /** @param b the bytes of the field, to be kept if wanted. Throws where they are none of its own. */
  decode(b: Uint8Array): T;
  /** The bytes of a value, which {@link FieldCodec.decode} turns into the same value. Throws where there are none. */
  encode(value: T): Uint8Array;
}

/** The value that `codec` makes of `[start, end)`, or `undefined` with the reason in `problem`. */
export function decodeOwn<T>(
  codec: FieldCodec<T>,
  b: Uint8Array,
  start: number,
  end: number,
  field: string,
): T | undefined {
  try {
    const value = codec.decode(bytes(b, start, end));
    return value === undefined ? fail('CODEC', start, field, undefined, 'a value') : value;
  } catch (error) {
    return fail('CODEC', start, field, error instanceof Error ? error.message : String(error));
  }
}

/** Appends the bytes that `codec` makes of a value; returns how many. @throws EncodeError `TYPE` where it has none */
export function writeOwn<T>(w: Writer, codec: FieldCodec<T>, value: T, field: string): number {
  let encoded: Uint8Array;
  try {
    encoded = codec.encode(value);
  } catch (error) {
    throw new EncodeError('TYPE', field, error instanceof Error ? error.message : String(error));
  }
  if (!(encoded instanceof Uint8Array)) throw new EncodeError('TYPE', field, 'its codec gives no bytes');
  w.append(encoded);
  return encoded.length;
}
